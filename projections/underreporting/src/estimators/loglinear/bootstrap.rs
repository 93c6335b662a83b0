//! An interval that takes in how the model was chosen: everything is done again on tables drawn from the table.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use schemars::JsonSchema;
use serde::Serialize;
use statrs::distribution::{ContinuousCDF, Normal};

use super::Histories;
use crate::estimators::{Interval, Level, real};

/// Up to so many units each is drawn by itself.
const ONE_BY_ONE: u64 = 20_000;

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
        if all > ONE_BY_ONE {
            self.fill(&mut table, all, random);
            return table;
        }
        for _ in 0..all {
            let unit = random.random_range(0..all);
            table[self.cells[self.upto.partition_point(|upto| *upto <= unit)]] += 1;
        }
        table
    }

    /// Cell by cell: each takes its share of what is left.
    fn fill(&self, table: &mut [u64], all: u64, random: &mut impl Rng) {
        let (mut left, mut before) = (all, 0);
        for (cell, upto) in self.cells.iter().zip(&self.upto) {
            let share = real(upto - before) / real(all - before);
            table[*cell] = binomial(left, share, random);
            left -= table[*cell];
            before = *upto;
        }
    }
}

/// Successes in `n` trials: by inversion where few are expected, by the normal distribution where fifty and more are.
fn binomial(n: u64, p: f64, random: &mut impl Rng) -> u64 {
    if p > 0.5 {
        return n - binomial(n, 1.0 - p, random);
    }
    let (mean, u) = (real(n) * p, random.random_range(f64::MIN_POSITIVE..1.0));
    if mean < 50.0 {
        let (odds, mut count) = (p / (1.0 - p), 0);
        let mut probability = (real(n) * f64::ln_1p(-p)).exp();
        let mut upto = probability;
        while u > upto && count < n && probability > 0.0 {
            probability *= odds * real(n - count) / real(count + 1);
            count += 1;
            upto += probability;
        }
        return count;
    }
    let drawn = mean + (mean * (1.0 - p)).sqrt() * Normal::standard().inverse_cdf(u);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=n")]
    let drawn = drawn.round().clamp(0.0, real(n)) as u64;
    drawn
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two_lists(counts: [u64; 3]) -> Histories {
        let rows =
            [(vec![true, false], counts[0]), (vec![false, true], counts[1]), (vec![true, true], counts[2])];
        Histories::of(2, &rows).unwrap()
    }

    /// Petersen's total; none without overlap.
    fn petersen(table: &Histories) -> Option<f64> {
        let on = |term| real(table.on_all(term));
        (table.on_all(3) > 0).then(|| on(1) * on(2) / on(3))
    }

    #[test]
    fn the_same_seed_gives_the_same_interval_around_the_estimate() {
        let table = two_lists([80, 80, 20]);
        let drawn = |seed| bca(&table, Level::P95, 400, seed, petersen).unwrap();
        assert_eq!(drawn(7), drawn(7));
        assert_ne!(drawn(7).interval, drawn(8).interval);
        assert!(drawn(7).interval.lower < 500.0 && drawn(7).interval.upper.unwrap() > 500.0);
        assert_eq!(bca(&table, Level::P95, 0, 7, petersen), None);
    }

    #[test]
    fn draws_that_lose_the_only_overlap_leave_no_upper_limit() {
        let one = bca(&two_lists([9, 9, 1]), Level::P95, 400, 1, petersen).unwrap();
        assert!(one.not_estimable > 80 && one.interval.upper.is_none());
        assert!(one.interval.lower >= 19.0);
        assert_eq!(bca(&two_lists([9, 9, 0]), Level::P95, 400, 1, petersen), None);
    }

    #[test]
    fn large_tables_are_drawn_by_the_cell_and_vary_as_much_as_they_should() {
        let drawn = Drawn::new(&two_lists([40_000_000, 20_000_000, 30]));
        let mut random = ChaCha8Rng::seed_from_u64(3);
        let tables: Vec<Vec<u64>> = (0..300).map(|_| drawn.table(&mut random)).collect();
        assert!(tables.iter().all(|table| table.iter().sum::<u64>() == 60_000_030));
        let variance = |cell: usize, mean: f64| {
            tables.iter().map(|table| (real(table[cell]) - mean).powi(2)).sum::<f64>() / 300.0
        };
        // n p (1 - p) of the first, and about its mean of the rare last.
        let (common, rare) = (variance(1, 40e6) / (40e6 / 3.0), variance(3, 30.0) / 30.0);
        assert!((0.75..1.3).contains(&common) && (0.75..1.3).contains(&rare), "{common}, {rare}");
    }
}
