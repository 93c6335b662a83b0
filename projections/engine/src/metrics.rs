//! Counters of one projector, for `/metrics`.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// What a projector did since it started. Plain counters; an interface gives them names and units.
#[derive(Debug, Default)]
pub struct Metrics {
    /// Events whose rows were committed.
    pub events: AtomicU64,
    /// Transactions committed.
    pub batches: AtomicU64,
    /// Events parked or waiting behind a parked one.
    pub dead_letters: AtomicU64,
    /// Sequence up to which everything is visible.
    pub sequence: AtomicU64,
    /// End of the log when it was last looked at.
    pub head: AtomicU64,
    /// Whether this process holds the lock, or stands by.
    pub leading: AtomicBool,
}

impl Metrics {
    /// Events between the last look at the end of the log and what is visible.
    #[must_use]
    pub fn lag(&self) -> u64 {
        self.head.load(Ordering::Relaxed).saturating_sub(self.sequence.load(Ordering::Relaxed))
    }

    pub(crate) fn committed(&self, events: usize, letters: usize, sequence: u64) {
        self.events.fetch_add(events as u64, Ordering::Relaxed);
        self.dead_letters.fetch_add(letters as u64, Ordering::Relaxed);
        self.batches.fetch_add(1, Ordering::Relaxed);
        self.sequence.store(sequence, Ordering::Relaxed);
        self.head.fetch_max(sequence, Ordering::Relaxed);
    }
}
