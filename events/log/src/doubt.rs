//! An event that says that the one before it on its subject was another than it is: where was the log changed?
//!
//! | what else is known | told of |
//! |---|---|
//! | the event that it names stands further on | the one that says so: it was moved |
//! | messages are missing between the two, or an anchor that fits saw the one before it | the one that says so: one before it is missing |
//! | nothing | the one before it: its content is another, or the one that followed it is missing |

use std::collections::HashMap;

use nabij_model::EventHash;

use crate::finding::{Finding, Part};
use crate::raw::Raw;

/// As many as are kept until the end of the walk; in a log that is all wrong the others are told as they stand.
const KEPT: usize = 1_000;

/// One of them.
#[derive(Debug, Clone)]
pub(crate) struct Doubt {
    /// The event that says so.
    sequence: u64,
    subject: String,
    event_type: String,
    /// The event before it, and what its hash is.
    before: u64,
    found: EventHash,
    /// What its hash was.
    said: EventHash,
    /// The one before it is what it was.
    innocent: bool,
}

impl Doubt {
    /// `innocent`: the event before it is known to be what it was.
    pub(crate) fn of(raw: &Raw, said: EventHash, before: (u64, EventHash), innocent: bool) -> Self {
        let (before, found) = before;
        let (subject, event_type) = (raw.subject.clone(), raw.event_type().unwrap_or_default().to_owned());
        Self { sequence: raw.sequence, subject, event_type, before, found, said, innocent }
    }

    /// The event before it, where that is the one to look at.
    pub(crate) fn accused(&self) -> Option<u64> {
        (!self.innocent).then_some(self.before)
    }

    /// As it is told; `event_type` is that of the accused.
    pub(crate) fn told(self, event_type: Option<String>) -> Finding {
        let Self { sequence, subject, event_type: own, before, found, said, innocent } = self;
        let finding = if innocent {
            let what = "the event before it on its subject is another than it was, or one is missing";
            Finding { subject, event_type: own, ..Finding::new(Part::Events, sequence, what) }
        } else {
            let what = format!(
                "its content is another than it was, or the event that followed it on its subject is missing: the event at sequence {sequence} says so"
            );
            let event_type = event_type.unwrap_or_default();
            Finding { subject, event_type, ..Finding::new(Part::Events, before, what) }
        };
        finding.between(said, found)
    }
}

/// Those that are kept, by the hash of the event that is not where it was.
#[derive(Debug, Default)]
pub(crate) struct Doubts {
    open: HashMap<EventHash, Doubt>,
}

impl Doubts {
    /// Keeps it; gives back what is not kept: this one when there is no more room, or an earlier one that said the same.
    pub(crate) fn keep(&mut self, doubt: Doubt) -> Option<Doubt> {
        if self.open.len() >= KEPT {
            return Some(doubt);
        }
        self.open.insert(doubt.said, doubt)
    }

    /// An event with this hash is there.
    pub(crate) fn seen(&mut self, hash: EventHash) {
        if let Some(doubt) = self.open.get_mut(&hash) {
            doubt.innocent = true;
        }
    }

    /// All of them, in order.
    pub(crate) fn take(&mut self) -> Vec<Doubt> {
        let mut all: Vec<Doubt> = self.open.drain().map(|(_, doubt)| doubt).collect();
        all.sort_unstable_by_key(|doubt| doubt.sequence);
        all
    }
}
