//! Forward stepwise selection of pairs, for any number of lists.

use serde::Serialize;
use statrs::distribution::{DiscreteCDF, Poisson};

use super::fit::{Ready, fit_ready};
use super::{Check, Fitted, Histories, Model, fit};
use crate::estimators::real;

/// A pair is added while its p-value is below this (Chan, Silverman & Vincent 2021).
pub const THRESHOLD: f64 = 0.02;

/// One step.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    /// The pair that was added, `12`.
    pub added: String,
    /// Its p-value in the model before.
    pub p_value: f64,
}

/// Where the walk ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Walk {
    /// The last model.
    pub fitted: Fitted,
    /// How it came about; empty when the lists are taken to be independent.
    pub steps: Vec<Step>,
    /// The models on the way, independent lists first.
    pub before: Vec<Fitted>,
}

/// From independent lists, adds the pair whose overlap is least expected, as long as its p-value is below `threshold` and the
/// larger model passes the existence check.
///
/// The overlap of a pair is Poisson with the mean that the present model gives it; its p-value is the smaller tail, that of what was
/// seen included (Chan, Silverman & Vincent 2021, JASA 116:1297). It looks at few models, so one overlap that it does not take
/// in, because it is not quite rare enough, can move the total far: look at the spread, and bootstrap with the walk repeated.
///
/// # Errors
/// The [`Check`] that independent lists failed.
pub fn stepwise(histories: &Histories, threshold: f64) -> Result<Walk, Check> {
    let fitted = fit(histories, &Model::independence(histories.lists()))?;
    let mut walk = Walk { fitted, steps: Vec::new(), before: Vec::new() };
    while let Some((fitted, step)) = forward(histories, &walk.fitted, threshold) {
        walk.before.push(std::mem::replace(&mut walk.fitted, fitted));
        walk.steps.push(step);
    }
    Ok(walk)
}

fn forward(histories: &Histories, from: &Fitted, threshold: f64) -> Option<(Fitted, Step)> {
    let mut candidates: Vec<(f64, usize)> = (1..histories.cells().len())
        .filter(|set| set.count_ones() == 2 && !from.model.interactions().contains(set))
        .map(|pair| (p_value(histories, from, pair), pair))
        .filter(|(p_value, _)| *p_value < threshold)
        .collect();
    candidates.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    candidates.into_iter().find_map(|(p_value, pair)| {
        let model = from.model.and(pair);
        let ready = Ready::new(histories, &model);
        let checked = ready.check();
        let fitted =
            (checked.exists && checked.identifiable).then(|| fit_ready(histories, &model, &ready))?.ok()?;
        Some((fitted, Step { added: super::model::name(pair), p_value }))
    })
}

fn p_value(histories: &Histories, from: &Fitted, pair: usize) -> f64 {
    let expected: f64 =
        from.means.iter().enumerate().filter(|(cell, _)| cell & pair == pair).map(|(_, mean)| mean).sum();
    let seen = histories.on_all(pair);
    let Ok(overlap) = Poisson::new(expected) else { return 1.0 };
    let at_least = seen.checked_sub(1).map_or(1.0, |below| overlap.sf(below));
    overlap.cdf(seen).min(at_least).clamp(0.0, real(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn histories(cells: &[u64], lists: usize) -> Histories {
        let rows: Vec<(Vec<bool>, u64)> = (1..1_usize << lists)
            .map(|cell| ((0..lists).map(|list| cell >> list & 1 == 1).collect(), cells[cell - 1]))
            .collect();
        Histories::of(lists, &rows).unwrap()
    }

    #[test]
    fn independent_lists_add_nothing() {
        // 0.5 each of 800: a hundred in every cell.
        let walk = stepwise(&histories(&[100; 7], 3), THRESHOLD).unwrap();
        assert!(walk.steps.is_empty());
        assert!((walk.fitted.estimate - 800.0).abs() < 1e-6);
    }

    #[test]
    fn a_pair_that_works_together_is_found() {
        // Cells in binary order: 1, 2, 12, 3, 13, 23, 123; lists 1 and 2 share far too many.
        let walk = stepwise(&histories(&[20, 20, 200, 100, 10, 10, 100], 3), THRESHOLD).unwrap();
        assert_eq!(walk.steps[0].added, "12");
        assert!(walk.steps[0].p_value < 1e-6);
    }

    #[test]
    fn lists_without_any_overlap_have_no_total() {
        assert!(stepwise(&histories(&[5, 6, 0, 7, 0, 0, 0], 3), THRESHOLD).is_err());
    }
}
