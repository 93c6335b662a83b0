//! When the network knew something: the running maximum of `recorded_at` in stream order.

use jiff::Timestamp;

/// A running maximum.
///
/// Imported history carries old times and clocks disagree, so `recorded_at` may fall along the stream; `known_at` never
/// does, which is what lets a time resolve to one sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownAt(Timestamp);

impl Default for KnownAt {
    /// Before the first event.
    fn default() -> Self {
        Self(Timestamp::MIN)
    }
}

impl KnownAt {
    /// Goes on from a checkpoint.
    #[must_use]
    pub fn from_checkpoint(known_at: Timestamp) -> Self {
        Self(known_at)
    }

    /// Takes the next event in; gives its `known_at`.
    pub fn observe(&mut self, recorded_at: Timestamp) -> Timestamp {
        self.0 = self.0.max(recorded_at);
        self.0
    }

    /// The maximum so far.
    #[must_use]
    pub fn get(self) -> Timestamp {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_never_falls() {
        let time = |text: &str| text.parse::<Timestamp>().unwrap();
        let mut known = KnownAt::default();
        assert_eq!(known.observe(time("2026-01-02T00:00:00Z")), time("2026-01-02T00:00:00Z"));
        assert_eq!(known.observe(time("2020-01-01T00:00:00Z")), time("2026-01-02T00:00:00Z"));
        assert_eq!(known.observe(time("2026-01-03T00:00:00Z")), time("2026-01-03T00:00:00Z"));
        let mut resumed = KnownAt::from_checkpoint(known.get());
        assert_eq!(resumed.observe(time("2025-01-01T00:00:00Z")), time("2026-01-03T00:00:00Z"));
    }
}
