//! Rules that count: an event goes into the windows of what it is counted over, and a window that crosses its limit raises.

use nabij_model::signal::SignalEvent;
use nabij_model::{CaseId, Event, EventId, Recorded};
use serde_json::Value;
use uuid::Uuid;

use super::Evaluator;
use super::matter::{Matter, scope_of};
use super::window::Entry;
use crate::rule::{Count, Over};

impl Evaluator {
    /// Takes an event into its windows.
    pub(super) fn counted(
        &mut self,
        number: usize,
        event: &Recorded,
        body: &Value,
        count: &Count,
        fresh: bool,
    ) {
        let at = event.meta.recorded_at;
        let affected = self.known.affected(event);
        let counts = |case: &CaseId| !count.minors || self.known.is_minor(*case, at, &self.policies);
        let cases: Vec<CaseId> = affected.into_iter().filter(counts).collect();
        if count.minors && cases.is_empty() {
            return;
        }
        for key in self.keys(event, count) {
            let entry = Entry { at, record: event.meta.aggregate.id, cases: cases.clone() };
            let window = self.watched[number].windows.entry(key.clone()).or_default();
            if window.add(entry, count, &self.links) && fresh {
                self.crossed(number, event, body, count, &key);
            }
        }
    }

    /// A new link joins two records: windows of them may cross their limit.
    pub(super) fn relinked(
        &mut self,
        number: usize,
        event: &Recorded,
        body: &Value,
        count: &Count,
        other: Uuid,
    ) {
        let (at, one) = (event.meta.recorded_at, event.meta.aggregate.id);
        let fresh = (self.imports || !event.meta.historic)
            && self.watched[number].from.is_some_and(|from| at >= from);
        let windows = &mut self.watched[number].windows;
        let crossed: Vec<String> = windows
            .iter_mut()
            .filter_map(|(key, window)| {
                window.relink([one, other], at, count, &self.links).then(|| key.clone())
            })
            .collect();
        for key in crossed.iter().filter(|_| fresh) {
            self.crossed(number, event, body, count, key);
        }
    }

    /// One trigger may cross the limit of several cases: each is a matter of its own.
    fn crossed(&mut self, number: usize, event: &Recorded, body: &Value, count: &Count, key: &str) {
        let mut matter = Matter::of(event, scope_of(event, body, None));
        if count.over == Over::Case
            && let Ok(case) = key.parse::<Uuid>()
        {
            matter.scope = (case, None);
            if matter.subject.cases.len() > 1 {
                matter.trigger = EventId::derived(&[&matter.trigger.to_string(), key]);
                matter.subject.cases = vec![CaseId(case)];
            }
        }
        self.ready(number, matter);
    }

    /// What an event is counted over.
    pub(super) fn keys(&self, event: &Recorded, count: &Count) -> Vec<String> {
        let centre = || event.meta.concerns.centre.map(|centre| centre.to_string());
        let cases = || match &event.event {
            Event::Discussion(_) => event.meta.concerns.cases.clone(),
            _ => self.known.affected(event),
        };
        match count.over {
            Over::Record => vec![event.meta.aggregate.id.to_string()],
            Over::Case => cases().iter().map(ToString::to_string).collect(),
            Over::Household => {
                let mut households: Vec<Uuid> =
                    cases().iter().filter_map(|case| self.known.household(*case)).collect();
                households.sort_unstable();
                households.dedup();
                households.iter().map(ToString::to_string).collect()
            }
            Over::Location => {
                let occurred = match &event.event {
                    Event::Signal(SignalEvent::Logged(logged)) => {
                        logged.occurred_place.map(|place| place.to_string())
                    }
                    _ => None,
                };
                occurred.or_else(centre).into_iter().collect()
            }
            Over::Centre => centre().into_iter().collect(),
        }
    }
}
