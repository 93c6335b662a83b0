//! Two independent lists: how many are on neither.

use schemars::JsonSchema;
use serde::Serialize;

use super::proportion::wilson;
use super::{BadInput, EstimateError, Interval, Level, Reason, real};

/// Below this overlap Chapman's estimate is biased and its variance unreliable (Robson & Regier 1964: `m >= 7`).
pub const ENOUGH_OVERLAP: u64 = 7;

/// What two lists have: `n1` and `n2` units, `m` of them on both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TwoLists {
    n1: u64,
    n2: u64,
    m: u64,
}

/// An estimated total.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Total {
    /// Estimated number of units on a list or on none.
    pub estimate: f64,
    /// Standard error.
    pub se: f64,
    /// Its interval.
    pub interval: Interval,
    /// Units on at least one list.
    pub observed: u64,
    /// Fewer than [`ENOUGH_OVERLAP`] units are on both lists: read the interval, not the estimate.
    pub few_overlap: bool,
}

impl TwoLists {
    /// Checks the counts.
    ///
    /// # Errors
    /// [`BadInput::PartExceedsWhole`] when the overlap is larger than a list.
    pub fn new(n1: u64, n2: u64, m: u64) -> Result<Self, BadInput> {
        for (whole, of) in [("n1", n1), ("n2", n2)] {
            if m > of {
                return Err(BadInput::PartExceedsWhole { part: "m", value: m, whole, of });
            }
        }
        Ok(Self { n1, n2, m })
    }

    /// Units on at least one of the lists.
    #[must_use]
    pub fn union(self) -> u64 {
        self.n1 + self.n2 - self.m
    }

    /// Chapman's estimate with Seber's variance and the interval of Sadinle.
    ///
    /// `N = (n1+1)(n2+1)/(m+1) - 1` (Chapman 1951), `Var = (n1+1)(n2+1)(n1-m)(n2-m) / ((m+1)²(m+2))` (Seber 1970); interval on the
    /// log odds with a half added to each cell, `n1+n2-m-½ + (n1-m+½)(n2-m+½)/(m+½) · exp(±z σ)` with
    /// `σ² = 1/(m+½) + 1/(n1-m+½) + 1/(n2-m+½) + (m+½)/((n1-m+½)(n2-m+½))` (Sadinle 2009, Commun. Stat. Simul. Comput. 38:1909),
    /// its lower limit never below the union.
    ///
    /// Must not be used when one list was made from the other (prompted), when linkage is incomplete, when some units can
    /// be on one list only, or when units differ much in how visible they are: then it is too low, or anything.
    ///
    /// # Errors
    /// [`Reason::EmptyList`] or [`Reason::NoOverlap`].
    pub fn chapman(self, level: Level) -> Result<Total, EstimateError> {
        self.overlapping()?;
        let (n1, n2, m) = self.reals();
        let estimate = (n1 + 1.0) * (n2 + 1.0) / (m + 1.0) - 1.0;
        Ok(self.total(estimate, self.seber_variance().sqrt(), self.sadinle(level)))
    }

    /// Petersen's estimate `n1 n2 / m` (Petersen 1896, Lincoln 1930), `Var = n1² n2 (n2-m) / m³`, interval `n1 / p` over Wilson's
    /// limits of `p = m / n2`. Biased upwards for small overlap; shown for comparison with published tables.
    ///
    /// # Errors
    /// [`Reason::EmptyList`] or [`Reason::NoOverlap`].
    pub fn petersen(self, level: Level) -> Result<Total, EstimateError> {
        self.overlapping()?;
        let (n1, n2, m) = self.reals();
        let variance = n1 * n1 * n2 * (n2 - m) / m.powi(3);
        let share = wilson(self.m, self.n2, level)?.interval;
        let lower = share.upper.map_or(real(self.union()), |most| n1 / most).max(real(self.union()));
        Ok(self.total(n1 * n2 / m, variance.sqrt(), Interval::new(lower, n1 / share.lower, level)))
    }

    /// Bailey's estimate `n1 (n2+1) / (m+1)` for a second list drawn with replacement (Bailey 1951),
    /// `Var = n1² (n2+1)(n2-m) / ((m+1)²(m+2))`, normal interval not below the union.
    ///
    /// # Errors
    /// [`Reason::EmptyList`] or [`Reason::NoOverlap`].
    pub fn bailey(self, level: Level) -> Result<Total, EstimateError> {
        self.overlapping()?;
        let (n1, n2, m) = self.reals();
        let estimate = n1 * (n2 + 1.0) / (m + 1.0);
        let variance = n1 * n1 * (n2 + 1.0) * (n2 - m) / ((m + 1.0).powi(2) * (m + 2.0));
        let interval = normal(estimate, variance.sqrt(), real(self.union()), level);
        Ok(self.total(estimate, variance.sqrt(), interval))
    }

    fn overlapping(self) -> Result<(), Reason> {
        if self.n1 == 0 || self.n2 == 0 {
            Err(Reason::EmptyList)
        } else if self.m == 0 {
            Err(Reason::NoOverlap)
        } else {
            Ok(())
        }
    }

    fn reals(self) -> (f64, f64, f64) {
        (real(self.n1), real(self.n2), real(self.m))
    }

    fn seber_variance(self) -> f64 {
        let (n1, n2, m) = self.reals();
        (n1 + 1.0) * (n2 + 1.0) * (n1 - m) * (n2 - m) / ((m + 1.0).powi(2) * (m + 2.0))
    }

    fn sadinle(self, level: Level) -> Interval {
        let (n1, n2, m) = self.reals();
        let (only1, only2, both) = (n1 - m + 0.5, n2 - m + 0.5, m + 0.5);
        let sigma = (1.0 / both + 1.0 / only1 + 1.0 / only2 + both / (only1 * only2)).sqrt();
        let (seen, unseen) = (n1 + n2 - m - 0.5, only1 * only2 / both);
        let lower = seen + unseen * (-level.z() * sigma).exp();
        Interval::new(lower.max(real(self.union())), seen + unseen * (level.z() * sigma).exp(), level)
    }

    fn total(self, estimate: f64, se: f64, interval: Interval) -> Total {
        Total { estimate, se, interval, observed: self.union(), few_overlap: self.m < ENOUGH_OVERLAP }
    }
}

/// `estimate ± z se`, not below `least`: for comparison with published tables; it is too narrow above for small counts.
#[must_use]
pub fn normal(estimate: f64, se: f64, least: f64, level: Level) -> Interval {
    Interval::new((estimate - level.z() * se).max(least), estimate + level.z() * se, level)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lists(n1: u64, n2: u64, m: u64) -> TwoLists {
        TwoLists::new(n1, n2, m).unwrap()
    }

    #[test]
    fn sadinles_interval_of_a_textbook_pond() {
        // Ten turtles marked, fifteen caught, five of them marked: 28 estimated, 22 to 65.
        let total = lists(10, 15, 5).chapman(Level::P95).unwrap();
        assert_eq!(total.estimate.floor(), 28.0);
        assert_eq!(total.interval.lower.round(), 22.0);
        assert_eq!(total.interval.upper.unwrap().round(), 65.0);
        assert!(total.few_overlap);
        assert!(!lists(10, 15, 7).chapman(Level::P95).unwrap().few_overlap);
    }

    #[test]
    fn identical_lists_leave_nothing_unseen_but_doubt() {
        let total = lists(12, 12, 12).chapman(Level::P95).unwrap();
        assert_eq!((total.estimate, total.se), (12.0, 0.0));
        assert_eq!(total.interval.lower, 12.0);
        assert!(total.interval.upper.unwrap() > 12.0);
    }

    #[test]
    fn without_overlap_it_refuses_and_says_what_is_missing() {
        for (lists, reason) in [
            (lists(5, 8, 0), Reason::NoOverlap),
            (lists(0, 8, 0), Reason::EmptyList),
            (lists(0, 0, 0), Reason::EmptyList),
        ] {
            let Err(EstimateError::NotEstimable(refusal)) = lists.chapman(Level::P95) else {
                panic!("{lists:?} was estimated")
            };
            assert_eq!(refusal.reason, reason);
            assert!(!refusal.what_is_missing.nl.is_empty());
        }
    }

    #[test]
    fn an_overlap_larger_than_a_list_is_impossible() {
        assert_eq!(
            TwoLists::new(10, 3, 4),
            Err(BadInput::PartExceedsWhole { part: "m", value: 4, whole: "n2", of: 3 })
        );
    }
}
