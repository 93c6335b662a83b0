//! What a table of capture histories answers.

use serde::Serialize;

use super::coverage::Beside;
use crate::estimators::Reason;
use crate::estimators::loglinear::bootstrap::Bootstrap;
use crate::estimators::loglinear::heterogeneity::Closed;
use crate::estimators::loglinear::select::{NEAR_THE_BEST, Spread};
use crate::estimators::loglinear::stepwise::Step;
use crate::estimators::loglinear::{Check, Fitted, Model};
use crate::studied;
use crate::tables::estimate::{Estimate, LEVEL, Limits};
use crate::text::{Sentence, Texts};

/// The answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Lists {
    /// Names of the lists, in the order of the digits in `terms`.
    pub lists: Vec<String>,
    /// Units on at least one list.
    pub observed: u64,
    /// Total from two lists (Chapman, Seber's variance, Sadinle's interval); of more lists see `pairs`.
    pub chapman: TwoListTotal,
    /// The same of each pair of lists by itself.
    pub pairs: Vec<Pair>,
    /// At least so many, if all lists see equally much: Chao's bound with the factor `(t-1)/t`. `coverage.chao` stands beside it.
    pub chao: Estimate,
    /// At least so many, for lists that see unequally much; the sentence is of this one.
    pub chao_unequal_lists: Estimate,
    /// Every model that was tried; of six lists and more those of the stepwise walk.
    pub models: Vec<Modelled>,
    /// The model with the lowest AIC.
    pub best_aic: Best,
    /// The model with the lowest BIC.
    pub best_bic: Best,
    /// Where forward stepwise selection ends.
    pub stepwise: Stepwise,
    /// How far models within two units of the best lie apart.
    pub spread: Spreads,
    /// Models of units that differ in how visible they are.
    pub heterogeneity: Vec<Closed>,
    /// The figures as sentences.
    pub sentences: Sentences,
    /// Where intervals hold the truth less often than they say.
    pub coverage: Coverage,
    /// A low count is never safety.
    pub caution: Texts,
}

/// What a director reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sentences {
    /// Of two lists.
    pub chapman: Option<Sentence>,
    /// The lower bound for lists that see unequally much.
    pub chao: Sentence,
    /// The model with the lowest BIC.
    pub best_bic: Sentence,
    /// The stepwise model.
    pub stepwise: Sentence,
}

/// What simulated networks of known truth showed; `STUDY.md`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Coverage {
    /// Of Chapman's interval.
    pub chapman: Texts,
    /// Of Chao's bound with the factor `(t-1)/t`.
    pub chao: Texts,
    /// Of intervals of log-linear models, chosen or not.
    pub models: Texts,
    /// The same for machines: of every interval, the share of simulated networks of each scenario whose truth it held.
    pub studied: Vec<studied::Coverage>,
}

/// A total from two lists.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct TwoListTotal {
    /// Chapman's.
    #[serde(flatten)]
    pub total: Estimate,
    /// Fewer than seven on both: read the interval, not the estimate.
    pub few_overlap: bool,
}

/// Two lists by themselves.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Pair {
    /// Which, as digits.
    pub lists: [String; 2],
    /// Units on the first.
    pub n1: u64,
    /// Units on the second.
    pub n2: u64,
    /// Units on both.
    pub m: u64,
    /// Its total.
    #[serde(flatten)]
    pub chapman: TwoListTotal,
}

/// One model.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Modelled {
    /// Its largest terms, `["12", "3"]`.
    pub terms: Vec<String>,
    /// Its total; limits by the log interval, the model held fixed.
    #[serde(flatten)]
    pub total: Estimate,
    /// Deviance over the observable cells.
    pub deviance: Option<f64>,
    /// Observable cells less parameters.
    pub df: Option<usize>,
    /// Akaike's criterion.
    pub aic: Option<f64>,
    /// Schwarz's criterion, with `ln n`.
    pub bic: Option<f64>,
    /// The likelihood has a maximum.
    pub exists: bool,
    /// The table determines the parameters.
    pub identifiable: bool,
}

/// Intervals of one model held fixed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval95 {
    /// Profile likelihood (Cormack 1992).
    pub profile: Limits,
    /// Goodness of fit (Regal & Hook 1984).
    pub regal_hook: Limits,
}

/// A chosen model.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Best {
    /// The model.
    #[serde(flatten)]
    pub modelled: Modelled,
    /// Intervals as if it had not been chosen.
    pub intervals: Option<Interval95>,
    /// The interval that repeats the choice (BCa); absent when it was not drawn.
    pub bootstrap: Option<Bootstrap>,
    /// Why it was not drawn.
    pub bootstrap_absent: Option<&'static str>,
    /// How often those of its intervals that were studied held the truth, and what to say where that is too seldom.
    pub coverage: Vec<Beside>,
}

/// The stepwise model.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Stepwise {
    /// The model.
    #[serde(flatten)]
    pub best: Best,
    /// A pair is added below this p-value.
    pub threshold: f64,
    /// How it came about.
    pub steps: Vec<Step>,
}

/// The spread by both criteria; the one by AIC, for which two units are the custom (Burnham & Anderson 2002), also by itself.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Spreads {
    /// By AIC.
    #[serde(flatten)]
    pub usual: SpreadOf,
    /// By AIC.
    pub aic: SpreadOf,
    /// By BIC.
    pub bic: SpreadOf,
}

/// How far models near the best lie apart.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SpreadOf {
    /// How near: units of the criterion.
    pub within: f64,
    /// Terms of each model, best first.
    pub models: Vec<Vec<String>>,
    /// Lowest of their totals.
    pub lowest: Option<f64>,
    /// Highest of their totals.
    pub highest: Option<f64>,
    /// Lowest of their lower limits.
    pub lower: Option<f64>,
    /// Highest of their upper limits.
    pub upper: Option<f64>,
    /// Whether any model could be fitted.
    pub estimable: bool,
    /// Why not.
    pub reason: Option<Reason>,
    /// What is missing, and what would make it estimable.
    pub what_is_missing: Option<Texts>,
}

impl Modelled {
    pub(super) fn of_fit(fitted: &Fitted) -> Self {
        Self {
            terms: fitted.model.terms(),
            total: Estimate::new(fitted.estimate, fitted.se, fitted.log_interval(LEVEL)),
            deviance: Some(fitted.deviance),
            df: Some(fitted.df),
            aic: Some(fitted.aic),
            bic: Some(fitted.bic),
            exists: true,
            identifiable: true,
        }
    }

    pub(super) fn refused(model: &Model, check: Check) -> Self {
        Self {
            exists: check.exists,
            identifiable: check.identifiable,
            ..Self::empty(model.terms(), check.reason())
        }
    }

    pub(super) fn none() -> Self {
        Self::empty(Vec::new(), Reason::NoModel)
    }

    fn empty(terms: Vec<String>, reason: Reason) -> Self {
        Self {
            terms,
            total: Estimate::refused(reason),
            deviance: None,
            df: None,
            aic: None,
            bic: None,
            exists: false,
            identifiable: false,
        }
    }
}

impl SpreadOf {
    pub(super) fn of(spread: Spread) -> Self {
        Self {
            within: NEAR_THE_BEST,
            models: spread.models.iter().map(Model::terms).collect(),
            lowest: Some(spread.lowest),
            highest: Some(spread.highest),
            lower: Some(spread.lower),
            upper: spread.upper,
            estimable: true,
            reason: None,
            what_is_missing: None,
        }
    }

    pub(super) fn none() -> Self {
        Self {
            within: NEAR_THE_BEST,
            models: Vec::new(),
            lowest: None,
            highest: None,
            lower: None,
            upper: None,
            estimable: false,
            reason: Some(Reason::NoModel),
            what_is_missing: Some(Reason::NoModel.missing()),
        }
    }
}
