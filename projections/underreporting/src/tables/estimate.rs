//! One estimate, or why there is none, flat as analysts read it.

use serde::Serialize;

use crate::estimators::{EstimateError, Interval, Level, NotEstimable, Reason};
use crate::tables::{Sheet, TableError};
use crate::text::Texts;

/// Limits of an interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Limits {
    /// Lower.
    pub lower: f64,
    /// Upper; `null` when the data set none.
    pub upper: Option<f64>,
}

impl From<Interval> for Limits {
    fn from(interval: Interval) -> Self {
        Self { lower: interval.lower, upper: interval.upper }
    }
}

/// An estimate with its interval at 95 %, or the reason why there is none.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Estimate {
    /// The estimate.
    pub estimate: Option<f64>,
    /// Standard error.
    pub se: Option<f64>,
    /// Lower limit.
    pub lower: Option<f64>,
    /// Upper limit; `null` with an estimate: the data set none.
    pub upper: Option<f64>,
    /// Whether there is one.
    pub estimable: bool,
    /// Why not.
    pub reason: Option<Reason>,
    /// What is missing, and what would make it estimable.
    pub what_is_missing: Option<Texts>,
}

/// The level of every interval of a table.
pub(super) const LEVEL: Level = Level::P95;

impl Estimate {
    pub(super) fn new(estimate: f64, se: f64, interval: Interval) -> Self {
        Self {
            estimate: Some(estimate),
            se: Some(se),
            lower: Some(interval.lower),
            upper: interval.upper,
            estimable: true,
            reason: None,
            what_is_missing: None,
        }
    }

    pub(super) fn refused(reason: Reason) -> Self {
        Self {
            estimate: None,
            se: None,
            lower: None,
            upper: None,
            estimable: false,
            reason: Some(reason),
            what_is_missing: Some(reason.missing()),
        }
    }

    /// `1234.5 (1100.0 to 1400.0)`, or what is missing.
    pub(super) fn text(&self) -> String {
        match (self.estimate, self.lower, self.what_is_missing) {
            (Some(estimate), Some(lower), _) => {
                let upper = self.upper.map_or("no upper limit".to_owned(), |upper| format!("{upper:.1}"));
                format!("{estimate:.1} ({lower:.1} to {upper})")
            }
            (_, _, Some(missing)) => format!("not estimable: {}", missing.en),
            _ => "not estimable".to_owned(),
        }
    }
}

/// What can be estimated, what cannot, and what is wrong with the table.
pub(super) fn sorted<T>(
    sheet: &Sheet,
    result: Result<T, EstimateError>,
) -> Result<Result<T, NotEstimable>, TableError> {
    match result {
        Ok(estimate) => Ok(Ok(estimate)),
        Err(EstimateError::NotEstimable(refusal)) => Ok(Err(refusal)),
        Err(EstimateError::BadInput(bad)) => Err(sheet.bad(&bad)),
    }
}
