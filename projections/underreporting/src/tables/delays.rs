//! How long until something follows: columns `start`, `end` (or empty) and `observed_until`.

use std::fmt::Write as _;

use serde::Serialize;

use super::estimate::{LEVEL, sorted};
use super::times::{DAY_MICROSECONDS, moment};
use super::{Sheet, TableError};
use crate::estimators::delays::{Curve, Wait, kaplan_meier};
use crate::estimators::{NotEstimable, Reason};
use crate::text::{CAUTION, Texts};

/// After how many days the share that has followed is given.
const MARKS: [f64; 4] = [1.0, 3.0, 30.0, 90.0];

/// The answer; times in days, or in the table's own unit where it holds plain numbers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Delays {
    /// Units.
    pub units: u64,
    /// Units whose wait ended.
    pub ended: u64,
    /// Units that still waited when they were last observed.
    pub waiting: u64,
    /// One row for each time at which something ended.
    pub table: Vec<Row>,
    /// Time by which half ended; `null` when half did not.
    pub median: Option<f64>,
    /// Limits of the median.
    pub median_lower: Option<f64>,
    /// See `median_lower`.
    pub median_upper: Option<f64>,
    /// Share that has followed after 1, 3, 30 and 90 days.
    pub followed: Vec<Followed>,
    /// Whether there is a curve.
    pub estimable: bool,
    /// Why not.
    pub reason: Option<Reason>,
    /// What is missing, and what would make it estimable.
    pub what_is_missing: Option<Texts>,
    /// A low count is never safety.
    pub caution: Texts,
}

/// One row of the survival table.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Row {
    /// Time since the start.
    pub time: f64,
    /// Units that still waited just before.
    pub at_risk: u64,
    /// Units whose wait ended now.
    pub ended: u64,
    /// Share that still waits.
    pub survival: f64,
    /// Greenwood's standard error.
    pub se: Option<f64>,
    /// Log interval.
    pub lower: Option<f64>,
    /// See `lower`.
    pub upper: Option<f64>,
}

/// The share that has followed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Followed {
    /// Within this time.
    pub within: f64,
    /// Share; `null` when nothing was observed that long.
    pub share: Option<f64>,
    /// Its limits.
    pub lower: Option<f64>,
    /// See `lower`.
    pub upper: Option<f64>,
}

/// The curve of a table with the columns `start`, `end` (empty while it has not followed) and `observed_until` (needed where `end` is
/// empty). All are days or times, or all are plain numbers.
///
/// # Errors
/// [`TableError`] names the row: an end before its start, an end after the end of observation, a wait that nobody observed.
pub fn delays(sheet: &Sheet) -> Result<Delays, TableError> {
    let (start, end) = (sheet.column("start")?, sheet.column("end")?);
    let until = sheet.find("observed_until");
    let numbers = sheet.cell(0, start).parse::<f64>().is_ok();
    let place = |row: usize, column: usize| -> Result<Option<f64>, TableError> {
        let text = sheet.cell(row, column);
        if text.is_empty() {
            return Ok(None);
        }
        let found = if numbers {
            text.parse::<f64>().ok().filter(|number| number.is_finite())
        } else {
            moment(text).map(|moment| moment.microseconds)
        };
        let expected = if numbers { "a number, as in the first row" } else { "a day or a time" };
        found.map(Some).ok_or_else(|| sheet.wrong(row, Some(column), format!("{text:?} is not {expected}")))
    };
    let mut waits = Vec::with_capacity(sheet.len());
    for row in 0..sheet.len() {
        let from = place(row, start)?.ok_or_else(|| sheet.wrong(row, Some(start), "it is empty"))?;
        let seen = until.map(|until| place(row, until)).transpose()?.flatten();
        let (to, column) = match (place(row, end)?, seen) {
            (Some(to), Some(seen)) if to > seen => {
                return Err(sheet.wrong(row, Some(end), "it lies after observed_until"));
            }
            (Some(to), _) => ((to, true), end),
            (None, Some(seen)) => ((seen, false), until.unwrap_or(end)),
            (None, None) => {
                let problem = "it is empty and so is observed_until: nobody knows how long it has waited";
                return Err(sheet.wrong(row, Some(end), problem));
            }
        };
        if to.0 < from {
            return Err(sheet.wrong(row, Some(column), "it lies before the start"));
        }
        let time = if numbers { to_nine_decimals(to.0 - from) } else { (to.0 - from) / DAY_MICROSECONDS };
        waits.push(Wait { time, ended: to.1, count: 1 });
    }
    let longest = waits.iter().map(|wait| wait.time).fold(0.0, f64::max);
    Ok(match sorted(sheet, kaplan_meier(&waits, LEVEL))? {
        Ok(curve) => Delays::of(&curve, longest),
        Err(refusal) => Delays::refused(refusal),
    })
}

/// `0.3 - 0.1` and `0.4 - 0.2` are the same wait.
fn to_nine_decimals(time: f64) -> f64 {
    (time * 1e9).round() / 1e9
}

impl Delays {
    fn of(curve: &Curve, longest: f64) -> Self {
        Self {
            units: curve.units,
            ended: curve.ended,
            waiting: curve.units - curve.ended,
            table: curve
                .steps
                .iter()
                .map(|step| Row {
                    time: step.time,
                    at_risk: step.at_risk,
                    ended: step.ended,
                    survival: step.waiting,
                    se: step.se,
                    lower: step.interval.map(|interval| interval.lower),
                    upper: step.interval.and_then(|interval| interval.upper),
                })
                .collect(),
            median: curve.median,
            median_lower: curve.median_lower,
            median_upper: curve.median_upper,
            followed: MARKS
                .into_iter()
                .map(|within| {
                    let share = curve.ended_within(within, longest);
                    let interval = share.and_then(|(_, interval)| interval);
                    Followed {
                        within,
                        share: share.map(|(share, _)| share),
                        lower: interval.map(|interval| interval.lower),
                        upper: interval.and_then(|interval| interval.upper),
                    }
                })
                .collect(),
            estimable: true,
            reason: None,
            what_is_missing: None,
            caution: CAUTION,
        }
    }

    fn refused(refusal: NotEstimable) -> Self {
        Self {
            units: 0,
            ended: 0,
            waiting: 0,
            table: Vec::new(),
            median: None,
            median_lower: None,
            median_upper: None,
            followed: Vec::new(),
            estimable: false,
            reason: Some(refusal.reason),
            what_is_missing: Some(refusal.what_is_missing),
            caution: CAUTION,
        }
    }

    /// As a table.
    #[must_use]
    pub fn text(&self) -> String {
        let number = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.4}"));
        let mut text = format!(
            "{:>12} {:>8} {:>8} {:>9} {:>8} {:>8} {:>8}\n",
            "time", "at risk", "ended", "survival", "se", "lower", "upper"
        );
        for row in &self.table {
            let (se, lower, upper) = (number(row.se), number(row.lower), number(row.upper));
            let _ = writeln!(
                text,
                "{:>12.4} {:>8} {:>8} {:>9.4} {se:>8} {lower:>8} {upper:>8}",
                row.time, row.at_risk, row.ended, row.survival
            );
        }
        for followed in &self.followed {
            let _ = writeln!(
                text,
                "followed within {}: {} ({} to {})",
                followed.within,
                number(followed.share),
                number(followed.lower),
                number(followed.upper)
            );
        }
        let _ = writeln!(
            text,
            "median {} ({} to {}); {} of {} still waited",
            number(self.median),
            number(self.median_lower),
            number(self.median_upper),
            self.waiting,
            self.units
        );
        text + CAUTION.en
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_waits_are_one_step_whenever_they_began() {
        let hours = "start,end,observed_until\n2026-01-01T00:10,2026-01-01T07:30,\n2026-03-05T13:50,2026-03-05T21:10,\n\
             2026-02-01T01:00,,2026-02-01T08:20\n";
        let numbers = "start,end,observed_until\n0.1,0.3,\n0.2,0.4,\n0.7,,0.9\n";
        for table in [hours, numbers] {
            let answer = delays(&Sheet::read(table.as_bytes()).unwrap()).unwrap();
            let steps: Vec<(u64, u64)> = answer.table.iter().map(|row| (row.at_risk, row.ended)).collect();
            assert_eq!(steps, [(3, 2)], "{table}");
        }
    }
}
