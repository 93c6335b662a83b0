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
    by_scope: BTreeMap<Scope, Vec<(Timestamp, EventId)>>,
    until: HashMap<EventId, Timestamp>,
}

impl Waiting {
    pub(crate) fn add(&mut self, until: Timestamp, mut matter: Matter) {
        matter.ripe = until;
        let key = (until, matter.trigger);
        self.by_scope.entry(matter.scope.clone()).or_default().push(key);
        self.until.insert(matter.trigger, until);
        self.by_time.insert(key, matter);
    }

    /// Whether something waits on exactly this.
    pub(crate) fn waits(&self, scope: &Scope) -> bool {
        self.by_scope.contains_key(scope)
    }

    /// Somebody did something about `scope` at `at`; without a key about everything on its record. An answer counts only when it
    /// was recorded in time, so that the same log gives the same escalations however long the service was down.
    pub(crate) fn answer(&mut self, scope: &Scope, at: Timestamp, not_by: Option<&StaffId>) {
        let mut scopes = vec![scope.clone()];
        if scope.1.is_none() {
            let keyed = self.by_scope.range(scope.clone()..).map(|(of, _)| of).skip_while(|of| *of == scope);
            scopes.extend(keyed.take_while(|of| of.0 == scope.0).cloned());
        }
        let answered = |(until, trigger): &(Timestamp, EventId)| {
            let matter = self.by_time.get(&(*until, *trigger));
            (at <= *until && matter.is_some_and(|matter| not_by != Some(&matter.actor))).then_some(*trigger)
        };
        let triggers: Vec<EventId> =
            scopes.iter().filter_map(|of| self.by_scope.get(of)).flatten().filter_map(answered).collect();
        for trigger in triggers {
            self.remove(trigger);
        }
    }

    /// What waits about this case alone is over at `at`, on whichever record it waits.
    pub(crate) fn answer_about(&mut self, case: CaseId, at: Timestamp) {
        let about = self.by_time.iter().filter(|(key, matter)| at <= key.0 && matter.subject.cases == [case]);
        let triggers: Vec<EventId> = about.map(|(key, _)| key.1).collect();
        for trigger in triggers {
            self.remove(trigger);
        }
    }

    /// Lets go of what nothing followed before `at`.
    pub(crate) fn expire(&mut self, at: Timestamp) {
        while let Some((&key, _)) = self.by_time.first_key_value().filter(|(key, _)| key.0 < at) {
            self.remove(key.1);
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
        matters.iter_mut().for_each(|matter: &mut Matter| matter.ripe = at);
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
