//! Agreement between two assessors beyond chance, on an ordered scale.

use schemars::JsonSchema;
use serde::Serialize;

use super::proportion::clopper_pearson;
use super::{BadInput, EstimateError, Interval, Level, Reason, real};

/// How much a disagreement by so many steps counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weights {
    /// Any disagreement is a whole one (Cohen 1960).
    Unweighted,
    /// By steps (Cicchetti & Allison 1971).
    Linear,
    /// By squared steps (Fleiss & Cohen 1973).
    Quadratic,
}

impl Weights {
    fn agreement(self, row: usize, column: usize, classes: usize) -> f64 {
        let steps = real(row.abs_diff(column) as u64) / real(classes as u64 - 1);
        match self {
            Self::Unweighted => f64::from(u8::from(row == column)),
            Self::Linear => 1.0 - steps,
            Self::Quadratic => 1.0 - steps * steps,
        }
    }
}

/// Agreement and which way it fails.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Agreement {
    /// Pairs of judgements.
    pub pairs: u64,
    /// 1 is full agreement, 0 what chance gives.
    pub kappa: f64,
    /// Large-sample standard error.
    pub se: f64,
    /// `kappa ± z se`, not below -1 nor above 1; where all agree, see [`weighted_kappa`].
    pub interval: Interval,
    /// Pairs where the second judgement is higher than the first.
    pub second_higher: u64,
    /// Pairs where the second judgement is lower than the first.
    pub second_lower: u64,
}

/// Weighted kappa of a square table of counts, first judgement by second, with the standard error of Fleiss, Cohen &
/// Everitt (1969, Psychol. Bull. 72:323).
///
/// `κ = (po - pe) / (1 - pe)` with weighted agreement `po = Σ w p`, `pe = Σ w p. p'`. Only blind pairs count as two
/// judgements. Kappa is low where one class is common, whatever the agreement: read it beside the table.
///
/// Where all pairs agree the standard error is 0, which is no certainty: two pairs that agree say little. The lower limit is then kappa at
/// Clopper & Pearson's lower limit of agreement, `(α/2)^(1/n)`.
///
/// # Errors
/// [`Reason::NoUnits`] for an empty table, [`Reason::NoVariation`] when all judgements fall into one class; a table
/// that is not square or has fewer than two classes is bad input.
pub fn weighted_kappa(
    table: &[Vec<u64>],
    weights: Weights,
    level: Level,
) -> Result<Agreement, EstimateError> {
    let classes = table.len();
    if classes < 2 {
        return Err(BadInput::Row { row: 1, problem: "agreement needs at least two classes" }.into());
    }
    if let Some(row) = table.iter().position(|row| row.len() != classes) {
        return Err(BadInput::Row { row: row + 1, problem: "the table is not square" }.into());
    }
    let pairs: u64 = table.iter().flatten().sum();
    if pairs == 0 {
        return Err(Reason::NoUnits.into());
    }
    let share = |row: usize, column: usize| real(table[row][column]) / real(pairs);
    let weight = |row, column| weights.agreement(row, column, classes);
    let first: Vec<f64> =
        (0..classes).map(|row| (0..classes).map(|column| share(row, column)).sum()).collect();
    let second: Vec<f64> =
        (0..classes).map(|column| (0..classes).map(|row| share(row, column)).sum()).collect();
    let cells = || (0..classes).flat_map(|row| (0..classes).map(move |column| (row, column)));
    let observed: f64 = cells().map(|(row, column)| weight(row, column) * share(row, column)).sum();
    let expected: f64 = cells().map(|(row, column)| weight(row, column) * first[row] * second[column]).sum();
    if 1.0 - expected < 1e-12 {
        return Err(Reason::NoVariation.into());
    }
    let by_row = |row: usize| (0..classes).map(|column| weight(row, column) * second[column]).sum::<f64>();
    let by_column = |column: usize| (0..classes).map(|row| weight(row, column) * first[row]).sum::<f64>();
    let kappa = (observed - expected) / (1.0 - expected);
    let square: f64 = cells()
        .map(|(row, column)| {
            let term = weight(row, column) - (by_row(row) + by_column(column)) * (1.0 - kappa);
            share(row, column) * term * term
        })
        .sum();
    let centre = kappa - expected * (1.0 - kappa);
    let se = ((square - centre * centre).max(0.0) / real(pairs)).sqrt() / (1.0 - expected);
    let lower = if se > 0.0 {
        kappa - level.z() * se
    } else {
        (clopper_pearson(pairs, pairs, level)?.interval.lower - expected) / (1.0 - expected)
    };
    let count = |keep: fn(usize, usize) -> bool| {
        cells().filter(|(row, column)| keep(*row, *column)).map(|(row, column)| table[row][column]).sum()
    };
    Ok(Agreement {
        pairs,
        kappa,
        se,
        interval: Interval::new(lower.max(-1.0), (kappa + level.z() * se).min(1.0), level),
        second_higher: count(|row, column| column > row),
        second_lower: count(|row, column| column < row),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_classes_by_hand() {
        // po = 0.7, pe = 0.5, kappa = 0.4.
        let table = [vec![20, 5], vec![10, 15]];
        for weights in [Weights::Unweighted, Weights::Linear, Weights::Quadratic] {
            let agreement = weighted_kappa(&table, weights, Level::P95).unwrap();
            assert!((agreement.kappa - 0.4).abs() < 1e-12);
            assert_eq!((agreement.second_higher, agreement.second_lower), (5, 10));
        }
    }

    #[test]
    fn the_standard_error_is_that_of_the_delta_method() {
        let table = [vec![44, 5, 1], vec![7, 20, 3], vec![9, 5, 6]];
        let pairs = 100.0;
        let agreement = weighted_kappa(&table, Weights::Linear, Level::P95).unwrap();
        // Kappa from cell shares, and its slope in each of them by finite differences.
        let kappa = |shares: &[[f64; 3]; 3]| {
            let (mut observed, mut expected) = (0.0, 0.0);
            let total: f64 = shares.iter().flatten().sum();
            for row in 0..3_usize {
                for column in 0..3_usize {
                    let weight = 1.0 - f64::from(u8::try_from(row.abs_diff(column)).unwrap()) / 2.0;
                    let first: f64 = shares[row].iter().sum();
                    let second: f64 = shares.iter().map(|row| row[column]).sum();
                    observed += weight * shares[row][column] / total;
                    expected += weight * first * second / (total * total);
                }
            }
            (observed - expected) / (1.0 - expected)
        };
        let shares = [[0.44, 0.05, 0.01], [0.07, 0.20, 0.03], [0.09, 0.05, 0.06]];
        let (mut square, mut mean) = (0.0, 0.0);
        for row in 0..3 {
            for column in 0..3 {
                let mut more = shares;
                more[row][column] += 1e-6;
                let slope = (kappa(&more) - kappa(&shares)) / 1e-6;
                square += shares[row][column] * slope * slope;
                mean += shares[row][column] * slope;
            }
        }
        let se = ((square - mean * mean) / pairs).sqrt();
        assert!((agreement.kappa - kappa(&shares)).abs() < 1e-12);
        assert!((agreement.se - se).abs() < 1e-6, "{} is not {se}", agreement.se);
    }

    #[test]
    fn far_disagreement_counts_more() {
        let near = [vec![10, 4, 0], vec![0, 10, 0], vec![0, 0, 10]];
        let far = [vec![10, 0, 4], vec![0, 10, 0], vec![0, 0, 10]];
        let kappa = |table: &[Vec<u64>], weights| weighted_kappa(table, weights, Level::P95).unwrap().kappa;
        assert!(kappa(&near, Weights::Quadratic) > kappa(&far, Weights::Quadratic));
        assert!(kappa(&near, Weights::Quadratic) > kappa(&near, Weights::Linear));
    }

    #[test]
    fn full_agreement_and_one_class_only() {
        let full = [vec![3, 0], vec![0, 4]];
        let agreement = weighted_kappa(&full, Weights::Linear, Level::P95).unwrap();
        assert_eq!((agreement.kappa, agreement.interval.upper), (1.0, Some(1.0)));
        let one = [vec![5, 0], vec![0, 0]];
        assert_eq!(weighted_kappa(&one, Weights::Linear, Level::P95), Err(Reason::NoVariation.into()));
        assert_eq!(
            weighted_kappa(&[vec![0, 0], vec![0, 0]], Weights::Linear, Level::P95),
            Err(Reason::NoUnits.into())
        );
        assert!(weighted_kappa(&[vec![1, 2], vec![1]], Weights::Linear, Level::P95).is_err());
    }
}
