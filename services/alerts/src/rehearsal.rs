//! The rules over a past, with the clock of the log: what they would have raised, and when. Nothing is written.

use jiff::{SignedDuration, Timestamp};
use nabij_model::id::EscalationId;
use nabij_model::{Event, Recorded};

use crate::evaluate::{Evaluator, Matter, Todo};
use crate::machine::Machine;

/// One thing that would have happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// When.
    pub at: Timestamp,
    /// The escalation.
    pub escalation: EscalationId,
    /// Which rule, by its place in the set, and on what; `None` when it would have lapsed.
    pub raised: Option<(usize, Box<Matter>)>,
}

/// An evaluator on its way through a past. Nobody resolves anything there, but where somebody [says so](Self::resolved).
#[derive(Debug)]
pub struct Rehearsal {
    evaluator: Evaluator,
    /// What waits for its turn is looked at this often.
    every: SignedDuration,
    looked: Option<Timestamp>,
    now: Timestamp,
    found: Vec<Found>,
}

impl Rehearsal {
    /// Begins. Rules that hold only so many items at a time are looked at no more often than `every` of the log's time: that
    /// of a whole network is long.
    #[must_use]
    pub fn new(evaluator: Evaluator, every: SignedDuration) -> Self {
        Self { evaluator, every, looked: None, now: Timestamp::MIN, found: Vec::new() }
    }

    /// Whether events of this type tell the rules anything; of the others [`until`](Self::until) is enough.
    #[must_use]
    pub fn reads(&self, event_type: &str) -> bool {
        self.evaluator.reads(event_type)
    }

    /// The next event: what fell due before it, then what it completes.
    pub fn feed(&mut self, event: &Recorded) {
        self.until(event.known_at);
        // What was raised in truth says nothing about what these rules would have raised.
        if let Event::Escalation(_) = &event.event {
            return;
        }
        self.evaluator.feed(event);
        self.settle(before(event.known_at));
    }

    /// Time passes up to `now`, exclusive: what happens at that very moment is still in time.
    pub fn until(&mut self, now: Timestamp) {
        self.settle(before(now));
        self.now = self.now.max(now);
    }

    /// Everything that was raised up to now is resolved.
    pub fn resolved(&mut self, now: Timestamp) {
        self.until(now);
        self.evaluator.resolve_all();
    }

    /// What was found since the last call, in the order of time.
    pub fn found(&mut self) -> Vec<Found> {
        let mut found = std::mem::take(&mut self.found);
        found.sort_by_key(|found| found.at);
        found
    }

    fn settle(&mut self, now: Timestamp) {
        let all = self.looked.is_none_or(|looked| now.duration_since(looked) >= self.every);
        if all {
            self.looked = Some(now);
        } else if !self.evaluator.is_hurried(now) {
            return;
        }
        // What lapses makes room for what waits its turn.
        loop {
            let todo = if all { self.evaluator.due(now) } else { self.evaluator.hurried(now) };
            if todo.is_empty() {
                return;
            }
            for todo in todo {
                self.evaluator.pretend(&todo);
                let escalation = todo.escalation(self.evaluator.rules());
                self.found.push(match todo {
                    Todo::Raise { rule, matter } => {
                        Found { at: matter.ripe.max(self.now), escalation, raised: Some((rule, matter)) }
                    }
                    Todo::Lapse { .. } => Found { at: self.now, escalation, raised: None },
                });
            }
        }
    }
}

fn before(moment: Timestamp) -> Timestamp {
    moment.checked_sub(SignedDuration::from_nanos(1)).unwrap_or(Timestamp::MIN)
}
