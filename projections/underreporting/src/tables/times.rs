//! Moments of a table: times, local times, days, or plain numbers.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use super::{Sheet, TableError};

/// Whole microseconds are exact as a number, so that equal waits come out equal.
pub(super) const DAY_MICROSECONDS: f64 = 86_400e6;

/// A moment and its year; local times count as UTC.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Moment {
    /// Since 1970, whole.
    pub(super) microseconds: f64,
    pub(super) year: i16,
}

pub(super) fn moment(text: &str) -> Option<Moment> {
    let of = |timestamp: Timestamp| Moment {
        #[expect(clippy::cast_precision_loss, reason = "below 2^53 for all years that people write")]
        microseconds: timestamp.as_microsecond() as f64,
        year: timestamp.to_zoned(TimeZone::UTC).year(),
    };
    if let Ok(timestamp) = text.parse::<Timestamp>() {
        return Some(of(timestamp));
    }
    let local = text.parse::<DateTime>().or_else(|_| text.parse::<Date>().map(|date| date.at(0, 0, 0, 0)));
    local.ok()?.to_zoned(TimeZone::UTC).ok().map(|zoned| of(zoned.timestamp()))
}

impl Moment {
    /// Days since 1970.
    pub(super) fn day(self) -> f64 {
        self.microseconds / DAY_MICROSECONDS
    }
}

impl Sheet {
    /// A moment of a cell that must hold one.
    pub(super) fn moment(&self, row: usize, column: usize) -> Result<Moment, TableError> {
        let text = self.cell(row, column);
        moment(text).ok_or_else(|| {
            let expected = "expected a day (2026-03-01) or a time (2026-03-01T12:00 or with Z)";
            self.wrong(row, Some(column), format!("{text:?} is no moment: {expected}"))
        })
    }
}
