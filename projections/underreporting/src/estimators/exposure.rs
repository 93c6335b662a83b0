//! Resident-days between occupancy reports, and how much of them nobody reported.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::{BadInput, EstimateError, Reason};

const DAY_SECONDS: f64 = 86_400.0;

/// How many residents a centre had at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// When they were counted.
    pub at: Timestamp,
    /// How many.
    pub residents: u32,
}

/// The part of a period that occupancy reports span, and what it amounts to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Exposure {
    /// First moment that is covered; events before it do not count in a rate.
    pub from: Timestamp,
    /// Last moment that is covered (exclusive).
    pub to: Timestamp,
    /// Resident-days between the two.
    pub resident_days: f64,
    /// Share of them more than half a day away from any report, 0 to 1.
    pub interpolated_share: f64,
    /// Share of the period that lies between reports, 0 to 1.
    pub covered_share: f64,
    /// Longest time between two reports that touch the period, in days.
    pub longest_gap_days: f64,
    /// Reports inside the covered part.
    pub reports: usize,
}

/// Resident-days of `[from, to)`: the area under straight lines between `reports` (trapezoid rule).
///
/// Nothing is extrapolated: what lies before the first or after the last report is not covered. `reports` are in order of time,
/// one a moment. Straight lines hide a transfer of many residents inside a gap: look at `longest_gap_days`.
///
/// # Errors
/// [`Reason::NoExposure`] when no two reports span a part of the period; [`BadInput::Row`] for reports out of order and
/// for a period that ends before it begins.
pub fn resident_days(reports: &[Report], from: Timestamp, to: Timestamp) -> Result<Exposure, EstimateError> {
    if to < from {
        return Err(BadInput::Row { row: 1, problem: "the period ends before it begins" }.into());
    }
    if let Some(row) = reports.windows(2).position(|pair| pair[1].at <= pair[0].at) {
        return Err(BadInput::Row { row: row + 2, problem: "reports are not in order of time" }.into());
    }
    let (Some(first), Some(last)) = (reports.first(), reports.last()) else {
        return Err(Reason::NoExposure.into());
    };
    let (start, end) = (first.at.max(from), last.at.min(to));
    if end <= start {
        return Err(Reason::NoExposure.into());
    }
    let (mut total, mut near, mut longest_gap) = (0.0, 0.0, 0.0_f64);
    for pair in reports.windows(2).filter(|pair| pair[1].at > start && pair[0].at < end) {
        let piece = Piece { a: pair[0], b: pair[1], start };
        let (left, right) = (piece.day(pair[0].at.max(start)), piece.day(pair[1].at.min(end)));
        let (a, b) = (piece.day(pair[0].at), piece.day(pair[1].at));
        total += piece.area(left, right);
        // A report speaks for the half day on either side of it; two that are close share the time between them.
        let middle = f64::midpoint(a, b);
        near += piece.area(left, right.min((a + 0.5).min(middle)))
            + piece.area(left.max((b - 0.5).max(middle)), right);
        longest_gap = longest_gap.max(b - a);
    }
    let period = days(to) - days(from);
    Ok(Exposure {
        from: start,
        to: end,
        resident_days: total,
        interpolated_share: if total > 0.0 { (1.0 - near / total).clamp(0.0, 1.0) } else { 0.0 },
        covered_share: (days(end) - days(start)) / period,
        longest_gap_days: longest_gap,
        reports: reports.iter().filter(|report| report.at >= start && report.at <= end).count(),
    })
}

/// The straight line between two reports, on a clock of days that starts where the covered part starts.
struct Piece {
    a: Report,
    b: Report,
    start: Timestamp,
}

impl Piece {
    fn day(&self, at: Timestamp) -> f64 {
        (at.duration_since(self.start)).as_secs_f64() / DAY_SECONDS
    }

    fn residents(&self, day: f64) -> f64 {
        let (from, to) = (self.day(self.a.at), self.day(self.b.at));
        let (first, second) = (f64::from(self.a.residents), f64::from(self.b.residents));
        first + (second - first) * (day - from) / (to - from)
    }

    fn area(&self, left: f64, right: f64) -> f64 {
        if right <= left {
            return 0.0;
        }
        (right - left) * f64::midpoint(self.residents(left), self.residents(right))
    }
}

#[expect(clippy::cast_precision_loss, reason = "seconds of a calendar stay far below 2^53")]
fn days(at: Timestamp) -> f64 {
    at.as_second() as f64 / DAY_SECONDS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(day: &str) -> Timestamp {
        format!("{day}T00:00:00Z").parse().unwrap()
    }

    fn report(day: &str, residents: u32) -> Report {
        Report { at: at(day), residents }
    }

    #[test]
    fn a_trapezoid_is_cut_at_the_period() {
        // 100 to 200 residents over ten days; the last five of them average 175.
        let reports = [report("2026-01-01", 100), report("2026-01-11", 200)];
        let all = resident_days(&reports, at("2026-01-01"), at("2026-01-11")).unwrap();
        assert!((all.resident_days - 1_500.0).abs() < 1e-9);
        assert_eq!((all.covered_share, all.longest_gap_days, all.reports), (1.0, 10.0, 2));
        // Half a day at each end is near a report: 51.25 + 98.75 of 1,500.
        assert!((all.interpolated_share - 0.9).abs() < 1e-9, "{}", all.interpolated_share);
        let half = resident_days(&reports, at("2026-01-06"), at("2026-01-21")).unwrap();
        assert!((half.resident_days - 875.0).abs() < 1e-9);
        assert!((half.covered_share - 1.0 / 3.0).abs() < 1e-9);
    }

    #[test]
    fn daily_reports_leave_nothing_to_interpolate() {
        let reports = [report("2026-01-01", 10), report("2026-01-02", 30), report("2026-01-03", 10)];
        let exposure = resident_days(&reports, at("2026-01-01"), at("2026-01-03")).unwrap();
        assert!((exposure.resident_days - 40.0).abs() < 1e-9);
        assert!(exposure.interpolated_share.abs() < 1e-9);
    }

    #[test]
    fn one_report_or_reports_elsewhere_cover_nothing() {
        let one = [report("2026-01-01", 10)];
        let before = [report("2025-01-01", 10), report("2025-02-01", 10)];
        for reports in [&[][..], &one, &before] {
            assert_eq!(
                resident_days(reports, at("2026-01-01"), at("2026-02-01")),
                Err(Reason::NoExposure.into())
            );
        }
    }

    #[test]
    fn disorder_is_an_error() {
        let twice = [report("2026-01-02", 10), report("2026-01-02", 12)];
        assert!(matches!(
            resident_days(&twice, at("2026-01-01"), at("2026-02-01")),
            Err(EstimateError::BadInput(BadInput::Row { row: 2, .. }))
        ));
    }
}
