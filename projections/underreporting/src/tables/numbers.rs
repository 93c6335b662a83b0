//! Running register numbers: columns `number` and `at`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use super::{Sheet, TableError};
use crate::estimators::numbers::{Series, gaps};
use crate::estimators::numbers_by_year::by_year;
use crate::text::{CAUTION, Texts};

/// The answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Numbers {
    /// Series in order of their name.
    pub series: Vec<Series>,
    /// Numbers that belong to no running series.
    pub unreadable: u64,
    /// Numbers that stand more than once, with how often.
    pub repeated: BTreeMap<String, u64>,
    /// A low count is never safety.
    pub caution: Texts,
}

/// Series of a table with the column `number` and, where numbers begin again each year, `at`.
///
/// # Errors
/// [`TableError`] names the row.
pub fn numbers(sheet: &Sheet) -> Result<Numbers, TableError> {
    let (number, at) = (sheet.column("number")?, sheet.find("at"));
    let mut given = Vec::with_capacity(sheet.len());
    for row in 0..sheet.len() {
        let text = sheet.cell(row, number);
        if text.is_empty() {
            return Err(sheet.wrong(row, Some(number), "it is empty: expected a register number"));
        }
        let year = match at {
            Some(at) if !sheet.cell(row, at).is_empty() => Some(sheet.moment(row, at)?.year),
            _ => None,
        };
        given.push((text, year));
    }
    let mut times: BTreeMap<String, u64> = BTreeMap::new();
    let written = by_year(&given);
    for number in &written {
        *times.entry(number.clone()).or_default() += 1;
    }
    let found = gaps(written.iter().map(String::as_str));
    Ok(Numbers {
        series: found.series,
        unreadable: found.unreadable,
        repeated: times.into_iter().filter(|(_, times)| *times > 1).collect(),
        caution: CAUTION,
    })
}

impl Numbers {
    /// As a table.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text =
            format!("{:<20} {:>8} {:>8} {:>8}  missing numbers\n", "series", "present", "highest", "missing");
        for series in &self.series {
            let runs: Vec<String> = series
                .gaps
                .iter()
                .take(8)
                .map(|run| {
                    if run.first == run.last {
                        run.first.to_string()
                    } else {
                        format!("{}-{}", run.first, run.last)
                    }
                })
                .collect();
            let more = if series.gaps.len() > runs.len() { ", ..." } else { "" };
            let _ = writeln!(
                text,
                "{:<20} {:>8} {:>8} {:>8}  {}{more}",
                series.series,
                series.present,
                series.highest,
                series.missing,
                runs.join(", ")
            );
        }
        let _ = writeln!(text, "{} numbers belong to no running series", self.unreadable);
        text + "A missing number may have been cancelled: a question to the site. What was never given a number leaves no gap."
    }
}
