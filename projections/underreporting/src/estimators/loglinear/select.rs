//! All models of a table, the best by AIC and BIC, and how far those near the best lie apart.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Check, Fitted, Histories, Model, all_models, fit};
use crate::estimators::Level;

/// How models are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Criterion {
    /// Akaike 1974: takes in more interactions.
    Aic,
    /// Schwarz 1978: fewer.
    Bic,
}

/// Models whose criterion is within so much of the best can hardly be told apart (Burnham & Anderson 2002, p. 70).
pub const NEAR_THE_BEST: f64 = 2.0;

/// All models of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// Each model with its fit, or the check that it failed.
    pub models: Vec<(Model, Result<Fitted, Check>)>,
}

/// How far the models near the best lie apart.
#[derive(Debug, Clone, PartialEq)]
pub struct Spread {
    /// The models, best first.
    pub models: Vec<Model>,
    /// Lowest of their estimates.
    pub lowest: f64,
    /// Highest of their estimates.
    pub highest: f64,
    /// Lowest of their lower limits.
    pub lower: f64,
    /// Highest of their upper limits; `None` when one has none.
    pub upper: Option<f64>,
}

/// Fits [`all_models`] of `histories`.
#[must_use]
pub fn compare(histories: &Histories) -> Compared {
    let models = all_models(histories);
    Compared {
        models: models
            .into_iter()
            .map(|model| {
                let fitted = fit(histories, &model);
                (model, fitted)
            })
            .collect(),
    }
}

impl Criterion {
    /// Its value.
    #[must_use]
    pub fn of(self, fitted: &Fitted) -> f64 {
        match self {
            Self::Aic => fitted.aic,
            Self::Bic => fitted.bic,
        }
    }
}

impl Compared {
    /// Those that could be fitted.
    pub fn fitted(&self) -> impl Iterator<Item = &Fitted> {
        self.models.iter().filter_map(|(_, fitted)| fitted.as_ref().ok())
    }

    /// The model with the lowest value; of equals the one with fewer interactions.
    #[must_use]
    pub fn best(&self, criterion: Criterion) -> Option<&Fitted> {
        self.fitted().min_by(|a, b| {
            let values = criterion.of(a).total_cmp(&criterion.of(b));
            values.then(a.model.interactions().len().cmp(&b.model.interactions().len()))
        })
    }

    /// The models within [`NEAR_THE_BEST`] of the best.
    #[must_use]
    pub fn spread(&self, criterion: Criterion, level: Level) -> Option<Spread> {
        let best = criterion.of(self.best(criterion)?);
        let mut near: Vec<&Fitted> =
            self.fitted().filter(|fitted| criterion.of(fitted) <= best + NEAR_THE_BEST).collect();
        near.sort_by(|a, b| criterion.of(a).total_cmp(&criterion.of(b)));
        let limits: Vec<_> = near.iter().map(|fitted| fitted.log_interval(level)).collect();
        let estimates = || near.iter().map(|fitted| fitted.estimate);
        Some(Spread {
            lowest: estimates().fold(f64::INFINITY, f64::min),
            highest: estimates().fold(0.0, f64::max),
            lower: limits.iter().map(|limits| limits.lower).fold(f64::INFINITY, f64::min),
            upper: limits
                .iter()
                .map(|limits| limits.upper)
                .try_fold(0.0, |most: f64, upper| Some(most.max(upper?))),
            models: near.into_iter().map(|fitted| fitted.model.clone()).collect(),
        })
    }
}
