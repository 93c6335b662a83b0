//! Chao's lower bound: at least so many, from how often units were seen once and twice.

use schemars::JsonSchema;
use serde::Serialize;

use super::{BadInput, EstimateError, Interval, Level, Reason, real};

/// How often units were captured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Frequencies {
    /// Units captured at all.
    pub observed: u64,
    /// Units captured once.
    pub f1: u64,
    /// Units captured twice.
    pub f2: u64,
    /// Captures of all units together.
    pub captures: u64,
}

/// Which form of the bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `f1 (f1-1) / 2(f2+1)`: defined without doubletons; the one that reports use.
    BiasCorrected,
    /// `f1² / 2 f2`: for comparison with published tables; falls back to the other without doubletons.
    Classic,
}

/// What lies behind the counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sampling {
    /// Any number of captures of a unit (abundance counts): factor 1.
    Unlimited,
    /// Each unit is on a list or not: factor `(t-1)/t` for `t` lists.
    Lists(u64),
}

/// A lower bound of the total; always worded "at least".
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct AtLeast {
    /// At least this many units.
    pub at_least: f64,
    /// Standard error.
    pub se: f64,
    /// Interval of the bound, never below what was observed.
    pub interval: Interval,
    /// Units captured at all.
    pub observed: u64,
}

impl Frequencies {
    /// Counts how often each unit was captured; units that were not are no units.
    #[must_use]
    pub fn of(captures_of_each: &[u64]) -> Self {
        let seen = |times: u64| captures_of_each.iter().filter(|count| **count == times).count() as u64;
        Self {
            observed: captures_of_each.len() as u64 - seen(0),
            f1: seen(1),
            f2: seen(2),
            captures: captures_of_each.iter().sum(),
        }
    }

    fn check(&self) -> Result<(), EstimateError> {
        let too_large = |part, value, whole, of| BadInput::PartExceedsWhole { part, value, whole, of };
        if self.f1 + self.f2 > self.observed {
            return Err(too_large("f1 + f2", self.f1 + self.f2, "observed", self.observed).into());
        }
        if self.observed > self.captures {
            return Err(too_large("observed", self.observed, "captures", self.captures).into());
        }
        if self.observed == 0 {
            return Err(Reason::NothingObserved.into());
        }
        Ok(())
    }
}

/// Chao's lower bound with its log interval.
///
/// `S + A f1(f1-1) / 2(f2+1)`, `A = (t-1)/t` for `t` lists and 1 for unlimited captures (Chao 1984, 1987; bias-corrected form Chao
/// 2005). Variances and the interval `S + T/K, S + T K` with `T` the unseen part and `K = exp(z √ln(1 + Var/T²))` as in
/// Colwell's EstimateS user guide, equations 5 to 8 and 13; where `T = 0` its equation 14 with `P = exp(-captures/S)`.
///
/// It is a lower bound whenever units differ in how visible they are, which they do, as long as all lists see equally much: of
/// unequal lists take [`lower_bound_of_lists`](super::chao_lists::lower_bound_of_lists). It must not be read as a total, and not
/// be used when a list was prompted by another: that makes doubletons out of nothing and the bound too low.
///
/// # Errors
/// [`Reason::OneList`] for fewer than two lists, [`Reason::NothingObserved`], [`BadInput`] for counts that contradict each other.
pub fn lower_bound(
    counts: Frequencies,
    sampling: Sampling,
    form: Form,
    level: Level,
) -> Result<AtLeast, EstimateError> {
    counts.check()?;
    let factor = match sampling {
        Sampling::Unlimited => 1.0,
        Sampling::Lists(lists) if lists < 2 => return Err(Reason::OneList.into()),
        Sampling::Lists(lists) => (real(lists) - 1.0) / real(lists),
    };
    let (f1, f2, seen) = (real(counts.f1), real(counts.f2), real(counts.observed));
    let classic = form == Form::Classic && counts.f1 > 0 && counts.f2 > 0;
    let unseen = factor * if classic { f1 * f1 / (2.0 * f2) } else { f1 * (f1 - 1.0) / (2.0 * (f2 + 1.0)) };
    let variance = if counts.f1 == 0 {
        let missed = (-real(counts.captures) / seen).exp();
        seen * missed * (1.0 - missed)
    } else if classic {
        let ratio = f1 / f2;
        f2 * (factor * ratio.powi(2) / 2.0 + factor.powi(2) * (ratio.powi(3) + ratio.powi(4) / 4.0))
    } else if counts.f2 == 0 {
        unseen + factor.powi(2) * (f1 * (2.0 * f1 - 1.0).powi(2) / 4.0 - f1.powi(4) / (4.0 * (seen + unseen)))
    } else {
        let doubles = f2 + 1.0;
        unseen
            + factor.powi(2)
                * (f1 * (2.0 * f1 - 1.0).powi(2) / (4.0 * doubles.powi(2))
                    + f1.powi(2) * f2 * (f1 - 1.0).powi(2) / (4.0 * doubles.powi(4)))
    };
    Ok(around(counts.observed, counts.captures, unseen, variance, level))
}

/// The bound with its log interval; `unseen` and its `variance` may be zero.
pub(super) fn around(observed: u64, captures: u64, unseen: f64, variance: f64, level: Level) -> AtLeast {
    let (seen, variance) = (real(observed), variance.max(0.0));
    let interval = if unseen > 0.0 {
        let spread = (level.z() * (1.0 + variance / (unseen * unseen)).ln().sqrt()).exp();
        Interval::new(seen + unseen / spread, seen + unseen * spread, level)
    } else {
        saturated(seen, real(captures), level)
    };
    AtLeast { at_least: seen + unseen, se: variance.sqrt(), interval, observed }
}

/// The interval when no unit, or a single one, was captured only once.
fn saturated(seen: f64, captures: f64, level: Level) -> Interval {
    let missed = (-captures / seen).exp();
    let (middle, half) = (seen / (1.0 - missed), level.z() * (seen * missed / (1.0 - missed)).sqrt());
    Interval::new((middle - half).max(seen), middle + half, level)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fewer_lists_bound_lower() {
        let counts = Frequencies { observed: 50, f1: 30, f2: 20, captures: 70 };
        let bound =
            |sampling| lower_bound(counts, sampling, Form::BiasCorrected, Level::P95).unwrap().at_least;
        // 30 * 29 / (2 * 21) = 20.714...; two lists halve it.
        assert!((bound(Sampling::Unlimited) - 70.714_285_714).abs() < 1e-9);
        assert!((bound(Sampling::Lists(2)) - 60.357_142_857).abs() < 1e-9);
        assert!(bound(Sampling::Lists(5)) > bound(Sampling::Lists(2)));
    }

    #[test]
    fn one_singleton_gives_no_unseen_part_but_a_finite_interval() {
        let counts = Frequencies::of(&[1, 3, 0]);
        let bound = lower_bound(counts, Sampling::Lists(3), Form::BiasCorrected, Level::P95).unwrap();
        assert_eq!((bound.at_least, bound.observed), (2.0, 2));
        assert_eq!(bound.interval.lower, 2.0);
        assert!(bound.interval.upper.unwrap().is_finite());
    }

    #[test]
    fn one_list_and_no_units_are_refused() {
        let refused = |counts, sampling| match lower_bound(counts, sampling, Form::BiasCorrected, Level::P95)
        {
            Err(EstimateError::NotEstimable(refusal)) => refusal.reason,
            other => panic!("{other:?}"),
        };
        assert_eq!(refused(Frequencies::of(&[1, 1]), Sampling::Lists(1)), Reason::OneList);
        assert_eq!(refused(Frequencies::of(&[0]), Sampling::Lists(3)), Reason::NothingObserved);
        let wrong = Frequencies { observed: 3, f1: 3, f2: 1, captures: 9 };
        assert!(matches!(
            lower_bound(wrong, Sampling::Lists(3), Form::BiasCorrected, Level::P95),
            Err(EstimateError::BadInput(_))
        ));
    }
}
