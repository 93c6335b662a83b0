//! When one contact is told how much: the first few at once, the rest of a storm together in a digest.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::pace::Storm;

/// When a notice is told, and whether alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// At that moment.
    Alone(Timestamp),
    /// In the digest of that moment.
    InDigest(Timestamp),
}

/// What one contact is told and when. It follows from the moments of the notices alone, never from whether a message arrived, so
/// a crash, a replay or a second instance decides the same.
#[derive(Debug, Clone, Default)]
pub(super) struct Flow {
    passed: Vec<Timestamp>,
    digests: BTreeSet<Timestamp>,
}

impl Flow {
    /// One more notice, to be told from `at` on; not an acute one, which always is.
    pub(super) fn take(&mut self, at: Timestamp, limits: &Storm) -> Told {
        let begins = |end: Timestamp| end.saturating_sub(limits.within).unwrap_or(Timestamp::MIN);
        // A digest that is being gathered takes in whatever falls in its window.
        if let Some(end) = self.digests.iter().find(|end| begins(**end) <= at && at < **end) {
            return Told::InDigest(*end);
        }
        let from = begins(at);
        let mut window: Vec<Timestamp> =
            self.passed.iter().copied().filter(|passed| from < *passed && *passed <= at).collect();
        if window.len() < limits.notices {
            self.passed.push(at);
            return Told::Alone(at);
        }
        window.sort_unstable();
        let end = window[0].saturating_add(limits.within).unwrap_or(Timestamp::MAX);
        self.digests.insert(end);
        // The digest itself is something to read.
        self.passed.push(end);
        Told::InDigest(end)
    }

    /// Forgets what no later notice can fall together with.
    pub(super) fn before(&mut self, known: Timestamp, limits: &Storm) {
        let from = known.saturating_sub(limits.within).unwrap_or(Timestamp::MIN);
        self.passed.retain(|passed| *passed > from);
        self.digests.retain(|end| *end > from);
    }
}
