//! When a centre lived: only then could it write anything.

use jiff::Timestamp;
use uuid::Uuid;

use crate::estimators::exposure::Report;

/// Seconds of a week.
pub(super) const WEEK: i64 = 7 * 86_400;

/// The part of the period in which a centre could have written something.
pub(super) struct Life {
    pub(super) id: Uuid,
    pub(super) code: String,
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
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
