//! Triggers that wait for something, until when.

use std::collections::{BTreeMap, BTreeSet, HashMap};

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
    /// What is about one case alone.
    by_case: HashMap<CaseId, BTreeSet<(Timestamp, EventId)>>,
}

impl Waiting {
    pub(crate) fn add(&mut self, until: Timestamp, mut matter: Matter) {
        matter.ripe = until;
        let key = (until, matter.trigger);
        self.by_scope.entry(matter.scope.clone()).or_default().push(key);
        self.until.insert(matter.trigger, until);
        if let [case] = matter.subject.cases[..] {
            self.by_case.entry(case).or_default().insert(key);
        }
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
        if scope.key.is_none() {
            let keyed = self.by_scope.range(scope.clone()..).map(|(of, _)| of).skip_while(|of| *of == scope);
            scopes.extend(keyed.take_while(|of| of.is_within(scope)).cloned());
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
        let about = self.by_case.get(&case).into_iter().flatten().filter(|key| at <= key.0);
        let triggers: Vec<EventId> = about.map(|key| key.1).collect();
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
            let matter = self.by_time.remove(&key);
            if let Some(matter) = &matter {
                self.no_longer_about(&matter.subject.cases, key);
            }
            matters.extend(matter.filter(|_| at <= key.0));
        }
        matters.iter_mut().for_each(|matter: &mut Matter| matter.ripe = at);
        matters
    }

    /// It was raised.
    pub(crate) fn remove(&mut self, trigger: EventId) -> Option<Matter> {
        let key = (self.until.remove(&trigger)?, trigger);
        let matter = self.by_time.remove(&key)?;
        self.no_longer_about(&matter.subject.cases, key);
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
        for (_, trigger) in self.by_case.get(&case).cloned().unwrap_or_default() {
            self.remove(trigger);
        }
        for (key, matter) in &mut self.by_time {
            let cases = &mut matter.subject.cases;
            if !cases.contains(&case) {
                continue;
            }
            cases.retain(|named| *named != case);
            if let [left] = cases[..] {
                self.by_case.entry(left).or_default().insert(*key);
            }
        }
    }

    fn no_longer_about(&mut self, cases: &[CaseId], key: (Timestamp, EventId)) {
        if let [case] = cases
            && let Some(keys) = self.by_case.get_mut(case)
        {
            keys.remove(&key);
            if keys.is_empty() {
                self.by_case.remove(case);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use nabij_model::escalation::Subject;

    use super::*;
    use crate::given::at;

    fn matter(number: u128, cases: &[u128]) -> Matter {
        let trigger = EventId(Uuid::from_u128(number));
        let cases = cases.iter().map(|case| CaseId(Uuid::from_u128(*case))).collect();
        Matter {
            trigger,
            at: at(0),
            ripe: at(0),
            actor: "somebody".parse().unwrap(),
            subject: Subject { cases, ..Subject::default() },
            traceparent: None,
            scope: scope(number),
        }
    }

    fn scope(number: u128) -> Scope {
        Scope { record: Uuid::from_u128(number), confidential: false, key: None }
    }

    fn waiting() -> Waiting {
        let mut waiting = Waiting::default();
        for (number, cases) in [(1, &[7][..]), (2, &[7, 8]), (3, &[8]), (4, &[])] {
            waiting.add(at(10), matter(number, cases));
        }
        waiting
    }

    fn left(waiting: &Waiting) -> Vec<u128> {
        waiting.over(at(10)).map(|matter| matter.trigger.0.as_u128()).collect()
    }

    #[test]
    fn a_closed_case_answers_what_is_about_it_alone_and_in_time() {
        let case = CaseId(Uuid::from_u128(7));
        let mut in_time = waiting();
        in_time.answer_about(case, at(10));
        assert_eq!(left(&in_time), [2, 3, 4]);
        let mut late = waiting();
        late.answer_about(case, at(11));
        assert_eq!(left(&late), [1, 2, 3, 4]);
    }

    #[test]
    fn who_is_forgotten_leaves_what_is_about_the_other_to_the_other() {
        let mut waiting = waiting();
        waiting.forget(CaseId(Uuid::from_u128(7)));
        assert_eq!(left(&waiting), [2, 3, 4]);
        waiting.answer_about(CaseId(Uuid::from_u128(8)), at(5));
        assert_eq!(left(&waiting), [4], "the second is now about the eighth alone");
        assert!(waiting.by_case.is_empty());
    }

    #[test]
    fn what_followed_or_was_raised_waits_for_no_case() {
        let mut waiting = waiting();
        assert_eq!(waiting.follow(&scope(1), at(5)).len(), 1);
        waiting.remove(EventId(Uuid::from_u128(3)));
        assert!(waiting.by_case.is_empty());
        assert_eq!(left(&waiting), [2, 4]);
    }
}
