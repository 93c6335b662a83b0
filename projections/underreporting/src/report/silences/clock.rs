//! Time as residents lived it: a day on which half as many live there as usual counts half.

use jiff::Timestamp;

use crate::estimators::exposure::Report;

const DAY_SECONDS: f64 = 86_400.0;

/// Days of a centre's life, weighed by how many lived there then.
///
/// Between two occupancy reports residents change evenly; a day on which as many live there as on average between the first and the last
/// report counts one. Before the first and after the last nobody knows, and a day is a day, as it is where reports know of nobody.
pub(super) struct Clock {
    /// Of each report: seconds since 1970, residents, and days until then from the first report on.
    marks: Vec<(f64, f64, f64)>,
    /// Days for each resident-second.
    scale: f64,
}

impl Clock {
    pub(super) fn new(reports: &[Report]) -> Self {
        let reported = reports.iter().map(|report| (seconds(report.at), f64::from(report.residents)));
        let reported: Vec<(f64, f64)> = reported.collect();
        let lived = |pair: &[(f64, f64)]| (pair[1].0 - pair[0].0) * f64::midpoint(pair[0].1, pair[1].1);
        let all: f64 = reported.windows(2).map(lived).sum();
        let (Some(first), Some(last)) = (reported.first(), reported.last()) else {
            return Self { marks: Vec::new(), scale: 0.0 };
        };
        if all <= 0.0 {
            return Self { marks: Vec::new(), scale: 0.0 };
        }
        let scale = (last.0 - first.0) / DAY_SECONDS / all;
        let mut marks = vec![(first.0, first.1, 0.0)];
        let mut days = 0.0;
        for pair in reported.windows(2) {
            days += lived(pair) * scale;
            marks.push((pair[1].0, pair[1].1, days));
        }
        Self { marks, scale }
    }

    /// Days from one moment to a later one.
    pub(super) fn days(&self, from: Timestamp, to: Timestamp) -> f64 {
        (self.until(seconds(to)) - self.until(seconds(from))).max(0.0)
    }

    /// Days from the first report on, or from 1970 where there is none; below zero before it.
    fn until(&self, at: f64) -> f64 {
        let next = self.marks.partition_point(|(mark, ..)| *mark <= at);
        match (next.checked_sub(1).map(|last| self.marks[last]), self.marks.get(next)) {
            (Some((mark, residents, days)), Some((next, then, _))) => {
                let (since, slope) = (at - mark, (then - residents) / (next - mark));
                days + since * (residents + slope * since / 2.0) * self.scale
            }
            (Some((mark, _, days)), None) => days + (at - mark) / DAY_SECONDS,
            (None, Some((mark, ..))) => (at - mark) / DAY_SECONDS,
            (None, None) => at / DAY_SECONDS,
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "seconds of this century stay far below 2^53")]
fn seconds(at: Timestamp) -> f64 {
    at.as_second() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(day: &str) -> Timestamp {
        format!("{day}T00:00:00Z").parse().unwrap()
    }

    fn clock(reports: &[(&str, u32)]) -> Clock {
        let reports: Vec<Report> =
            reports.iter().map(|(at, residents)| Report { at: day(at), residents: *residents }).collect();
        Clock::new(&reports)
    }

    #[test]
    fn a_day_counts_as_many_as_lived_there() {
        let close = |found: f64, known: f64| assert!((found - known).abs() < 1e-9, "{found} is not {known}");
        // A hundred for five days, then fifty for five: 75 on average.
        let halved =
            clock(&[("2026-01-01", 100), ("2026-01-06", 100), ("2026-01-06", 50), ("2026-01-11", 50)]);
        close(halved.days(day("2026-01-01"), day("2026-01-06")), 5.0 * 100.0 / 75.0);
        close(halved.days(day("2026-01-06"), day("2026-01-11")), 5.0 * 50.0 / 75.0);
        // From a hundred to nobody: three quarters of all lived in the first half.
        let emptied = clock(&[("2026-01-01", 100), ("2026-01-11", 0)]);
        close(emptied.days(day("2026-01-01"), day("2026-01-06")), 7.5);
        // What nobody reported is neither full nor empty.
        close(emptied.days(day("2025-12-01"), day("2025-12-11")), 10.0);
        close(emptied.days(day("2026-01-06"), day("2026-01-15")), 2.5 + 4.0);
    }

    #[test]
    fn without_reports_or_residents_a_day_is_a_day() {
        for clock in [
            clock(&[]),
            clock(&[("2026-01-03", 0), ("2026-01-08", 0)]),
            clock(&[("2026-01-03", 40)]),
            clock(&[("2026-01-01", 40), ("2026-01-20", 40)]),
        ] {
            assert!((clock.days(day("2026-01-02"), day("2026-01-05")) - 3.0).abs() < 1e-9);
            assert_eq!(clock.days(day("2026-01-05"), day("2026-01-02")), 0.0);
        }
    }
}
