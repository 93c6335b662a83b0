//! Limits of a Poisson count, and the funnel that counts of equal centres would fill.

use schemars::JsonSchema;
use serde::Serialize;
use statrs::distribution::{ContinuousCDF, Gamma, Normal};

use super::{Interval, Level, real};

/// The exact interval of a Poisson mean.
///
/// `χ²(α/2; 2O)/2` to `χ²(1-α/2; 2O+2)/2`, written with gamma quantiles; Garwood 1936, Biometrika 28:437. Covers at least what it
/// says. Counts that come in clusters (one report per person of a group event) vary more than Poisson: then it is too narrow.
#[must_use]
pub fn garwood(count: u64, level: Level) -> Interval {
    let count = real(count);
    let lower = if count == 0.0 { 0.0 } else { gamma_quantile(count, level.tail()) };
    Interval::new(lower, gamma_quantile(count + 1.0, 1.0 - level.tail()), level)
}

/// Byar's approximation of Garwood's limits.
///
/// `O (1 - 1/9O - z/3√O)³` to `(O+1) (1 - 1/9(O+1) + z/3√(O+1))³`; Breslow & Day 1987, p. 69. For comparison with public health
/// tables; never below zero.
#[must_use]
pub fn byar(count: u64, level: Level) -> Interval {
    let limit =
        |count: f64, z: f64| count * (1.0 - 1.0 / (9.0 * count) + z / (3.0 * count.sqrt())).max(0.0).powi(3);
    let lower = if count == 0 { 0.0 } else { limit(real(count), -level.z()) };
    Interval::new(lower, limit(real(count) + 1.0, level.z()), level)
}

/// Between which ratios of observed to expected a centre lies that is like the others.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct FunnelLimits {
    /// Ratio below which fewer than `(1 - level) / 2` of such centres lie.
    pub lower: f64,
    /// Ratio above which fewer than `(1 - level) / 2` of such centres lie.
    pub upper: f64,
    /// How wide the funnel is.
    pub level: Level,
}

/// Exact Poisson funnel limits around a ratio of 1 for an `expected` count above zero.
///
/// `χ²(α/2; 2E) / 2E` and `χ²(1-α/2; 2E+2) / 2E`; Spiegelhalter 2005, Stat. Med. 24:1185. A point outside says that a centre
/// differs, not why: below the funnel may be safety, silence, or another way of writing.
#[must_use]
pub fn funnel(expected: f64, level: Level) -> Option<FunnelLimits> {
    (expected.is_finite() && expected > 0.0).then(|| FunnelLimits {
        lower: gamma_quantile(expected, level.tail()) / expected,
        upper: gamma_quantile(expected + 1.0, 1.0 - level.tail()) / expected,
        level,
    })
}

/// Beyond this shape the cube root is normal to twelve digits and more (Wilson & Hilferty 1931, PNAS 17:684).
const CUBE_ROOT: f64 = 1e8;

/// Quantile of a gamma distribution with scale 1.
pub(super) fn gamma_quantile(shape: f64, p: f64) -> f64 {
    if shape > CUBE_ROOT {
        let z = Normal::standard().inverse_cdf(p);
        return shape * (1.0 - 1.0 / (9.0 * shape) + z / (3.0 * shape.sqrt())).powi(3);
    }
    Gamma::new(shape, 1.0).expect("the shape is above zero").inverse_cdf(p)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_seen_is_bounded_above_by_the_rule_of_three_and_a_bit() {
        // Upper limit at zero: -ln(α/2).
        let none = garwood(0, Level::P95);
        assert_eq!(none.lower, 0.0);
        assert!((none.upper.unwrap() + 0.025_f64.ln()).abs() < 1e-9);
        assert_eq!(byar(0, Level::P998).lower, 0.0);
        assert_eq!(byar(1, Level::P998).lower, 0.0);
    }

    #[test]
    fn garwood_of_ten() {
        // Garwood's table: 4.795 to 18.39.
        let ten = garwood(10, Level::P95);
        assert!((ten.lower - 4.795).abs() < 5e-4 && (ten.upper.unwrap() - 18.39).abs() < 5e-3);
    }

    #[test]
    fn large_counts_have_the_limits_of_chi_square() {
        // scipy.stats.chi2.ppf, on either side of where the quantile is taken by its cube root.
        for (count, lower, upper) in [
            (99_999_999, 99_980_400.307_422_73, 100_019_600.586_981_15),
            (1_000_000_000, 999_938_021.443_927_9, 1_000_061_981.450_408_9),
        ] {
            let limits = garwood(count, Level::P95);
            assert!((limits.lower / lower - 1.0).abs() < 1e-11, "{limits:?}");
            assert!((limits.upper.unwrap() / upper - 1.0).abs() < 1e-11, "{limits:?}");
        }
    }

    #[test]
    fn a_funnel_needs_something_expected() {
        assert_eq!(funnel(0.0, Level::P95), None);
        assert_eq!(funnel(f64::NAN, Level::P95), None);
        let wide = funnel(0.5, Level::P998).unwrap();
        assert!(wide.lower < 1e-3 && wide.upper > 5.0);
    }
}
