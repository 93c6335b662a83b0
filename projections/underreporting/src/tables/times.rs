//! Moments of a table: times, local times, days, or plain numbers.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use super::{Sheet, TableError};

const DAY_SECONDS: f64 = 86_400.0;

/// A moment as days since 1970, and its year; local times count as UTC.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Moment {
    pub(super) day: f64,
    pub(super) year: i16,
}

pub(super) fn moment(text: &str) -> Option<Moment> {
    let of = |timestamp: Timestamp| Moment {
        day: timestamp.as_duration().as_secs_f64() / DAY_SECONDS,
        year: timestamp.to_zoned(TimeZone::UTC).year(),
    };
    if let Ok(timestamp) = text.parse::<Timestamp>() {
        return Some(of(timestamp));
    }
    let local = text.parse::<DateTime>().or_else(|_| text.parse::<Date>().map(|date| date.at(0, 0, 0, 0)));
    local.ok()?.to_zoned(TimeZone::UTC).ok().map(|zoned| of(zoned.timestamp()))
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
