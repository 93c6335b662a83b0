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
    /// The first time (from 0) of the stretch.
    pub from: usize,
    /// The time at which the sum first passed its limit.
    pub noticed: usize,
    /// The last time of the stretch: after it counts came as expected again, or nothing more is known.
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
/// 1971). It lasts to where the sum is highest: a sum that fell by the same limit since then tells as much of its end. Counts in clusters of about `dispersion` are weighed down by it. It finds what no single silence shows: few records for
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
    let short: Vec<f64> = counts
        .iter()
        .zip(expected)
        .enumerate()
        .map(|(at, (count, expected))| {
            let expected = quantity("expected", *expected, at + 1)?;
            Ok(((1.0 - ratio) * expected + ratio.ln() * real(*count)) / weight)
        })
        .collect::<Result<_, BadInput>>()?;
    let mut found = Vec::new();
    let mut from = 0;
    while let Some((noticed, to, next)) = stretch(&short, &mut from, limit) {
        if let Some(noticed) = noticed {
            let counted = counts[from..=to].iter().sum();
            found.push(Drop { from, noticed, to, counted, expected: expected[from..=to].iter().sum() });
        }
        from = next;
    }
    Ok(found)
}

/// From `from` on, moved to where the sum leaves zero: when it was noticed, if it was, where the sum was highest, and where to go on.
/// `None` when nothing is left.
fn stretch(short: &[f64], from: &mut usize, limit: f64) -> Option<(Option<usize>, usize, usize)> {
    *from += short.get(*from..)?.iter().position(|short| *short > 0.0)?;
    let (mut sum, mut highest, mut to, mut noticed) = (0.0_f64, 0.0_f64, *from, None);
    for (at, short) in short.iter().enumerate().skip(*from) {
        sum += short;
        if sum > highest {
            (highest, to) = (sum, at);
        }
        if sum > limit && noticed.is_none() {
            noticed = Some(at);
        }
        // Nothing tells of a drop any more, or as much tells of its end as told of it.
        if sum <= 0.0 || (noticed.is_some() && highest - sum >= limit) {
            return Some((noticed, to, if noticed.is_some() { to + 1 } else { at + 1 }));
        }
    }
    Some((noticed, to, short.len()))
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
    fn a_drop_ends_where_counts_come_as_expected_again() {
        let steady = [4, 5, 3, 4, 4, 6, 3, 4, 5, 4];
        let series: Vec<u64> = [&steady[..], &steady, &[0; 10], &steady, &steady, &steady, &[0; 5]].concat();
        let found = drops(&series, &vec![4.2; series.len()], 0.5, 1.0, 500.0).unwrap();
        let stretches: Vec<_> = found.iter().map(|drop| (drop.from, drop.to, drop.counted)).collect();
        assert_eq!(stretches.len(), 2, "{stretches:?}");
        assert!(
            stretches[0].0.abs_diff(20) <= 2 && stretches[0].1 == 29 && stretches[0].2 < 10,
            "{stretches:?}"
        );
        assert!(stretches[1].0.abs_diff(60) <= 2 && stretches[1].1 == 64, "{stretches:?}");
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
