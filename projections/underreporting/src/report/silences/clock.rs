//! Time as residents lived it: a day on which half as many live there as usual counts half.

use jiff::Timestamp;

use crate::estimators::exposure::Report;

const DAY_SECONDS: f64 = 86_400.0;

/// Days of a centre's life, weighed by how many lived there then, so that the life as a whole is as long as it was.
///
/// Between two occupancy reports residents change evenly; before the first and after the last they are taken to be as many as it says. A
/// centre without reports, or whose reports know of nobody, has every day count the same.
pub(super) struct Clock {
    from: f64,
    /// Seconds since 1970 of each report, residents, and resident-seconds until then, from the first report on.
    marks: Vec<(f64, f64, f64)>,
    /// Days for each resident-second.
    scale: f64,
}

impl Clock {
    pub(super) fn new(reports: &[Report], from: Timestamp, to: Timestamp) -> Self {
        let mut marks: Vec<(f64, f64, f64)> = Vec::with_capacity(reports.len());
        for report in reports {
            let (at, residents) = (seconds(report.at), f64::from(report.residents));
            let until = marks
                .last()
                .map_or(0.0, |(before, then, until)| until + (at - before) * f64::midpoint(*then, residents));
            marks.push((at, residents, until));
        }
        let mut clock = Self { from: seconds(from), marks, scale: 1.0 };
        let (lived, days) = (clock.resident_seconds(to), (seconds(to) - clock.from) / DAY_SECONDS);
        if lived > 0.0 {
            clock.scale = days / lived;
        } else {
            clock.marks.clear();
        }
        clock
    }

    /// Days from one moment to a later one.
    pub(super) fn days(&self, from: Timestamp, to: Timestamp) -> f64 {
        let days = if self.marks.is_empty() {
            (seconds(to) - seconds(from)) / DAY_SECONDS
        } else {
            (self.resident_seconds(to) - self.resident_seconds(from)) * self.scale
        };
        days.max(0.0)
    }

    /// Resident-seconds of the centre's life until a moment.
    fn resident_seconds(&self, at: Timestamp) -> f64 {
        self.since_first(seconds(at)) - self.since_first(self.from)
    }

    /// Resident-seconds from the first report on; below zero before it.
    fn since_first(&self, at: f64) -> f64 {
        let next = self.marks.partition_point(|(mark, ..)| *mark <= at);
        match (next.checked_sub(1).map(|last| self.marks[last]), self.marks.get(next)) {
            (Some((mark, residents, until)), Some((next, then, _))) => {
                let (since, slope) = (at - mark, (then - residents) / (next - mark));
                until + since * (residents + slope * since / 2.0)
            }
            (Some((mark, residents, until)), None) => until + (at - mark) * residents,
            (None, Some((mark, residents, _))) => (at - mark) * residents,
            (None, None) => 0.0,
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
        Clock::new(&reports, day("2026-01-01"), day("2026-01-11"))
    }

    #[test]
    fn a_day_counts_as_many_as_lived_there() {
        // A hundred for five days, then fifty: 7.5 hundreds in ten days.
        let halved =
            clock(&[("2026-01-01", 100), ("2026-01-06", 100), ("2026-01-06", 50), ("2026-01-09", 50)]);
        assert!((halved.days(day("2026-01-01"), day("2026-01-06")) - 10.0 * 5.0 / 7.5).abs() < 1e-9);
        assert!((halved.days(day("2026-01-06"), day("2026-01-11")) - 10.0 * 2.5 / 7.5).abs() < 1e-9);
        // From a hundred to nobody: three quarters of all lived in the first half.
        let emptied = clock(&[("2026-01-01", 100), ("2026-01-11", 0)]);
        assert!((emptied.days(day("2026-01-01"), day("2026-01-06")) - 7.5).abs() < 1e-9);
    }

    #[test]
    fn without_reports_or_residents_a_day_is_a_day() {
        for clock in [clock(&[]), clock(&[("2026-01-03", 0)]), clock(&[("2025-01-01", 40)])] {
            assert!((clock.days(day("2026-01-02"), day("2026-01-05")) - 3.0).abs() < 1e-9);
            assert_eq!(clock.days(day("2026-01-05"), day("2026-01-02")), 0.0);
        }
    }
}
