//! One model fitted to one table.

use nalgebra::DVector;
use statrs::function::gamma::ln_gamma;

use super::existence::{Check, check};
use super::glm::{Maximum, Sets, maximise};
use super::{Histories, Model};
use crate::estimators::{Interval, Level, real};

/// A fitted model.
#[derive(Debug, Clone, PartialEq)]
pub struct Fitted {
    /// Which.
    pub model: Model,
    /// Estimated number of units, on a list or on none: `n + exp(intercept)`.
    pub estimate: f64,
    /// `√(e^u + e^2u Var(u))`, `u` the intercept (Rivest & Lévesque 2001; Baillargeon & Rivest 2007).
    pub se: f64,
    /// `2 Σ y ln(y/μ)` over the observable cells.
    pub deviance: f64,
    /// Observable cells less parameters.
    pub df: usize,
    /// `-2 ln L + 2p`, Poisson likelihood with its factorials, `p` with parameters at minus infinity.
    pub aic: f64,
    /// `-2 ln L + p ln n`, `n` the observed units.
    pub bic: f64,
    /// Fitted means, one a cell; 0 where an empty overlap is at minus infinity; that of cell 0 are the units on no list.
    pub means: Vec<f64>,
    /// Finite parameters as sets of lists, the intercept (the empty set) first, then as in the model.
    pub terms: Vec<usize>,
    /// Their values.
    pub coefficients: Vec<f64>,
    /// Their standard errors.
    pub coefficient_ses: Vec<f64>,
}

/// A model and a table made ready: empty overlaps taken out.
pub(super) struct Ready {
    pub(super) design: Sets,
    /// Cells that take part; never cell 0.
    pub(super) live: Vec<bool>,
    pub(super) counts: Vec<f64>,
    infinite: usize,
}

impl Ready {
    /// A parameter whose lists share no unit is at minus infinity, and so are the cells above it (Chan, Silverman & Vincent 2021).
    pub(super) fn new(histories: &Histories, model: &Model) -> Self {
        let margins = above(histories);
        let (finite, infinite): (Vec<usize>, Vec<usize>) =
            model.parameters().into_iter().partition(|term| margins[*term] > 0);
        let live = (0..histories.cells().len())
            .map(|cell| cell > 0 && !infinite.iter().any(|term| cell & term == *term))
            .collect();
        Self {
            design: Sets { lists: histories.lists(), terms: finite },
            live,
            counts: histories.cells().iter().map(|count| real(*count)).collect(),
            infinite: infinite.len(),
        }
    }

    pub(super) fn check(&self) -> Check {
        let terms = &self.design.terms;
        let rows = |seen: bool| {
            (0..self.live.len())
                .filter(move |cell| self.live[*cell] && (self.counts[*cell] > 0.0) == seen)
                .map(|cell| {
                    terms
                        .iter()
                        .map(|term| if cell & term == *term { 1.0 } else { 0.0 })
                        .collect::<Vec<f64>>()
                })
        };
        check(rows(true).collect(), &rows(false).collect::<Vec<_>>(), terms.len())
    }

    pub(super) fn maximum(&self, start: Option<&DVector<f64>>) -> Option<Maximum> {
        maximise(&self.design, &self.counts, &self.live, start)
    }
}

fn above(histories: &Histories) -> Vec<u64> {
    let mut sums = histories.cells().to_vec();
    for list in 0..histories.lists() {
        for set in 0..sums.len() {
            if set >> list & 1 == 0 {
                sums[set] += sums[set | 1 << list];
            }
        }
    }
    sums
}

/// Checks and fits `model`.
///
/// `y ~ Poisson(μ)` over the `2^t - 1` cells that can be observed, `ln μ` a sum over the sets of lists that the cell holds (Fienberg
/// 1972, Biometrika 59:591; Cormack 1989, Biometrics 45:395). Overlaps without a unit have their parameter at minus infinity, counted as a parameter.
///
/// # Errors
/// The [`Check`] that failed: there is no estimate then, whatever a fitting routine would print. One that says neither is of a search that
/// did not come to rest.
pub fn fit(histories: &Histories, model: &Model) -> Result<Fitted, Check> {
    let ready = Ready::new(histories, model);
    let checked = ready.check();
    if !checked.exists || !checked.identifiable {
        return Err(checked);
    }
    fit_ready(histories, model, &ready)
}

/// Fits what was checked, or needs no check.
pub(super) fn fit_ready(histories: &Histories, model: &Model, ready: &Ready) -> Result<Fitted, Check> {
    // It has a maximum, which was not found.
    let failed = Check { exists: true, identifiable: true };
    let maximum = ready.maximum(None).ok_or(failed)?;
    let (unseen, variance) = (maximum.beta[0].exp(), maximum.covariance[(0, 0)]);
    let observed = real(histories.observed());
    let estimate = observed + unseen;
    if !estimate.is_finite() || !variance.is_finite() {
        return Err(failed);
    }
    let parameters = ready.design.terms.len() + ready.infinite;
    let minus_two_log_likelihood = -2.0 * log_likelihood(&ready.counts, &maximum.means);
    let mut means = maximum.means;
    means[0] = unseen;
    Ok(Fitted {
        model: model.clone(),
        estimate,
        se: (unseen + unseen * unseen * variance).sqrt(),
        deviance: maximum.deviance.max(0.0),
        df: (histories.cells().len() - 1).saturating_sub(parameters),
        aic: minus_two_log_likelihood + 2.0 * real(parameters as u64),
        bic: minus_two_log_likelihood + real(parameters as u64) * observed.ln(),
        means,
        terms: ready.design.terms.clone(),
        coefficients: maximum.beta.as_slice().to_vec(),
        coefficient_ses: maximum.covariance.diagonal().iter().map(|variance| variance.sqrt()).collect(),
    })
}

/// Poisson, over all cells with a mean.
pub(super) fn log_likelihood(counts: &[f64], means: &[f64]) -> f64 {
    let cells = counts.iter().zip(means).filter(|(_, mu)| **mu > 0.0);
    cells.map(|(y, mu)| y * mu.ln() - mu - ln_gamma(y + 1.0)).sum()
}

impl Fitted {
    /// `n + f0 / C` to `n + f0 C` with `C = exp(z √ln(1 + se²/f0²))`, `f0` the units on no list (Chao 1987, Biometrics 43:783, equation
    /// 12): the interval of one model, as if it had been chosen before anybody saw the table.
    #[must_use]
    pub fn log_interval(&self, level: Level) -> Interval {
        let unseen = self.means[0];
        let observed = self.estimate - unseen;
        if unseen < 1e-9 {
            return Interval::new(observed, observed, level);
        }
        let spread = (level.z() * (1.0 + (self.se / unseen).powi(2)).ln().sqrt()).exp();
        Interval::new(observed + unseen / spread, observed + unseen * spread, level)
    }
}
