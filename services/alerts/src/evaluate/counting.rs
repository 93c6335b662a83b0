//! Rules that count: an event goes into the windows of what it is counted over, and a window that crosses its limit raises.
//!
//! What is confidential is counted among its own: counted with the rest it would complete what a team sees the other part of, or
//! use up the one alarm that the team is owed. Each confidential signal is an alarm of the safeguarding person anyhow.

use nabij_model::discussion::DiscussionEvent;
use nabij_model::signal::SignalEvent;
use nabij_model::{CaseId, Event, EventId, Recorded};
use serde_json::Value;
use uuid::Uuid;

use super::Evaluator;
use super::matter::{Matter, Scope, is_confidential, scope_of, speaks_of};
use super::window::Entry;
use crate::rule::{Count, Over, Rule};

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
        let confidential = is_confidential(&self.rules[number], event);
        for record in self.counted_over(event, count) {
            let scope = Scope { record, confidential, key: None };
            let entry = Entry { at, record: event.meta.aggregate.id, cases: cases.clone() };
            let window = self.watched[number].windows.entry(scope.clone()).or_default();
            if window.add(entry, count, &self.links) && fresh {
                self.crossed(number, event, body, count, &scope);
            }
        }
    }

    /// The event begins counts anew, and takes down what they raised.
    pub(super) fn reset(&mut self, number: usize, event: &Recorded, rule: &Rule, count: &Count) {
        for record in self.counted_over(event, count) {
            for &confidential in speaks_of(rule, event) {
                let scope = Scope { record, confidential, key: None };
                let watched = &mut self.watched[number];
                if let Some(window) = watched.windows.get_mut(&scope) {
                    window.reset();
                }
                watched.lapse(&scope, event.meta.id);
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
        let crossed: Vec<Scope> = windows
            .iter_mut()
            .filter_map(|(scope, window)| {
                window.relink([one, other], at, count, &self.links).then(|| scope.clone())
            })
            .collect();
        for scope in crossed.iter().filter(|_| fresh) {
            self.crossed(number, event, body, count, scope);
        }
    }

    /// One trigger may cross the limit of several cases: each is a matter of its own.
    fn crossed(&mut self, number: usize, event: &Recorded, body: &Value, count: &Count, scope: &Scope) {
        let mut matter = Matter::of(event, scope_of(&self.rules[number], event, body, None));
        if count.over == Over::Case {
            matter.scope = scope.clone();
            if matter.subject.cases.len() > 1 {
                matter.trigger = EventId::derived(&[&matter.trigger.to_string(), &scope.record.to_string()]);
                matter.subject.cases = vec![CaseId(scope.record)];
            }
        }
        self.ready(number, matter);
    }

    /// What an event is counted over.
    pub(super) fn counted_over(&self, event: &Recorded, count: &Count) -> Vec<Uuid> {
        let centre = || event.meta.concerns.centre.map(|centre| centre.0);
        let cases = || match &event.event {
            Event::Discussion(DiscussionEvent::Held(held)) => held.own_cases().collect(),
            _ => self.known.affected(event),
        };
        match count.over {
            Over::Record => vec![event.meta.aggregate.id],
            Over::Case => cases().iter().map(|case| case.0).collect(),
            Over::Household => {
                let mut households: Vec<Uuid> =
                    cases().iter().filter_map(|case| self.known.household(*case)).collect();
                households.sort_unstable();
                households.dedup();
                households
            }
            Over::Location => {
                let occurred = match &event.event {
                    Event::Signal(SignalEvent::Logged(logged)) => logged.occurred_place.map(|place| place.0),
                    _ => None,
                };
                occurred.or_else(centre).into_iter().collect()
            }
            Over::Centre => centre().into_iter().collect(),
        }
    }
}
