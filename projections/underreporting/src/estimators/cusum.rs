//! Slow drops: what each count falls short of the expected, added up.

use schemars::JsonSchema;
use serde::Serialize;

use super::{BadInput, quantity, real};

/// A two-sided tabular CUSUM.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Cusum {
    /// How far values lie above the target, added up, never below zero.
    pub upper: Vec<f64>,
    /// How far they lie below it.
    pub lower: Vec<f64>,
    /// Places (from 0) at which either passes the decision interval.
    pub signals: Vec<usize>,
}

/// `C⁺ = max(0, x - (target + k) + C⁺)`, `C⁻ = max(0, (target - k) - x + C⁻)`, a signal above `h` (Page 1954, Biometrika 41:100; the
/// tabular form of Montgomery). `k` is half of the shift that matters.
///
/// # Errors
/// [`BadInput::NotAQuantity`] for an allowance or a decision interval below zero; [`BadInput::Row`] for a value that is no number.
pub fn tabular(values: &[f64], target: f64, k: f64, h: f64) -> Result<Cusum, BadInput> {
    let (k, h) = (quantity("allowance", k, 1)?, quantity("decision interval", h, 1)?);
    let mut cusum = Cusum { upper: Vec::new(), lower: Vec::new(), signals: Vec::new() };
    let (mut upper, mut lower) = (0.0_f64, 0.0_f64);
    for (index, value) in values.iter().enumerate() {
        if !value.is_finite() {
            return Err(BadInput::Row { row: index + 1, problem: "a value is no finite number" });
        }
        upper = (upper + value - (target + k)).max(0.0);
        lower = (lower + (target - k) - value).max(0.0);
        cusum.upper.push(upper);
        cusum.lower.push(lower);
        if upper > h || lower > h {
            cusum.signals.push(index);
        }
    }
    Ok(cusum)
}

/// A stretch in which counts stay below what was expected.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Drop {
    /// The first time (from 0) of the stretch: since then the sum has not come back to zero.
    pub from: usize,
    /// The time at which the sum first passed its limit.
    pub noticed: usize,
    /// The last time of the stretch.
    pub to: usize,
    /// Counted in the stretch.
    pub counted: u64,
    /// Expected in it.
    pub expected: f64,
}

/// Lower CUSUM of Poisson counts against what was `expected` at each time, for a drop to `ratio` of it (Lucas 1985, Technometrics 27:129, with
/// an expectation that moves).
///
/// Adds up `(1 - ratio) μ - ln(1/ratio) y`, the log likelihood ratio of the drop, never below zero; a drop is told when it passes
/// `ln(run_length)`: a series that does not drop is then told wrongly less than once in `run_length` times on average (Lorden
/// 1971). Counts in clusters of about `dispersion` are weighed down by it. It finds what no single silence shows: few records for
/// long. It does not tell safety from silence.
///
/// # Errors
/// [`BadInput`] for other numbers of counts and expectations, or numbers outside their range.
pub fn drops(
    counts: &[u64],
    expected: &[f64],
    ratio: f64,
    dispersion: f64,
    run_length: f64,
) -> Result<Vec<Drop>, BadInput> {
    if counts.len() != expected.len() {
        let row = counts.len().min(expected.len()) + 1;
        return Err(BadInput::Row { row, problem: "a count without its expectation, or the other way" });
    }
    if !(ratio > 0.0 && ratio < 1.0 && run_length > 1.0) {
        return Err(BadInput::Row {
            row: 1,
            problem: "a ratio must lie between 0 and 1, a run length above 1",
        });
    }
    let (limit, weight) = (run_length.ln(), quantity("dispersion", dispersion, 1)?.max(1.0));
    let mut found = Vec::new();
    let (mut sum, mut from, mut noticed) = (0.0_f64, 0, None);
    let mut close = |from: usize, noticed: &mut Option<usize>, to: usize| {
        if let Some(noticed) = noticed.take() {
            let counted = counts[from..=to].iter().sum();
            found.push(Drop { from, noticed, to, counted, expected: expected[from..=to].iter().sum() });
        }
    };
    for (at, (count, expected)) in counts.iter().zip(expected).enumerate() {
        if sum == 0.0 {
            from = at;
        }
        let short = (1.0 - ratio) * quantity("expected", *expected, at + 1)? + ratio.ln() * real(*count);
        sum = (sum + short / weight).max(0.0);
        if sum == 0.0 {
            close(from, &mut noticed, at);
        } else if sum > limit && noticed.is_none() {
            noticed = Some(at);
        }
    }
    if let Some(last) = counts.len().checked_sub(1) {
        close(from, &mut noticed, last);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_halved_series_is_told_and_a_steady_one_is_not() {
        let steady = [4, 5, 3, 4, 4, 6, 3, 4, 5, 4];
        assert_eq!(drops(&steady, &[4.2; 10], 0.5, 1.0, 500.0).unwrap(), []);
        let fallen: Vec<u64> = steady.into_iter().chain([0; 4]).chain([9]).collect();
        let found = drops(&fallen, &[4.2; 15], 0.5, 1.0, 500.0).unwrap();
        assert_eq!(found.len(), 1);
        // Each quiet week adds 2.1; ln 500 is 6.2: told in the third.
        assert_eq!((found[0].noticed, found[0].counted < 15), (12, true));
    }

    #[test]
    fn clusters_make_a_drop_harder_to_tell() {
        assert_eq!(drops(&[0; 4], &[4.2; 4], 0.5, 3.0, 500.0).unwrap(), []);
    }

    #[test]
    fn nothing_and_wrong_numbers() {
        assert_eq!(drops(&[], &[], 0.5, 1.0, 500.0).unwrap(), []);
        assert!(drops(&[1], &[], 0.5, 1.0, 500.0).is_err() && drops(&[1], &[1.0], 1.5, 1.0, 500.0).is_err());
        assert!(drops(&[1, 1], &[1.0, -1.0], 0.5, 1.0, 500.0).unwrap_err().to_string().contains("row 2"));
        assert!(tabular(&[1.0, f64::NAN], 1.0, 0.5, 5.0).unwrap_err().to_string().contains("row 2"));
    }
}
