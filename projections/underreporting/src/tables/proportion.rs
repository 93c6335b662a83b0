//! Shares: columns `x` and `n`.

use std::fmt::Write as _;

use serde::Serialize;

use super::estimate::{LEVEL, Limits, sorted};
use super::{Sheet, TableError};
use crate::estimators::Reason;
use crate::estimators::proportion::{clopper_pearson, wilson};
use crate::text::{CAUTION, Texts};

/// The answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Proportions {
    /// One a row of the table.
    pub rows: Vec<Share>,
    /// A low count is never safety.
    pub caution: Texts,
}

/// One row.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Share {
    /// Units with the property.
    pub x: u64,
    /// All units.
    pub n: u64,
    /// `x / n`.
    pub share: Option<f64>,
    /// Wilson's score interval.
    pub wilson: Option<Limits>,
    /// The exact interval.
    pub clopper_pearson: Option<Limits>,
    /// Whether there is anything to take a share of.
    pub estimable: bool,
    /// Why not.
    pub reason: Option<Reason>,
    /// What is missing, and what would make it estimable.
    pub what_is_missing: Option<Texts>,
}

/// Shares of a table with the columns `x` and `n`.
///
/// # Errors
/// [`TableError`] names the row.
pub fn proportions(sheet: &Sheet) -> Result<Proportions, TableError> {
    let (part, whole) = (sheet.column("x")?, sheet.column("n")?);
    let rows = (0..sheet.len())
        .map(|row| {
            let (x, n) = (sheet.count(row, part)?, sheet.count(row, whole)?);
            if x > n {
                let problem = format!("x is {x}, more than n, which is {n}: a part cannot exceed its whole");
                return Err(sheet.wrong(row, Some(part), problem));
            }
            Ok(
                match sorted(sheet, wilson(x, n, LEVEL))?
                    .and_then(|share| Ok((share, clopper_pearson(x, n, LEVEL).map_err(|_| Reason::NoUnits)?)))
                {
                    Ok((share, exact)) => Share {
                        x,
                        n,
                        share: Some(share.share),
                        wilson: Some(share.interval.into()),
                        clopper_pearson: Some(exact.interval.into()),
                        estimable: true,
                        reason: None,
                        what_is_missing: None,
                    },
                    Err(refusal) => Share {
                        x,
                        n,
                        share: None,
                        wilson: None,
                        clopper_pearson: None,
                        estimable: false,
                        reason: Some(refusal.reason),
                        what_is_missing: Some(refusal.what_is_missing),
                    },
                },
            )
        })
        .collect::<Result<_, TableError>>()?;
    Ok(Proportions { rows, caution: CAUTION })
}

impl Proportions {
    /// As a table.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text =
            format!("{:>10} {:>10} {:>8}  {:<19} {:<19}\n", "x", "n", "share", "Wilson 95 %", "exact 95 %");
        let limits = |limits: Option<Limits>| {
            limits.map_or("-".to_owned(), |l| format!("{:.4} to {:.4}", l.lower, l.upper.unwrap_or(1.0)))
        };
        for row in &self.rows {
            let share = row.share.map_or("-".to_owned(), |share| format!("{share:.4}"));
            let (score, exact) = (limits(row.wilson), limits(row.clopper_pearson));
            let _ = writeln!(text, "{:>10} {:>10} {share:>8}  {score:<19} {exact:<19}", row.x, row.n);
        }
        text + CAUTION.en
    }
}
