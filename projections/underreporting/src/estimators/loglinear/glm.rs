//! Poisson regression with the log link, by Newton's method.

use nalgebra::{DMatrix, DVector};

/// More steps than any table with an estimate needs.
const MOST_STEPS: usize = 200;
/// A change of the deviance below this share of it is none.
const SETTLED: f64 = 1e-13;
/// A step of the parameters below this is none.
const STILL: f64 = 1e-11;
/// Where published fits stop. Their standard errors are those of the weights of the step that brought them there; taken so, ours
/// agree with them to the last digit. Those of the maximum itself differ by less than a hundred-thousandth of it.
const PUBLISHED: f64 = 1e-8;

/// How linear predictors depend on parameters. Cells stand in the order of the counts.
pub(in crate::estimators) trait Design {
    /// `X β`, and the known part of the predictor.
    fn predict(&self, beta: &DVector<f64>) -> Vec<f64>;
    /// The known part of a cell's predictor: the logarithm of its exposure.
    fn offset(&self, _cell: usize) -> f64 {
        0.0
    }
    /// `Xᵀ v`.
    fn score(&self, values: &[f64]) -> DVector<f64>;
    /// `Xᵀ diag(w) X`.
    fn information(&self, weights: &[f64]) -> DMatrix<f64>;
}

/// Parameters that are sets of lists, one for each cell above it: sums over all cells above a set cost one pass a list.
pub(super) struct Sets {
    pub(super) lists: usize,
    pub(super) terms: Vec<usize>,
}

impl Sets {
    /// Of each set, the sum over all sets that hold it.
    fn above(&self, values: &[f64]) -> Vec<f64> {
        let mut sums = values.to_vec();
        for list in 0..self.lists {
            for set in 0..sums.len() {
                if set >> list & 1 == 0 {
                    sums[set] += sums[set | 1 << list];
                }
            }
        }
        sums
    }
}

impl Design for Sets {
    fn predict(&self, beta: &DVector<f64>) -> Vec<f64> {
        let mut sums = vec![0.0; 1 << self.lists];
        for (term, value) in self.terms.iter().zip(beta.iter()) {
            sums[*term] = *value;
        }
        for list in 0..self.lists {
            for set in 0..sums.len() {
                if set >> list & 1 == 1 {
                    sums[set] += sums[set ^ 1 << list];
                }
            }
        }
        sums
    }

    fn score(&self, values: &[f64]) -> DVector<f64> {
        let sums = self.above(values);
        DVector::from_iterator(self.terms.len(), self.terms.iter().map(|term| sums[*term]))
    }

    fn information(&self, weights: &[f64]) -> DMatrix<f64> {
        let sums = self.above(weights);
        DMatrix::from_fn(self.terms.len(), self.terms.len(), |row, column| {
            sums[self.terms[row] | self.terms[column]]
        })
    }
}

/// Any design, row by row.
pub(in crate::estimators) struct Rows {
    pub(in crate::estimators) columns: DMatrix<f64>,
    /// The known part of each row's predictor.
    pub(in crate::estimators) offset: Vec<f64>,
}

impl Design for Rows {
    fn predict(&self, beta: &DVector<f64>) -> Vec<f64> {
        (&self.columns * beta).iter().zip(&self.offset).map(|(sum, known)| sum + known).collect()
    }

    fn offset(&self, cell: usize) -> f64 {
        self.offset[cell]
    }

    fn score(&self, values: &[f64]) -> DVector<f64> {
        self.columns.tr_mul(&DVector::from_column_slice(values))
    }

    fn information(&self, weights: &[f64]) -> DMatrix<f64> {
        let weighted = DMatrix::from_fn(self.columns.nrows(), self.columns.ncols(), |row, column| {
            self.columns[(row, column)] * weights[row]
        });
        self.columns.tr_mul(&weighted)
    }
}

/// A maximum of the likelihood.
pub(in crate::estimators) struct Maximum {
    pub(in crate::estimators) beta: DVector<f64>,
    /// Fitted means; 0 in dead cells.
    pub(in crate::estimators) means: Vec<f64>,
    pub(in crate::estimators) deviance: f64,
    /// Variances and covariances of the parameters.
    pub(in crate::estimators) covariance: DMatrix<f64>,
}

/// Fits `counts` (not negative, not always whole) in the cells that are `live`; the others take no part. Starts at `start`, or from the
/// counts. `None` when the information matrix is singular, or nothing settles: the caller has checked that a maximum exists.
pub(in crate::estimators) fn maximise(
    design: &impl Design,
    counts: &[f64],
    live: &[bool],
    start: Option<&DVector<f64>>,
) -> Option<Maximum> {
    let masked = |value: f64, cell: usize| if live[cell] { value } else { 0.0 };
    let means = |beta: &DVector<f64>| {
        let predicted = design.predict(beta).into_iter().enumerate();
        predicted.map(|(cell, eta)| masked(eta.exp(), cell)).collect::<Vec<_>>()
    };
    let deviance = |means: &[f64]| 2.0 * counts.iter().zip(means).map(|(y, mu)| unit(*y, *mu)).sum::<f64>();
    let mut beta = match start {
        Some(beta) => beta.clone(),
        None => {
            let mu: Vec<f64> = counts.iter().enumerate().map(|(cell, y)| masked(y + 0.1, cell)).collect();
            let working: Vec<f64> = mu
                .iter()
                .zip(counts)
                .enumerate()
                .map(
                    |(cell, (mu, y))| {
                        if *mu > 0.0 { mu * (mu.ln() - design.offset(cell)) + (y - mu) } else { 0.0 }
                    },
                )
                .collect();
            design.information(&mu).cholesky()?.solve(&design.score(&working))
        }
    };
    let mut mu = means(&beta);
    let mut now = deviance(&mu);
    let mut published = None;
    for _ in 0..MOST_STEPS {
        let residual: Vec<f64> =
            counts.iter().enumerate().map(|(cell, y)| masked(y - mu[cell], cell)).collect();
        let information = design.information(&mu).cholesky()?;
        let step = information.solve(&design.score(&residual));
        let (mut share, mut next);
        (share, next) = (1.0, None);
        while share > 1e-6 {
            let tried = &beta + &step * share;
            let tried_mu = means(&tried);
            let tried_deviance = deviance(&tried_mu);
            if tried_deviance.is_finite() && tried_deviance <= now + 1e-9 * (now.abs() + 1.0) {
                next = Some((tried, tried_mu, tried_deviance));
                break;
            }
            share /= 2.0;
        }
        let (tried, tried_mu, tried_deviance) = next?;
        let change = (now - tried_deviance).abs() / (tried_deviance.abs() + 0.1);
        // Of counts in the billions the deviance is rounded before it is still; the parameters are still by then.
        let settled = share == 1.0 && (change <= SETTLED || step.amax() <= STILL);
        if published.is_none() && (change < PUBLISHED || settled) {
            published = Some(information);
        }
        (beta, mu, now) = (tried, tried_mu, tried_deviance);
        if settled {
            return Some(Maximum { beta, means: mu, deviance: now, covariance: published?.inverse() });
        }
    }
    None
}

/// `y ln(y / μ) - (y - μ)`: what one cell adds to half the deviance; by its series where the two are close, so that large counts keep
/// their digits.
fn unit(y: f64, mu: f64) -> f64 {
    if y == 0.0 {
        return mu;
    }
    let d = (mu - y) / y;
    if d.abs() < 1e-3 {
        y * d * d * (0.5 - d * (1.0 / 3.0 - d * (0.25 - d * (0.2 - d / 6.0))))
    } else {
        y * (y / mu).ln() - (y - mu)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_series_joins_the_formula() {
        for (y, mu) in [(1000.0, 1000.999), (1000.0, 999.001), (1000.0, 1001.001)] {
            let plain = y * f64::ln(y / mu) - (y - mu);
            assert!((unit(y, mu) - plain).abs() < 1e-12 * y, "{y}, {mu}");
        }
        assert_eq!((unit(0.0, 2.5), unit(7.0, 7.0)), (2.5, 0.0));
    }
}
