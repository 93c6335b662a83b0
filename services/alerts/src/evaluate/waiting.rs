//! Triggers that wait for something, until when.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use nabij_model::text::StaffId;
use nabij_model::{CaseId, EventId};
use uuid::Uuid;

use super::matter::{Matter, Scope};

/// Triggers by the moment at which their time is over.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    by_time: BTreeMap<(Timestamp, EventId), Matter>,
    by_scope: HashMap<Scope, Vec<(Timestamp, EventId)>>,
    until: HashMap<EventId, Timestamp>,
}

impl Waiting {
    pub(crate) fn add(&mut self, until: Timestamp, matter: Matter) {
        let key = (until, matter.trigger);
        self.by_scope.entry(matter.scope.clone()).or_default().push(key);
        self.until.insert(matter.trigger, until);
        self.by_time.insert(key, matter);
    }

    /// Somebody did something about `scope` at `at`. An answer counts only when it was recorded in time, so that the same log
    /// gives the same escalations however long the service was down.
    pub(crate) fn answer(&mut self, scope: &Scope, at: Timestamp, not_by: Option<&StaffId>) {
        let Some(keys) = self.by_scope.get_mut(scope) else { return };
        keys.retain(|key| {
            let answered =
                at <= key.0 && self.by_time.get(key).is_some_and(|matter| not_by != Some(&matter.actor));
            if answered {
                self.by_time.remove(key);
                self.until.remove(&key.1);
            }
            !answered
        });
        if keys.is_empty() {
            self.by_scope.remove(scope);
        }
    }

    /// What follows `scope` at `at` in time: the triggers, which wait no longer.
    pub(crate) fn follow(&mut self, scope: &Scope, at: Timestamp) -> Vec<Matter> {
        let keys = self.by_scope.remove(scope).unwrap_or_default();
        let mut matters = Vec::new();
        for key in keys {
            self.until.remove(&key.1);
            matters.extend(self.by_time.remove(&key).filter(|_| at <= key.0));
        }
        matters
    }

    /// It was raised.
    pub(crate) fn remove(&mut self, trigger: EventId) -> Option<Matter> {
        let key = (self.until.remove(&trigger)?, trigger);
        let matter = self.by_time.remove(&key)?;
        if let Some(keys) = self.by_scope.get_mut(&matter.scope) {
            keys.retain(|waiting| *waiting != key);
            if keys.is_empty() {
                self.by_scope.remove(&matter.scope);
            }
        }
        Some(matter)
    }

    /// Whose time is over at `now`.
    pub(crate) fn over(&self, now: Timestamp) -> impl Iterator<Item = &Matter> {
        self.by_time.range(..=(now, EventId(Uuid::max()))).map(|(_, matter)| matter)
    }

    pub(crate) fn forget(&mut self, case: CaseId) {
        let alone: Vec<EventId> = self
            .by_time
            .values()
            .filter(|matter| matter.subject.cases == [case])
            .map(|matter| matter.trigger)
            .collect();
        for trigger in alone {
            self.remove(trigger);
        }
        for matter in self.by_time.values_mut() {
            matter.subject.cases.retain(|named| *named != case);
        }
    }
}
