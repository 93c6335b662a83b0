//! A share `x / n` with its interval: observed gap, completeness, registered share.

use schemars::JsonSchema;
use serde::Serialize;
use statrs::distribution::{Beta, ContinuousCDF, Normal};

use super::{BadInput, EstimateError, Interval, Level, Reason, real};

/// A share with its interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Proportion {
    /// Units with the property.
    pub x: u64,
    /// All units.
    pub n: u64,
    /// `x / n`.
    pub share: f64,
    /// Between 0 and 1; exactly 0 below when `x = 0`, exactly 1 above when `x = n`.
    pub interval: Interval,
}

/// Wilson's score interval.
///
/// `(p + z²/2n ± z √(p(1-p)/n + z²/4n²)) / (1 + z²/n)`; Wilson 1927, JASA 22:209. The default for a share: its coverage
/// is close to nominal also for small `n` and for shares near 0 and 1 (Brown, Cai & DasGupta 2001). The units must be
/// independent: six reports of one fight are not six units.
///
/// # Errors
/// [`BadInput::PartExceedsWhole`] for `x > n`, [`Reason::NoUnits`] for `n = 0`.
pub fn wilson(x: u64, n: u64, level: Level) -> Result<Proportion, EstimateError> {
    check(x, n)?;
    let (share, units, z) = (real(x) / real(n), real(n), level.z());
    let shrink = 1.0 + z * z / units;
    let centre = (share + z * z / (2.0 * units)) / shrink;
    let half = z / shrink * (share * (1.0 - share) / units + z * z / (4.0 * units * units)).sqrt();
    let lower = if x == 0 { 0.0 } else { centre - half };
    let upper = if x == n { 1.0 } else { centre + half };
    Ok(Proportion { x, n, share, interval: Interval::new(lower, upper, level) })
}

/// The exact interval of Clopper and Pearson.
///
/// Lower `Beta(α/2; x, n-x+1)`, upper `Beta(1-α/2; x+1, n-x)`; Clopper & Pearson 1934, Biometrika 26:404. Never covers less
/// than it says, and usually more: use it where a limit must hold, Wilson where it should be close.
///
/// # Errors
/// [`BadInput::PartExceedsWhole`] for `x > n`, [`Reason::NoUnits`] for `n = 0`.
pub fn clopper_pearson(x: u64, n: u64, level: Level) -> Result<Proportion, EstimateError> {
    check(x, n)?;
    let rest = real(n - x);
    let lower = if x == 0 { 0.0 } else { quantile(real(x), rest + 1.0, level.tail()) };
    let upper = if x == n { 1.0 } else { quantile(real(x) + 1.0, rest, 1.0 - level.tail()) };
    Ok(Proportion { x, n, share: real(x) / real(n), interval: Interval::new(lower, upper, level) })
}

/// From this shape on, both at least, the expansion of [`of_large_shapes`] is right to eight digits.
const LARGE: f64 = 1e4;

/// Quantile of a beta distribution whose shapes are at least 1, by halving the way in log odds: `statrs` does not come to an end where
/// one shape is in the millions and the other is small. Nor does its distribution function where both are large.
fn quantile(shape_a: f64, shape_b: f64, p: f64) -> f64 {
    if shape_a.min(shape_b) >= LARGE {
        return of_large_shapes(shape_a, shape_b, p);
    }
    let beta = Beta::new(shape_a, shape_b).expect("both shapes are at least 1");
    let share = |odds: f64| 1.0 / (1.0 + (-odds).exp());
    let (mut low, mut high) = (-60.0_f64, 60.0_f64);
    while high - low > 1e-14 * low.abs().max(1.0) {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            break;
        }
        if beta.cdf(share(middle)) < p {
            low = middle;
        } else {
            high = middle;
        }
    }
    share(f64::midpoint(low, high))
}

/// The expansion of Cornish and Fisher to the fourth moment (1938, Revue de l'Institut International de Statistique 5:307; Abramowitz &
/// Stegun 26.2.49): a beta distribution with two large shapes is all but normal.
fn of_large_shapes(a: f64, b: f64, p: f64) -> f64 {
    let sum = a + b;
    let skewness = 2.0 * (b - a) * (sum + 1.0).sqrt() / ((sum + 2.0) * (a * b).sqrt());
    let excess =
        6.0 * ((a - b).powi(2) * (sum + 1.0) - a * b * (sum + 2.0)) / (a * b * (sum + 2.0) * (sum + 3.0));
    let z = Normal::standard().inverse_cdf(p);
    let bent = z + skewness * (z * z - 1.0) / 6.0 + excess * (z.powi(3) - 3.0 * z) / 24.0
        - skewness * skewness * (2.0 * z.powi(3) - 5.0 * z) / 36.0;
    (a + (a * b / (sum + 1.0)).sqrt() * bent) / sum
}

fn check(x: u64, n: u64) -> Result<(), EstimateError> {
    if x > n {
        return Err(BadInput::PartExceedsWhole { part: "x", value: x, whole: "n", of: n }.into());
    }
    if n == 0 {
        return Err(Reason::NoUnits.into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_are_exact() {
        for n in [1, 7, 1_000_000] {
            for interval in [wilson, clopper_pearson].map(|method| method(0, n, Level::P95).unwrap().interval)
            {
                assert_eq!(interval.lower, 0.0);
            }
            for interval in [wilson, clopper_pearson].map(|method| method(n, n, Level::P95).unwrap().interval)
            {
                assert_eq!(interval.upper, Some(1.0));
            }
        }
    }

    #[test]
    fn one_of_one_has_the_limits_of_its_closed_form() {
        // Clopper-Pearson at x = n = 1: the lower limit solves p = α/2.
        let exact = clopper_pearson(1, 1, Level::P95).unwrap().interval;
        assert!((exact.lower - 0.025).abs() < 1e-12);
        // Wilson at x = n: 1 / (1 + z²/n).
        let z = Level::P95.z();
        assert!((wilson(1, 1, Level::P95).unwrap().interval.lower - 1.0 / (1.0 + z * z)).abs() < 1e-12);
    }

    #[test]
    fn a_rare_share_of_many_has_limits() {
        // scipy.stats.beta.ppf; statrs does not come to an end here.
        let rare = clopper_pearson(7, 10_000_000, Level::P95).unwrap().interval;
        assert!((rare.lower / 2.814_363_499_796_94e-7 - 1.0).abs() < 1e-7);
        assert!((rare.upper.unwrap() / 1.442_267_000_818_749e-6 - 1.0).abs() < 1e-7);
    }

    #[test]
    fn a_share_of_very_many_has_limits_on_both_sides_of_it() {
        // scipy.stats.beta.ppf, on both sides of where the expansion begins.
        for (x, n, lower, upper) in [
            (9_999, 20_000, 0.492_995_911_146_290_93, 0.506_904_103_393_355_7),
            (10_001, 20_003, 0.493_021_434_543_233_3, 0.506_928_580_223_282_4),
            (9_999, 1_000_000, 0.009_804_915_896_166_543, 0.010_195_930_164_378_605),
            (9_000, 1_000_000_000, 8.815_011_259_215_556e-6, 9.187_893_309_021_903e-6),
            (50_000_000, 100_000_000, 0.499_901_996_801_959_3, 0.500_098_003_198_040_7),
            (300_000_000, 1_000_000_000, 0.299_971_597_502_396_6, 0.300_028_403_655_352_77),
        ] {
            let exact = clopper_pearson(x, n, Level::P95).unwrap().interval;
            assert!((exact.lower / lower - 1.0).abs() < 1e-7, "{x} of {n}: {}", exact.lower);
            assert!((exact.upper.unwrap() / upper - 1.0).abs() < 1e-7, "{x} of {n}: {:?}", exact.upper);
        }
    }

    #[test]
    fn impossible_and_empty_input_differ() {
        assert!(matches!(
            wilson(3, 2, Level::P95),
            Err(EstimateError::BadInput(BadInput::PartExceedsWhole { .. }))
        ));
        let Err(EstimateError::NotEstimable(refusal)) = clopper_pearson(0, 0, Level::P95) else {
            panic!("a share of nothing was estimated")
        };
        assert_eq!(refusal.reason, Reason::NoUnits);
        assert!(Level::new(1.0).is_err() && Level::new(f64::NAN).is_err());
    }
}
