//! The prior of shrunken rates by the method of Clayton and Kaldor, which weighs large centres as they deserve.

use super::shrinkage::{Group, Prior, exposed};
use super::{EstimateError, real};

const MOST_STEPS: usize = 10_000;

/// Solves their two moment equations in turn: `m = (1/k) Σ θ_i`, and
/// `A = 1/(k-1) Σ (1 + m/(A e_i)) (θ_i - m)²`, with `θ_i` the shrunken rates that `m` and `A` give (Clayton & Kaldor 1987, Biometrics 43:671,
/// equations 4 and 5; `ν = m²/A`, `α = m/A`).
///
/// [`marshall`](super::shrinkage::marshall) needs no iteration and weighs by exposure; the two differ most where a few large centres
/// differ from many small ones. Where chance explains all differences the variance is 0.
///
/// # Errors
/// As [`marshall`](super::shrinkage::marshall).
pub fn clayton_kaldor(groups: &[Group]) -> Result<Prior, EstimateError> {
    let exposed = exposed(groups)?;
    let k = real(exposed.len() as u64);
    let raw = || exposed.iter().map(|(count, exposure)| count / exposure);
    let mut mean = raw().sum::<f64>() / k;
    let mut variance = raw().map(|rate| (rate - mean).powi(2)).sum::<f64>() / (k - 1.0);
    for _ in 0..MOST_STEPS {
        if variance <= 1e-12 * mean * mean {
            return Ok(Prior { mean, variance: 0.0 });
        }
        let (shape, rate) = (mean * mean / variance, mean / variance);
        let shrunken: Vec<f64> = exposed.iter().map(|(y, e)| (y + shape) / (e + rate)).collect();
        let next_mean = shrunken.iter().sum::<f64>() / k;
        let next = shrunken
            .iter()
            .zip(&exposed)
            .map(|(theta, (_, exposure))| (1.0 + rate / exposure) * (theta - next_mean).powi(2))
            .sum::<f64>()
            / (k - 1.0);
        let settled = (next_mean - mean).abs() <= 1e-13 * mean && (next - variance).abs() <= 1e-11 * variance;
        (mean, variance) = (next_mean, next);
        if settled {
            break;
        }
    }
    Ok(Prior { mean, variance })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimators::Reason;

    fn groups(of: &[(u64, f64)]) -> Vec<Group> {
        of.iter().map(|(count, exposure)| Group { count: *count, exposure: *exposure }).collect()
    }

    #[test]
    fn the_answer_solves_both_equations() {
        let groups =
            groups(&[(9, 1.4), (39, 8.7), (11, 3.0), (9, 2.5), (15, 4.3), (1, 4.1), (0, 4.2), (8, 9.3)]);
        let prior = clayton_kaldor(&groups).unwrap();
        let (shape, rate) = (prior.mean.powi(2) / prior.variance, prior.mean / prior.variance);
        let theta: Vec<f64> =
            groups.iter().map(|group| (real(group.count) + shape) / (group.exposure + rate)).collect();
        let mean = theta.iter().sum::<f64>() / 8.0;
        let spread: f64 = theta
            .iter()
            .zip(&groups)
            .map(|(theta, group)| (1.0 + rate / group.exposure) * (theta - mean).powi(2))
            .sum();
        assert!((mean - prior.mean).abs() < 1e-9 && (spread / 7.0 - prior.variance).abs() < 1e-8);
    }

    #[test]
    fn equal_centres_have_no_variance_and_too_few_are_refused() {
        assert_eq!(clayton_kaldor(&groups(&[(5, 100.0), (5, 100.0), (5, 100.0)])).unwrap().variance, 0.0);
        assert_eq!(clayton_kaldor(&groups(&[(5, 1.0)])), Err(Reason::TooFewGroups.into()));
        assert_eq!(clayton_kaldor(&groups(&[(0, 1.0), (0, 1.0)])), Err(Reason::NothingObserved.into()));
    }
}
