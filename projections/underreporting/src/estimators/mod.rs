//! Estimators: pure functions over counts. Each says its formula, its source and when it must not be used.
//!
//! # To add an estimator
//!
//! One file named after it: a function from counts to a serialisable answer, an [`EstimateError`] for what cannot be
//! answered, its formula and source (author, year) in the docs, hand-computed edge cases beside it and, where a
//! published answer exists, a line in `tests/published.rs`.

pub mod chain_ladder;
pub mod chao;
pub mod chao_lists;
pub mod clayton_kaldor;
pub mod cusum;
pub mod delays;
pub mod exposure;
pub mod kappa;
pub mod loglinear;
pub mod numbers;
pub mod numbers_by_year;
pub mod poisson;
pub mod proportion;
pub mod rates;
pub mod reverse_time;
pub mod season;
pub mod shrinkage;
pub mod silences;
pub mod two_lists;

use schemars::JsonSchema;
use serde::Serialize;
use statrs::distribution::{ContinuousCDF, Normal};

use crate::text::Texts;

/// How sure an interval is: the share of repetitions in which it holds the truth, strictly between 0 and 1.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Level(f64);

impl Level {
    /// 95 %: every figure of a report.
    pub const P95: Self = Self(0.95);
    /// 99.8 %: the outer funnel limit, about three standard deviations.
    pub const P998: Self = Self(0.998);

    /// Checks that `level` lies strictly between 0 and 1.
    ///
    /// # Errors
    /// [`BadInput::Level`] when it does not.
    pub fn new(level: f64) -> Result<Self, BadInput> {
        if level > 0.0 && level < 1.0 { Ok(Self(level)) } else { Err(BadInput::Level(level)) }
    }

    /// The level itself.
    #[must_use]
    pub fn get(self) -> f64 {
        self.0
    }

    /// The probability that each tail holds.
    #[must_use]
    pub fn tail(self) -> f64 {
        (1.0 - self.0) / 2.0
    }

    /// The two-sided quantile of the standard normal distribution: 1.96 at 95 %.
    #[must_use]
    pub fn z(self) -> f64 {
        -Normal::standard().inverse_cdf(self.tail())
    }
}

/// A confidence interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Interval {
    /// Lower limit.
    pub lower: f64,
    /// Upper limit; `null` when the data set none.
    pub upper: Option<f64>,
    /// How sure.
    pub level: Level,
}

impl Interval {
    /// A bounded interval.
    #[must_use]
    pub fn new(lower: f64, upper: f64, level: Level) -> Self {
        Self { lower, upper: Some(upper), level }
    }

    /// The interval of a quantity that is known to be `least` or more.
    #[must_use]
    pub fn at_least(self, least: f64) -> Self {
        Self { lower: self.lower.max(least), upper: self.upper.map(|upper| upper.max(least)), ..self }
    }

    /// The interval of the quantity multiplied by `factor` (not negative).
    #[must_use]
    pub fn scaled(self, factor: f64) -> Self {
        Self { lower: self.lower * factor, upper: self.upper.map(|upper| upper * factor), level: self.level }
    }
}

/// Input that no data could have: a mistake of whoever asks.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BadInput {
    /// A part is larger than the whole that it is a part of.
    #[error("{part} is {value}, more than {whole}, which is {of}: a part cannot exceed its whole")]
    PartExceedsWhole {
        /// What is too large.
        part: &'static str,
        /// How large it is.
        value: u64,
        /// What it is a part of.
        whole: &'static str,
        /// How large that is.
        of: u64,
    },
    /// A confidence level outside (0, 1).
    #[error("a confidence level of {0} is not between 0 and 1")]
    Level(f64),
    /// A number that must be finite and at least zero is not.
    #[error("{what} is {value} in row {row}: expected a finite number that is not negative")]
    NotAQuantity {
        /// Which number.
        what: &'static str,
        /// What it is.
        value: f64,
        /// In which row, from 1.
        row: usize,
    },
    /// A row is wrong in itself.
    #[error("row {row}: {problem}")]
    Row {
        /// Which row, from 1.
        row: usize,
        /// What is wrong with it.
        problem: &'static str,
    },
}

/// Why something cannot be estimated; each has a sentence in three languages ([`Reason::missing`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Nothing to take a share of.
    NoUnits,
    /// Two lists without one unit in common.
    NoOverlap,
    /// One of the lists holds nothing.
    EmptyList,
    /// Fewer than two lists.
    OneList,
    /// No unit was observed at all.
    NothingObserved,
    /// No occupancy reports that span any part of the period.
    NoExposure,
    /// Too few groups to learn from each other.
    TooFewGroups,
    /// All judgements fall into one class, so chance explains everything.
    NoVariation,
    /// A count so small that it could single somebody out.
    Suppressed,
    /// The pattern of empty overlaps leaves the likelihood without a maximum.
    NoMaximum,
    /// The table does not determine the model's parameters.
    NotIdentifiable,
    /// A method for two lists, and there are more.
    MoreThanTwoLists,
    /// No model could be fitted.
    NoModel,
    /// The model has an estimate, but the search for it did not come to rest.
    NotSettled,
    /// The month is not over yet.
    NotOver,
}

/// What cannot be estimated, why, and what would make it so.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema, thiserror::Error)]
#[error("not estimable: {}", what_is_missing.en)]
pub struct NotEstimable {
    /// Why.
    pub reason: Reason,
    /// What is missing and what would make it estimable.
    pub what_is_missing: Texts,
}

impl Reason {
    /// All of them.
    #[cfg(test)]
    pub(crate) const ALL: [Self; 15] = [
        Self::NoUnits,
        Self::NoOverlap,
        Self::EmptyList,
        Self::OneList,
        Self::NothingObserved,
        Self::NoExposure,
        Self::TooFewGroups,
        Self::NoVariation,
        Self::Suppressed,
        Self::NoMaximum,
        Self::NotIdentifiable,
        Self::MoreThanTwoLists,
        Self::NoModel,
        Self::NotSettled,
        Self::NotOver,
    ];
}

impl From<Reason> for NotEstimable {
    fn from(reason: Reason) -> Self {
        Self { reason, what_is_missing: reason.missing() }
    }
}

/// Why there is no estimate.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum EstimateError {
    /// The input is impossible.
    #[error(transparent)]
    BadInput(#[from] BadInput),
    /// The input is possible, but does not tell.
    #[error(transparent)]
    NotEstimable(#[from] NotEstimable),
}

impl From<Reason> for EstimateError {
    fn from(reason: Reason) -> Self {
        Self::NotEstimable(reason.into())
    }
}

/// An estimate, or the plain refusal to give one.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Answer<T> {
    /// It can be estimated.
    Estimate(T),
    /// It cannot, and this is why.
    Refusal(NotEstimable),
}

impl<T> Answer<T> {
    /// Turns "cannot be estimated" into an answer and leaves impossible input an error.
    ///
    /// # Errors
    /// [`BadInput`] as it came.
    pub fn of(result: Result<T, EstimateError>) -> Result<Self, BadInput> {
        match result {
            Ok(estimate) => Ok(Self::Estimate(estimate)),
            Err(EstimateError::NotEstimable(refusal)) => Ok(Self::Refusal(refusal)),
            Err(EstimateError::BadInput(bad)) => Err(bad),
        }
    }

    /// The estimate, changed; a refusal stays what it is.
    #[must_use]
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Answer<U> {
        match self {
            Self::Estimate(estimate) => Answer::Estimate(change(estimate)),
            Self::Refusal(refusal) => Answer::Refusal(refusal),
        }
    }

    /// The estimate, when there is one.
    #[must_use]
    pub fn estimate(&self) -> Option<&T> {
        match self {
            Self::Estimate(estimate) => Some(estimate),
            Self::Refusal(_) => None,
        }
    }
}

fn quantity(what: &'static str, value: f64, row: usize) -> Result<f64, BadInput> {
    if value.is_finite() && value >= 0.0 {
        Ok(value)
    } else {
        Err(BadInput::NotAQuantity { what, value, row })
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of people and records stay far below 2^53")]
pub(crate) fn real(count: u64) -> f64 {
    count as f64
}
