//! When a centre lived: only then could it write anything.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::clock::Clock;
use crate::estimators::exposure::Report;

/// Seconds of a week.
const WEEK: i64 = 7 * 86_400;

/// The least that a week counts.
const LEAST: f64 = 0.01;

/// The part of the period in which a centre could have written something.
pub(super) struct Life {
    pub(super) id: Uuid,
    pub(super) code: String,
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    pub(super) clock: Clock,
}

impl Life {
    /// Records of each whole week.
    pub(super) fn weekly(&self, at: &[Timestamp]) -> Vec<u64> {
        let week = |at: Timestamp| (at.as_second() - self.from.as_second()) / WEEK;
        let mut counts = vec![0; usize::try_from(week(self.to)).unwrap_or(0)];
        for record in at {
            if let Some(count) = usize::try_from(week(*record)).ok().and_then(|week| counts.get_mut(week)) {
                *count += 1;
            }
        }
        counts
    }

    /// How much each whole week counts, 1 where as many lived there as usual. Never nothing: somebody may write where a report says that
    /// nobody lives.
    pub(super) fn weights(&self) -> Vec<f64> {
        let weeks = usize::try_from((self.to.as_second() - self.from.as_second()) / WEEK).unwrap_or(0);
        let days = |week| self.clock.days(self.begins(week), self.begins(week + 1));
        (0..weeks).map(|week| (days(week) / 7.0).max(LEAST)).collect()
    }

    /// When a week of it begins.
    pub(super) fn begins(&self, week: usize) -> Timestamp {
        let seconds = i64::try_from(week).unwrap_or(i64::MAX).saturating_mul(WEEK);
        self.from.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(self.to)
    }
}

/// From the first sign that a centre lives to when everybody had left, within the period.
pub(super) fn lived(
    first_record: Option<Timestamp>,
    reports: &[Report],
    from: Timestamp,
    to: Timestamp,
) -> (Timestamp, Timestamp) {
    let first_residents = reports.iter().find(|report| report.residents > 0).map(|report| report.at);
    let born = [first_record, first_residents].into_iter().flatten().min();
    // Once a last report says that nobody lives there, the centre is empty until somebody says otherwise.
    let emptied =
        reports.iter().rev().take_while(|report| report.residents == 0).last().map(|report| report.at);
    let from = born.unwrap_or(from).max(from);
    (from, emptied.unwrap_or(to).min(to).max(from))
}
