//! Chao's lower bound for lists that see unequally much: a register that holds a third, a medical note that holds a tenth.
//!
//! The factor `(t-1)/t` of [`chao`](super::chao) supposes that all lists see equally much. Where they do not, its "at least" comes out
//! above the truth; this form takes each list's own size into account and stays a lower bound.

use super::chao::{AtLeast, around};
use super::{BadInput, EstimateError, Level, Reason, real};

/// How often lists captured units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListFrequencies {
    /// Of each list: units that it alone captured.
    pub alone: Vec<u64>,
    /// Units on exactly two lists.
    pub f2: u64,
    /// Units on any list.
    pub observed: u64,
    /// Captures of all units together.
    pub captures: u64,
}

/// `S + Σ(i<j) s_i s_j / (f2 + 1)` with `s_i` the units that list `i` alone captured.
///
/// If a unit is on list `i` with odds `o_i`, independently of the others, `s_i = u o_i` and `f2 = u Σ o_i o_j`, where `u` is how many
/// are on no list, so that `Σ s_i s_j / f2 = u`; units that differ in how visible they are raise `f2` and make it less than
/// `u` (Rivest & Baillargeon 2007, Biometrics 63:999, Chao's moment estimator with list effects). With equal lists it is
/// [`lower_bound`](super::chao::lower_bound). Variance by the delta method over multinomial cells,
/// `Σ s_i (2a_i + a_i²) + f2 (b² - 2b) - f0`, `a_i = (f1 - s_i)/(f2+1)`, `b = f0/(f2+1)`; log interval as there.
///
/// Must not be used when one list was prompted by another, or when being on one list keeps a unit off another: both break the bound.
///
/// # Errors
/// [`Reason::OneList`] for fewer than two lists, [`Reason::NothingObserved`], [`BadInput`] for counts that contradict each other.
pub fn lower_bound_of_lists(counts: &ListFrequencies, level: Level) -> Result<AtLeast, EstimateError> {
    let f1: u64 = counts.alone.iter().sum();
    let contradiction = |part, value, whole, of| BadInput::PartExceedsWhole { part, value, whole, of };
    if f1 + counts.f2 > counts.observed {
        return Err(contradiction("f1 + f2", f1 + counts.f2, "observed", counts.observed).into());
    }
    if counts.observed > counts.captures {
        return Err(contradiction("observed", counts.observed, "captures", counts.captures).into());
    }
    if counts.alone.len() < 2 {
        return Err(Reason::OneList.into());
    }
    if counts.observed == 0 {
        return Err(Reason::NothingObserved.into());
    }
    let doubles = real(counts.f2) + 1.0;
    let squares: f64 = counts.alone.iter().map(|alone| real(*alone).powi(2)).sum();
    let unseen = (real(f1).powi(2) - squares) / 2.0 / doubles;
    let from_singles: f64 = counts
        .alone
        .iter()
        .map(|alone| {
            let slope = real(f1 - alone) / doubles;
            real(*alone) * (2.0 * slope + slope * slope)
        })
        .sum();
    let slope = unseen / doubles;
    let variance = from_singles + real(counts.f2) * (slope * slope - 2.0 * slope) - unseen;
    Ok(around(counts.observed, counts.captures, unseen, variance, level))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimators::chao::{Form, Frequencies, Sampling, lower_bound};

    fn bound(alone: &[u64], f2: u64, observed: u64, captures: u64) -> AtLeast {
        let counts = ListFrequencies { alone: alone.to_vec(), f2, observed, captures };
        lower_bound_of_lists(&counts, Level::P95).unwrap()
    }

    #[test]
    fn three_lists_by_hand() {
        // 10*20 + 10*5 + 20*5 = 350; 350 / 7 = 50.
        let unequal = bound(&[10, 20, 5], 6, 45, 70);
        assert!((unequal.at_least - 95.0).abs() < 1e-9 && unequal.interval.lower > 45.0);
    }

    #[test]
    fn equal_lists_give_chaos_bound() {
        let equal = bound(&[400; 4], 900, 3_000, 7_000);
        let counts = Frequencies { observed: 3_000, f1: 1_600, f2: 900, captures: 7_000 };
        let chao = lower_bound(counts, Sampling::Lists(4), Form::BiasCorrected, Level::P95).unwrap();
        // They differ by f1 for f1 - 1 only.
        assert!((equal.at_least / chao.at_least - 1.0).abs() < 1e-3);
    }

    #[test]
    fn the_variance_is_chaos_when_the_lists_are_many_and_equal() {
        // With many lists the factor is 1, and Chao's classic variance is f2 (r²/2 + r³ + r⁴/4), here of r = 2.
        let many = bound(&[10; 200], 1_000, 5_000, 20_000);
        let chao = (1_000.0_f64 * (2.0 + 8.0 + 4.0)).sqrt();
        assert!((many.se / chao - 1.0).abs() < 0.02, "{} is not {chao}", many.se);
    }

    #[test]
    fn one_list_nothing_and_contradictions_are_refused() {
        let refused = |alone: &[u64], f2, observed, captures| {
            let counts = ListFrequencies { alone: alone.to_vec(), f2, observed, captures };
            lower_bound_of_lists(&counts, Level::P95).unwrap_err()
        };
        assert_eq!(refused(&[5], 0, 5, 5), Reason::OneList.into());
        assert_eq!(refused(&[0, 0], 0, 0, 0), Reason::NothingObserved.into());
        assert!(matches!(refused(&[3, 3], 1, 5, 9), EstimateError::BadInput(_)));
        assert!(matches!(refused(&[3, 3], 1, 9, 8), EstimateError::BadInput(_)));
    }
}
