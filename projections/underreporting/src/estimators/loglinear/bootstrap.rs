//! An interval that takes in how the model was chosen: everything is done again on tables drawn from the table.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use schemars::JsonSchema;
use serde::Serialize;
use statrs::distribution::{ContinuousCDF, Normal};

use super::Histories;
use crate::estimators::{Interval, Level, real};

/// A bootstrap interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Bootstrap {
    /// The interval; no upper limit where too many tables had no estimate.
    pub interval: Interval,
    /// How many tables were drawn.
    pub replicates: u32,
    /// How many of them had no estimate; they count as larger than any.
    pub not_estimable: u32,
    /// What the draws started from: the same seed gives the same interval.
    pub seed: u64,
}

/// The bias-corrected and accelerated interval (Efron 1987, JASA 82:171) of `estimate`, which must do all that was done on the
/// table itself, the choice of the model included (Chan, Silverman & Vincent 2021).
///
/// Units are drawn with replacement from those observed; bias `z0` from the share of draws below the estimate, acceleration from leaving out
/// each unit once. `None` when the table itself has no estimate, or nothing was drawn. Where the table holds few overlaps, the
/// draws lose some of them and the interval says more about that than about the total.
pub fn bca(
    histories: &Histories,
    level: Level,
    replicates: u32,
    seed: u64,
    estimate: impl Fn(&Histories) -> Option<f64>,
) -> Option<Bootstrap> {
    let here = estimate(histories)?;
    if replicates == 0 {
        return None;
    }
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let drawn = Drawn::new(histories);
    let mut values: Vec<f64> = (0..replicates)
        .map(|_| estimate(&histories.with_cells(drawn.table(&mut random))).unwrap_or(f64::INFINITY))
        .collect();
    values.sort_by(f64::total_cmp);
    let standard = Normal::standard();
    // Draws that give the estimate itself count half; at either end there is no more to learn than one draw would tell.
    let close = 1e-9 * here.abs();
    let below: f64 = values
        .iter()
        .map(|value| if (value - here).abs() <= close { 0.5 } else { f64::from(u8::from(*value < here)) })
        .sum();
    let draws = f64::from(replicates);
    let bias = standard.inverse_cdf((below / draws).clamp(0.5 / draws, 1.0 - 0.5 / draws));
    let acceleration = acceleration(histories, &estimate);
    let limit = |z: f64| {
        let moved = bias + (bias + z) / (1.0 - acceleration * (bias + z));
        quantile(&values, standard.cdf(moved))
    };
    let observed = real(histories.observed());
    let (lower, upper) = (limit(-level.z()), limit(level.z()));
    let infinite = values.iter().filter(|value| value.is_infinite()).count();
    Some(Bootstrap {
        interval: Interval {
            lower: if lower.is_finite() { lower.max(observed) } else { observed },
            upper: upper.is_finite().then_some(upper),
            level,
        },
        replicates,
        not_estimable: u32::try_from(infinite).unwrap_or(u32::MAX),
        seed,
    })
}

/// `Σ d³ / 6 (Σ d²)^1.5`, `d` how far the estimate falls when a unit is left out; units whose loss leaves no estimate are passed over.
fn acceleration(histories: &Histories, estimate: &impl Fn(&Histories) -> Option<f64>) -> f64 {
    let without: Vec<(f64, f64)> = histories
        .cells()
        .iter()
        .enumerate()
        .filter(|(_, count)| **count > 0)
        .filter_map(|(cell, count)| {
            let mut cells = histories.cells().to_vec();
            cells[cell] -= 1;
            let less = histories.with_cells(cells);
            let value = if less.observed() > 0 { estimate(&less)? } else { return None };
            Some((real(*count), value))
        })
        .collect();
    let units: f64 = without.iter().map(|(weight, _)| weight).sum();
    let mean = without.iter().map(|(weight, value)| weight * value).sum::<f64>() / units;
    let sum =
        |power: i32| without.iter().map(|(weight, value)| weight * (mean - value).powi(power)).sum::<f64>();
    let spread = sum(2).powf(1.5);
    if spread > 0.0 && spread.is_finite() { sum(3) / (6.0 * spread) } else { 0.0 }
}

/// Between order statistics of `(B+1) p`.
fn quantile(sorted: &[f64], p: f64) -> f64 {
    let last = sorted.len() - 1;
    let place = (p * real(sorted.len() as u64 + 1) - 1.0).clamp(0.0, real(last as u64));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the list")]
    let below = place.floor() as usize;
    let share = place - place.floor();
    if share == 0.0 { sorted[below] } else { sorted[below] * (1.0 - share) + sorted[below + 1] * share }
}

/// Draws tables of as many units as were observed.
struct Drawn {
    cells: Vec<usize>,
    /// Units up to and with each of `cells`.
    upto: Vec<u64>,
    size: usize,
}

impl Drawn {
    fn new(histories: &Histories) -> Self {
        let (mut cells, mut upto, mut sum) = (Vec::new(), Vec::new(), 0);
        for (cell, count) in histories.cells().iter().enumerate().filter(|(_, count)| **count > 0) {
            sum += count;
            cells.push(cell);
            upto.push(sum);
        }
        Self { cells, upto, size: histories.cells().len() }
    }

    fn table(&self, random: &mut impl Rng) -> Vec<u64> {
        let mut table = vec![0; self.size];
        let all = self.upto.last().copied().unwrap_or(0);
        for _ in 0..all {
            let unit = random.random_range(0..all);
            table[self.cells[self.upto.partition_point(|upto| *upto <= unit)]] += 1;
        }
        table
    }
}
