//! The total by the model that fits the lists best, why it was taken, and how far others lie from it.

use schemars::JsonSchema;
use serde::Serialize;

use super::estimate::by_history;
use crate::estimators::loglinear::select::{Compared, Criterion, NEAR_THE_BEST, compare};
use crate::estimators::loglinear::{Fitted, Histories, Model};
use crate::estimators::{BadInput, EstimateError, Interval, Level, Reason};
use crate::lists::List;
use crate::reader::{Captured, Counted};
use crate::report::basis::{Basis, ModelSpread};
use crate::report::{Cell, Figure, Viewer, method};
use crate::studied::Studied;
use crate::text::said::{SELECTED, Said, between};
use crate::text::{Sentence, Slot, Texts};

/// A total by log-linear models of all lists at once.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Selected {
    /// Estimated number of occurrences on a list or on none.
    pub estimate: f64,
    /// Standard error, the model held fixed.
    pub se: f64,
    /// Log interval, the model held fixed: it leaves out that the model was chosen on the same table.
    pub interval: Interval,
    /// Occurrences on at least one list.
    pub observed: u64,
    /// The lists that hold anything, in the order of the digits in `terms`.
    pub lists: Vec<List>,
    /// Largest terms of the model, `["12", "3"]`: what is written together depends on each other.
    pub terms: Vec<String>,
    /// Its BIC.
    pub bic: f64,
    /// Models that were tried.
    pub tried: usize,
    /// Models of those that have an estimate on this table.
    pub estimable: usize,
    /// Why this one.
    pub why: Sentence,
    #[serde(skip)]
    spread: Option<ModelSpread>,
}

pub(in crate::report) const WHY: Texts = Texts {
    nl: "Van {tried} modellen hebben er {estimable} een schatting op deze tabel; genomen is dat met de laagste BIC, die overeenkomst met de lijsten afweegt tegen het aantal veronderstellingen. {dependent}",
    fr: "Sur {tried} modèles, {estimable} ont une estimation sur ce tableau ; on a pris celui dont le BIC est le plus bas, qui met en balance l'accord avec les listes et le nombre d'hypothèses. {dependent}",
    en: "Of {tried} models {estimable} have an estimate on this table; the one with the lowest BIC was taken, which weighs the fit to the lists against the number of assumptions. {dependent}",
};

pub(in crate::report) const INDEPENDENT: Texts = Texts {
    nl: "Het neemt aan dat de lijsten los van elkaar ontstaan.",
    fr: "Il suppose que les listes naissent indépendamment les unes des autres.",
    en: "It supposes that the lists come about independently of each other.",
};

pub(in crate::report) const DEPENDENT: Texts = Texts {
    nl: "Het neemt aan dat deze lijsten van elkaar afhangen: {terms}.",
    fr: "Il suppose que ces listes dépendent les unes des autres : {terms}.",
    en: "It supposes that these lists depend on each other: {terms}.",
};

impl Said for Selected {
    fn said(&self) -> Sentence {
        let (lowest, highest) = self
            .spread
            .as_ref()
            .map_or((self.estimate, self.estimate), |spread| (spread.lowest, spread.highest));
        SELECTED.fill(&[
            ("estimate", Slot::Whole(self.estimate)),
            ("between", between(self.interval, Slot::Whole)),
            ("lowest", Slot::Whole(lowest)),
            ("highest", Slot::Whole(highest)),
            ("observed", Slot::Count(self.observed)),
        ])
    }
}

/// The best model by BIC over every combination of the lists that hold anything.
pub(super) fn models(
    estimated: &[&Counted<Captured>],
    basis: &Basis,
    viewer: Viewer,
) -> Result<Figure<Selected>, BadInput> {
    let counts = by_history(estimated);
    let held = |list: &List| -> u64 {
        counts.iter().filter(|(history, _)| history.holds(*list)).map(|(_, count)| count).sum()
    };
    let told = |list: &List| held(list) > 0 && !viewer.hides(held(list));
    let lists: Vec<List> = List::ALL.into_iter().filter(told).collect();
    let any = counts.is_empty() || counts.values().any(|count| viewer.hides(*count));
    let observed = if any && viewer == Viewer::Other {
        Cell::HIDDEN
    } else {
        Cell::for_viewer(counts.values().sum(), viewer)
    };
    let inputs = [("observed", observed), ("lists", Cell::shown(lists.len() as u64))];
    let estimate = || {
        let rows: Vec<(Vec<bool>, u64)> = counts
            .iter()
            .map(|(history, count)| {
                (lists.iter().map(|list| history.holds(*list)).collect(), viewer.counted(*count))
            })
            .collect();
        let histories = Histories::of(lists.len(), &rows)?;
        selected(&histories, &lists)
    };
    let figure = basis.figure(method::LOG_LINEAR, inputs, estimate)?;
    let spread = figure.answer.estimate().and_then(|selected| selected.spread.clone());
    Ok(figure.among(spread.as_ref()).studied(Studied::BestBic))
}

fn selected(histories: &Histories, lists: &[List]) -> Result<Selected, EstimateError> {
    let compared = compare(histories);
    let best = compared.best(Criterion::Bic).ok_or(Reason::NoModel)?;
    let (tried, estimable) = (compared.models.len(), compared.fitted().count());
    Ok(Selected {
        estimate: best.estimate,
        se: best.se,
        interval: best.log_interval(Level::P95),
        observed: histories.observed(),
        lists: lists.to_vec(),
        terms: best.model.terms(),
        bic: best.bic,
        tried,
        estimable,
        why: why(best, lists, tried, estimable),
        spread: spread(&compared),
    })
}

fn spread(compared: &Compared) -> Option<ModelSpread> {
    let spread = compared.spread(Criterion::Bic, Level::P95)?;
    Some(ModelSpread {
        within: NEAR_THE_BEST,
        models: spread.models.iter().map(Model::terms).collect(),
        lowest: spread.lowest,
        highest: spread.highest,
        lower: spread.lower,
        upper: spread.upper,
    })
}

fn why(best: &Fitted, lists: &[List], tried: usize, estimable: usize) -> Sentence {
    let together: Vec<Vec<List>> = best
        .model
        .interactions()
        .iter()
        .map(|set| {
            lists.iter().enumerate().filter(|(at, _)| set >> at & 1 == 1).map(|(_, list)| *list).collect()
        })
        .collect();
    let dependent = if together.is_empty() {
        INDEPENDENT.into()
    } else {
        let named = |of: fn(List) -> &'static str| {
            let groups = together
                .iter()
                .map(|lists| lists.iter().map(|list| of(*list)).collect::<Vec<_>>().join(" + "));
            groups.collect::<Vec<_>>().join(", ")
        };
        let terms = Sentence {
            nl: named(|list| list.words().nl),
            fr: named(|list| list.words().fr),
            en: named(|list| list.words().en),
        };
        DEPENDENT.fill(&[("terms", Slot::Said(terms))])
    };
    WHY.fill(&[
        ("tried", Slot::Count(tried as u64)),
        ("estimable", Slot::Count(estimable as u64)),
        ("dependent", Slot::Said(dependent)),
    ])
}
