//! What is still to come of recent periods: the chain ladder of reporting delays.

use schemars::JsonSchema;
use serde::Serialize;

use super::{BadInput, EstimateError, Reason, quantity};

/// A period and what it will come to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Ultimate {
    /// Reported so far.
    pub reported: f64,
    /// Expected in the end.
    pub ultimate: f64,
    /// Still to come: `ultimate - reported`; below zero where records are taken back.
    pub to_come: f64,
    /// Mack's standard error of what is still to come.
    pub se: f64,
}

/// A developed triangle.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Developed {
    /// By how much reports grow from one age to the next.
    pub factors: Vec<f64>,
    /// Each period, earliest first.
    pub periods: Vec<Ultimate>,
    /// All that is still to come.
    pub to_come: f64,
    /// Mack's standard error of that; periods share their factors, so it is more than the root of their squares.
    pub se: f64,
}

/// Mack's distribution-free chain ladder (1993, ASTIN Bull. 23:213) of a cumulative triangle: row `i` holds what was reported of period
/// `i` by each age, as far as it was observed; the earliest period is known at every age, each later one at one age less.
///
/// `f_k = Σ C_{i,k+1} / Σ C_{i,k}`; `σ_k² = Σ C_{i,k} (C_{i,k+1}/C_{i,k} - f_k)² / (I-k-1)`, the last by Mack's rule
/// `min(σ⁴_{-2}/σ²_{-3}, σ²_{-3}, σ²_{-2})`; `se² = U² Σ σ_k²/f_k² (1/C_{i,k} + 1/Σ C_{j,k})`.
///
/// It supposes that reports come in as they always did: a new reporting rule breaks it for the periods that it touches. It says nothing
/// of what is never reported.
///
/// # Errors
/// [`Reason::TooFewGroups`] for fewer than three periods, of which no variance is known; [`Reason::NothingObserved`] where an age has no reports to grow from;
/// [`BadInput`] names the row of a triangle of another form.
pub fn chain_ladder(triangle: &[Vec<f64>]) -> Result<Developed, EstimateError> {
    let periods = triangle.len();
    for (index, row) in triangle.iter().enumerate() {
        if row.len() != periods - index {
            return Err(BadInput::Row { row: index + 1, problem: "a triangle loses one age a row" }.into());
        }
        for value in row {
            quantity("reported", *value, index + 1)?;
        }
    }
    if periods < 3 {
        return Err(Reason::TooFewGroups.into());
    }
    let sum = |age: usize, rows: usize| triangle[..rows].iter().map(|row| row[age]).sum::<f64>();
    let (mut factors, mut variances) = (Vec::new(), Vec::new());
    for age in 0..periods - 1 {
        let known = periods - 1 - age;
        let from = sum(age, known);
        if from <= 0.0 {
            return Err(Reason::NothingObserved.into());
        }
        let factor = sum(age + 1, known) / from;
        if known > 1 {
            let square: f64 = triangle[..known]
                .iter()
                .filter(|row| row[age] > 0.0)
                .map(|row| row[age] * (row[age + 1] / row[age] - factor).powi(2))
                .sum();
            variances.push(square / super::real(known as u64 - 1));
        } else {
            variances.push(last(&variances));
        }
        factors.push(factor);
    }
    let mut developed: Vec<Ultimate> = Vec::with_capacity(periods);
    for row in triangle {
        let reported = row[row.len() - 1];
        let (mut at, mut relative) = (reported, 0.0);
        for age in row.len() - 1..periods - 1 {
            let share = variances[age] / factors[age].powi(2);
            if at > 0.0 && share > 0.0 {
                relative += share * (1.0 / at + 1.0 / sum(age, periods - 1 - age));
            }
            at *= factors[age];
        }
        developed.push(Ultimate { reported, ultimate: at, to_come: at - reported, se: at * relative.sqrt() });
    }
    let mut square = 0.0;
    for (index, period) in developed.iter().enumerate() {
        let later: f64 = developed[index + 1..].iter().map(|period| period.ultimate).sum();
        let shared: f64 = (periods - 1 - index..periods - 1)
            .filter(|age| variances[*age] > 0.0)
            .map(|age| 2.0 * variances[age] / factors[age].powi(2) / sum(age, periods - 1 - age))
            .sum();
        square += period.se.powi(2) + period.ultimate * later * shared;
    }
    Ok(Developed {
        factors,
        to_come: developed.iter().map(|period| period.to_come).sum(),
        periods: developed,
        se: square.sqrt(),
    })
}

/// Mack's rule for the last age, of which there is one ratio only.
fn last(variances: &[f64]) -> f64 {
    match variances {
        [.., before, latest] if *before > 0.0 => (latest * latest / before).min(*before).min(*latest),
        [.., latest] => *latest,
        [] => unreachable!("three periods have an age of which two ratios are known"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_always_doubles_doubles_again() {
        let steady = chain_ladder(&[vec![10.0, 20.0, 20.0], vec![30.0, 60.0], vec![50.0]]).unwrap();
        assert_eq!(steady.factors, [2.0, 1.0]);
        assert_eq!((steady.periods[2].ultimate, steady.to_come, steady.se), (100.0, 50.0, 0.0));
    }

    #[test]
    fn a_period_without_reports_yet_expects_none_and_does_not_divide_by_nothing() {
        let quiet = chain_ladder(&[vec![10.0, 15.0, 16.0], vec![5.0, 9.0], vec![0.0]]).unwrap();
        assert_eq!((quiet.periods[2].ultimate, quiet.periods[2].se), (0.0, 0.0));
        assert!(quiet.se.is_finite());
    }

    #[test]
    fn one_or_two_periods_ages_without_reports_and_other_forms_are_refused() {
        for few in [vec![vec![5.0]], vec![vec![5.0, 8.0], vec![6.0]]] {
            assert_eq!(chain_ladder(&few), Err(Reason::TooFewGroups.into()), "no ratio varies");
        }
        let nothing = [vec![0.0, 4.0, 5.0], vec![0.0, 3.0], vec![0.0]];
        assert_eq!(chain_ladder(&nothing), Err(Reason::NothingObserved.into()));
        assert!(chain_ladder(&[vec![1.0, 2.0], vec![1.0, 2.0]]).unwrap_err().to_string().contains("row 2"));
        assert!(chain_ladder(&[vec![1.0, -2.0], vec![1.0]]).unwrap_err().to_string().contains("row 1"));
    }
}
