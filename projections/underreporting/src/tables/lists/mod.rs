//! Totals from capture histories: one column of 0 and 1 for each list, and `count`.

mod answer;
mod coverage;
mod read;
mod sentence;
mod text;

pub use answer::{
    Best, Coverage, Interval95, Lists, Modelled, Pair, Sentences, SpreadOf, Spreads, Stepwise, TwoListTotal,
};
pub use coverage::Beside;

use super::estimate::{Estimate, LEVEL};
use super::{Sheet, TableError};
use crate::estimators::chao::{Form, Frequencies, Sampling, lower_bound};
use crate::estimators::chao_lists::{ListFrequencies, lower_bound_of_lists};
use crate::estimators::loglinear::bootstrap::{Bootstrap, bca};
use crate::estimators::loglinear::heterogeneity::closed_models;
use crate::estimators::loglinear::profile::{profile, regal_hook};
use crate::estimators::loglinear::select::{Compared, Criterion, compare};
use crate::estimators::loglinear::stepwise::{THRESHOLD, stepwise};
use crate::estimators::loglinear::{Check, Fitted, Histories, Model};
use crate::estimators::two_lists::TwoLists;
use crate::estimators::{EstimateError, Reason};
use crate::studied::{self, Studied};
use crate::text::CAUTION;

/// Bootstrapping the choice among all models takes minutes beyond this many lists, so it is drawn only when it is asked for; that of the
/// stepwise walk never does.
const FEW_LISTS: usize = 3;

const TAKES_LONG: &str =
    "choosing again among all models of four lists and more takes minutes: ask for it with --bootstrap";
const NO_MODEL: &str = "there is no model to choose again";
const NOT_DRAWN: &str = "none was asked for, or too few draws had an estimate";

/// How much is drawn.
#[derive(Debug, Clone, Copy)]
pub struct Draws {
    /// Bootstrap tables, 0 for no bootstrap; absent: 1,000 of up to eight lists, 100 of more, which take as long.
    pub replicates: Option<u32>,
    /// Where they start.
    pub seed: u64,
}

/// All estimates of a table of capture histories.
///
/// # Errors
/// [`TableError`] names the row: a history that stands twice, a cell that is not 0 or 1, a count that is none, one list, too many lists, or
/// nothing observed.
pub fn lists(sheet: &Sheet, draws: Draws) -> Result<Lists, TableError> {
    let (names, histories) = read::histories(sheet)?;
    let mut compared = compare(&histories);
    let walk = stepwise(&histories, THRESHOLD);
    if let (true, Ok(walk)) = (compared.models.is_empty(), &walk) {
        let path = walk.before.iter().chain([&walk.fitted]);
        compared.models.extend(path.map(|fitted| (fitted.model.clone(), Ok(fitted.clone()))));
    }
    let few = names.len() <= FEW_LISTS;
    let replicates = draws.replicates.unwrap_or(if names.len() <= 8 { 1_000 } else { 100 });
    let best = |criterion: Criterion, studied: &[Studied]| {
        let bootstrap = || {
            let again = |table: &Histories| compare(table).best(criterion).map(|best| best.estimate);
            bca(&histories, LEVEL, replicates, draws.seed, again)
        };
        let fitted = compared.best(criterion);
        let quick = few || draws.replicates.is_some();
        let drawn = if fitted.is_some() && quick { bootstrap() } else { None };
        let absent = if fitted.is_none() {
            NO_MODEL
        } else if quick {
            NOT_DRAWN
        } else {
            TAKES_LONG
        };
        Best {
            modelled: fitted.map_or_else(Modelled::none, Modelled::of_fit),
            intervals: fitted.map(|fitted| held(&histories, fitted)),
            bootstrap_absent: drawn.is_none().then_some(absent),
            bootstrap: drawn,
            coverage: fitted.map_or_else(Vec::new, |_| beside(studied)),
        }
    };
    let walk = match walk {
        Ok(walk) => {
            let drawn = bootstrap_walk(&histories, replicates, draws.seed);
            Stepwise {
                best: Best {
                    modelled: Modelled::of_fit(&walk.fitted),
                    intervals: Some(held(&histories, &walk.fitted)),
                    bootstrap_absent: drawn.is_none().then_some(NOT_DRAWN),
                    bootstrap: drawn,
                    coverage: beside(&[
                        Studied::Stepwise,
                        Studied::StepwiseProfile,
                        Studied::StepwiseBootstrap,
                    ]),
                },
                threshold: THRESHOLD,
                steps: walk.steps,
            }
        }
        Err(check) => Stepwise {
            best: Best {
                modelled: Modelled::refused(&Model::independence(histories.lists()), check),
                intervals: None,
                bootstrap: None,
                bootstrap_absent: Some(NO_MODEL),
                coverage: Vec::new(),
            },
            threshold: THRESHOLD,
            steps: Vec::new(),
        },
    };
    let (observed, chapman, unequal) = (histories.observed(), chapman(&histories), chao_unequal(&histories));
    let best_bic =
        best(Criterion::Bic, &[Studied::BestBic, Studied::BestBicProfile, Studied::BestBicRegalHook]);
    Ok(Lists {
        observed,
        sentences: Sentences {
            chapman: (names.len() == 2).then(|| sentence::of_two_lists(observed, &chapman)),
            chao: sentence::at_least(observed, &unequal),
            best_bic: sentence::total(observed, &best_bic.modelled.total),
            stepwise: sentence::total(observed, &walk.best.modelled.total),
        },
        coverage: Coverage {
            chapman: coverage::CHAPMAN,
            chao: coverage::CHAO,
            models: coverage::MODELS,
            studied: studied::Coverage::all(),
        },
        chapman,
        pairs: pairs(&histories),
        chao: chao(&histories),
        chao_unequal_lists: unequal,
        models: compared
            .models
            .iter()
            .map(|(model, fitted)| match fitted {
                Ok(fitted) => Modelled::of_fit(fitted),
                Err(check) => Modelled::refused(model, *check),
            })
            .collect(),
        best_aic: best(Criterion::Aic, &[Studied::BestAic, Studied::BestAicProfile]),
        best_bic,
        stepwise: walk,
        spread: spreads(&compared),
        heterogeneity: closed_models(&histories),
        lists: names,
        caution: CAUTION,
    })
}

/// What the study found of these intervals.
fn beside(intervals: &[Studied]) -> Vec<Beside> {
    intervals.iter().map(|interval| Beside::of(*interval)).collect()
}

/// The bootstrap that repeats the whole walk.
fn bootstrap_walk(histories: &Histories, replicates: u32, seed: u64) -> Option<Bootstrap> {
    let again = |table: &Histories| stepwise(table, THRESHOLD).ok().map(|walk| walk.fitted.estimate);
    bca(histories, LEVEL, replicates, seed, again)
}

/// Intervals that hold the model fixed.
fn held(histories: &Histories, fitted: &Fitted) -> Interval95 {
    Interval95 {
        profile: profile(histories, fitted, LEVEL).into(),
        regal_hook: regal_hook(histories, fitted, LEVEL).into(),
    }
}

impl Check {
    fn reason(self) -> Reason {
        match (self.exists, self.identifiable) {
            (false, _) => Reason::NoMaximum,
            (true, false) => Reason::NotIdentifiable,
            (true, true) => Reason::NotSettled,
        }
    }
}

fn chapman(histories: &Histories) -> TwoListTotal {
    if histories.lists() > 2 {
        TwoListTotal { total: Estimate::refused(Reason::MoreThanTwoLists), few_overlap: false }
    } else {
        pair(histories, 1, 2).chapman
    }
}

fn pair(histories: &Histories, first: usize, second: usize) -> Pair {
    let name = |set: usize| (set.trailing_zeros() + 1).to_string();
    let (n1, n2, m) = (histories.on_all(first), histories.on_all(second), histories.on_all(first | second));
    let total = TwoLists::new(n1, n2, m).map_err(EstimateError::from).and_then(|lists| lists.chapman(LEVEL));
    let (total, few_overlap) = match total {
        Ok(total) => (Estimate::new(total.estimate, total.se, total.interval), total.few_overlap),
        Err(EstimateError::NotEstimable(refusal)) => (Estimate::refused(refusal.reason), true),
        Err(EstimateError::BadInput(_)) => (Estimate::refused(Reason::NoOverlap), true),
    };
    Pair { lists: [name(first), name(second)], n1, n2, m, chapman: TwoListTotal { total, few_overlap } }
}

fn pairs(histories: &Histories) -> Vec<Pair> {
    let lists = histories.lists();
    (0..lists)
        .flat_map(|first| (first + 1..lists).map(move |second| (1 << first, 1 << second)))
        .map(|(first, second)| pair(histories, first, second))
        .collect()
}

fn estimate_of(bound: Result<crate::estimators::chao::AtLeast, EstimateError>) -> Estimate {
    match bound {
        Ok(bound) => Estimate::new(bound.at_least, bound.se, bound.interval),
        Err(EstimateError::NotEstimable(refusal)) => Estimate::refused(refusal.reason),
        Err(EstimateError::BadInput(_)) => Estimate::refused(Reason::NothingObserved),
    }
}

/// A list that holds nothing is no list.
fn used(histories: &Histories) -> impl Iterator<Item = usize> {
    (0..histories.lists()).filter(|list| histories.on_all(1 << list) > 0)
}

fn chao(histories: &Histories) -> Estimate {
    let counts = Frequencies {
        observed: histories.observed(),
        f1: histories.captured(1),
        f2: histories.captured(2),
        captures: histories.captures(),
    };
    estimate_of(lower_bound(
        counts,
        Sampling::Lists(used(histories).count() as u64),
        Form::BiasCorrected,
        LEVEL,
    ))
}

fn chao_unequal(histories: &Histories) -> Estimate {
    let counts = ListFrequencies {
        alone: used(histories).map(|list| histories.cells()[1 << list]).collect(),
        f2: histories.captured(2),
        observed: histories.observed(),
        captures: histories.captures(),
    };
    estimate_of(lower_bound_of_lists(&counts, LEVEL))
}

fn spreads(compared: &Compared) -> Spreads {
    let of = |criterion| compared.spread(criterion, LEVEL).map_or_else(SpreadOf::none, SpreadOf::of);
    let aic = of(Criterion::Aic);
    Spreads { usual: aic.clone(), aic, bic: of(Criterion::Bic) }
}
