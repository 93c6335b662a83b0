//! The mark of the events, moved on by whoever reads all of them anyway: an anchor then reads what came since, and not everything once
//! more.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Mark;
use crate::raw::Raw;

/// As far as readers of this process have come.
#[derive(Debug, Default)]
pub(crate) struct Rolling(Mutex<Rolled>);

#[derive(Debug, Default)]
struct Rolled {
    /// Absent as long as nobody anchors here.
    mark: Option<Mark>,
    /// The last sequence that any reader has seen.
    seen: u64,
}

impl Rolled {
    fn furthest(&self, mark: Mark) -> Mark {
        self.mark.filter(|rolled| rolled.through > mark.through).unwrap_or(mark)
    }
}

impl Rolling {
    /// A reader of all events has come to this one.
    pub(crate) fn read(&self, raw: &Raw) {
        let mut rolled = self.rolled();
        rolled.seen = rolled.seen.max(raw.sequence);
        if let Some(mark) = rolled.mark.as_mut().filter(|mark| mark.through + 1 == raw.sequence) {
            mark.take(raw, raw.event_hash());
        }
    }

    /// `mark`, or one that goes on from it.
    pub(crate) fn furthest(&self, mark: Mark) -> Mark {
        self.rolled().furthest(mark)
    }

    /// Goes on from `mark`. `false` when readers are past it: they do not come back for what lies between.
    pub(crate) fn go_on(&self, mark: Mark) -> bool {
        let mut rolled = self.rolled();
        let furthest = rolled.furthest(mark);
        rolled.mark = Some(furthest);
        rolled.seen <= furthest.through
    }

    fn rolled(&self) -> MutexGuard<'_, Rolled> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use async_nats::HeaderMap;

    use super::*;

    fn raw(sequence: u64) -> Raw {
        let body = sequence.to_string().into();
        Raw { sequence, subject: "nabij.case.a".into(), headers: HeaderMap::new(), body }
    }

    /// The mark of everything up to `through`, read at once.
    fn whole(through: u64) -> Mark {
        (1..=through).map(raw).fold(Mark::default(), |mut mark, raw| {
            mark.take(&raw, raw.event_hash());
            mark
        })
    }

    #[test]
    fn readers_move_it_on_without_a_gap_and_whoever_they_are() {
        let rolling = Rolling::default();
        assert!(rolling.go_on(Mark::default()));
        for sequence in [1, 2, 1, 2, 3, 3, 4] {
            rolling.read(&raw(sequence));
        }
        assert_eq!(rolling.furthest(whole(2)), whole(4));
        assert_eq!(rolling.furthest(whole(5)), whole(5));
    }

    #[test]
    fn what_readers_had_passed_before_is_walked_once() {
        let rolling = Rolling::default();
        (1..=7).map(raw).for_each(|raw| rolling.read(&raw));
        assert!(!rolling.go_on(whole(3)), "they do not come back for 4 to 7");
        rolling.read(&raw(8));
        assert_eq!(rolling.furthest(whole(3)), whole(3));
        assert!(rolling.go_on(whole(8)));
        rolling.read(&raw(9));
        assert_eq!(rolling.furthest(whole(3)), whole(9));
        assert!(rolling.go_on(whole(5)), "an older one takes nothing back");
        assert_eq!(rolling.furthest(whole(3)), whole(9));
    }
}
