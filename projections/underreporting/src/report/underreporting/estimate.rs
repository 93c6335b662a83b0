//! How much there may be in all, from who captured what.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::estimators::chao::AtLeast;
use crate::estimators::chao_lists::{ListFrequencies, lower_bound_of_lists};
use crate::estimators::two_lists::Total;
use crate::estimators::{Answer, BadInput, EstimateError, Interval, Level, real};
use crate::lists::{History, List};
use crate::reader::{Captured, Counted};
use crate::report::banded;
use crate::report::basis::Basis;
use crate::report::counted::{on_inner_list, total};
use crate::report::suppression::told_apart;
use crate::report::{Cell, Figure, Viewer, method};
use crate::studied::Studied;
use crate::text::said::{HELD, Said, between};
use crate::text::{Sentence, Slot};

/// Two lists.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Pair {
    /// Which.
    pub lists: [List; 2],
    /// The estimate.
    pub total: Figure<Total>,
}

/// What one list holds of the estimated total.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ListShare {
    /// Which list.
    pub list: List,
    /// Occurrences that it captured by itself.
    pub captured: Cell,
    /// Their share of the estimated total.
    pub share: Figure<Completeness>,
}

/// The share of an estimated total that is on a list.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Completeness {
    /// 0 to 1.
    pub share: f64,
    /// From the limits of the total.
    pub interval: Interval,
}

impl Said for Completeness {
    fn said(&self) -> Sentence {
        HELD.fill(&[("share", Slot::Share(self.share)), ("between", between(self.interval, Slot::Share))])
    }
}

/// How many occurrences have each capture history.
pub(super) fn by_history(estimated: &[&Counted<Captured>]) -> BTreeMap<History, u64> {
    let mut counts: BTreeMap<History, u64> = BTreeMap::new();
    for one in estimated {
        *counts.entry(one.by.0).or_default() += one.count;
    }
    counts
}

pub(super) fn histories(estimated: &[&Counted<Captured>], viewer: Viewer) -> BTreeMap<String, Cell> {
    let counts = by_history(estimated).into_iter().map(|(history, count)| (history.digits(), [count]));
    let counts = told_apart(counts.collect(), viewer).into_iter();
    counts.map(|(history, [count])| (history, Cell::for_viewer(count, viewer))).collect()
}

/// How many are on the first of two lists only, on the second only, and on both.
#[derive(Clone, Copy)]
pub(super) struct Sizes([u64; 3]);

impl Sizes {
    fn of(
        estimated: &[&Counted<Captured>],
        first: impl Fn(&Counted<Captured>) -> bool,
        second: impl Fn(&Counted<Captured>) -> bool,
    ) -> Self {
        let count = |keep: &dyn Fn(&Counted<Captured>) -> bool| {
            total(estimated.iter().copied().filter(|one| keep(one)))
        };
        let both = count(&|one| first(one) && second(one));
        Self([count(&first) - both, count(&second) - both, both])
    }

    pub(super) fn chapman(self, viewer: Viewer) -> Result<Total, EstimateError> {
        banded::chapman(self.0, viewer)
    }

    /// Both lists and what they share, all hidden where one of the three counts behind them is.
    pub(super) fn inputs(self, viewer: Viewer) -> [(&'static str, Cell); 3] {
        let [first, second, both] = self.0;
        let any = self.0.into_iter().any(|count| viewer.hides(count));
        let cell = |count| if any { Cell::HIDDEN } else { Cell::for_viewer(count, viewer) };
        [("n1", cell(first + both)), ("n2", cell(second + both)), ("m", cell(both))]
    }

    /// Both lists hold something that may be told.
    fn compares(self, viewer: Viewer) -> bool {
        let [first, second, both] = self.0;
        [first + both, second + both].into_iter().all(|list| list > 0 && !viewer.hides(list))
    }
}

/// What any other source captured by itself, and the register.
pub(super) fn two_lists(estimated: &[&Counted<Captured>]) -> Sizes {
    Sizes::of(estimated, |one| on_inner_list(one.by.0), |one| one.by.0.holds(List::OfficialRegister))
}

pub(super) fn pairs(
    estimated: &[&Counted<Captured>],
    basis: &Basis,
    viewer: Viewer,
) -> Result<Vec<Pair>, BadInput> {
    let mut pairs = Vec::new();
    for (index, first) in List::ALL.into_iter().enumerate() {
        for second in List::ALL.into_iter().skip(index + 1) {
            let holds = |list: List| move |one: &Counted<Captured>| one.by.0.holds(list);
            let sizes = Sizes::of(estimated, holds(first), holds(second));
            if sizes.compares(viewer) {
                let inputs = sizes.inputs(viewer);
                let chapman = basis.figure(method::CHAPMAN, inputs, || sizes.chapman(viewer))?;
                let chapman = chapman.studied(Studied::ChapmanOfPair);
                pairs.push(Pair { lists: [first, second], total: chapman });
            }
        }
    }
    Ok(pairs)
}

/// What each list that holds anything holds of the total that Chapman's estimate gives.
pub(super) fn by_list(
    estimated: &[&Counted<Captured>],
    chapman: &Figure<Total>,
    basis: &Basis,
    viewer: Viewer,
) -> Result<Vec<ListShare>, BadInput> {
    let mut shares = Vec::new();
    for list in List::ALL {
        let count = total(estimated.iter().copied().filter(|one| one.by.0.holds(list)));
        if count == 0 || viewer.hides(count) {
            continue;
        }
        let captured = Cell::for_viewer(count, viewer);
        let share =
            basis.figure(method::COMPLETENESS, [("captured", captured)], || match &chapman.answer {
                Answer::Estimate(total) => Ok(completeness(viewer.counted(count), total)),
                Answer::Refusal(refusal) => Err((*refusal).into()),
            })?;
        shares.push(ListShare {
            list,
            captured,
            share: share.among(chapman.spread.as_ref()).studied(Studied::Chapman),
        });
    }
    Ok(shares)
}

pub(super) fn completeness(registered: u64, total: &Total) -> Completeness {
    let of = |total: f64| (real(registered) / total).min(1.0);
    let lower = total.interval.upper.map_or(0.0, of);
    Completeness {
        share: of(total.estimate),
        interval: Interval::new(lower, of(total.interval.lower), total.interval.level),
    }
}

pub(super) fn bound(
    estimated: &[&Counted<Captured>],
    basis: &Basis,
    viewer: Viewer,
) -> Result<Figure<AtLeast>, BadInput> {
    let lists = |one: &Counted<Captured>| one.by.0.lists();
    let alone =
        |list: List| total(estimated.iter().copied().filter(|one| lists(one) == 1 && one.by.0.holds(list)));
    // A list that holds nothing is no list: the network has no such source.
    let held = |list: List| total(estimated.iter().copied().filter(|one| one.by.0.holds(list)));
    let used = List::ALL.into_iter().filter(|list| held(*list) > 0 && !viewer.hides(held(*list)));
    let seen = |count| viewer.counted(count);
    let single: Vec<u64> = used.map(alone).collect();
    let on = |many: u32| total(estimated.iter().copied().filter(|one| lists(one) == many));
    // More lists than there are capture nothing: that is no count.
    let many: Vec<(u32, u64)> =
        (2..).take(single.len().saturating_sub(1)).map(|many| (many, seen(on(many)))).collect();
    let f1: u64 = single.iter().sum();
    let alone: Vec<u64> = single.iter().map(|count| seen(*count)).collect();
    let once: u64 = alone.iter().sum();
    let counts = ListFrequencies {
        f2: many.first().map_or(0, |(_, count)| *count),
        observed: once + many.iter().map(|(_, count)| count).sum::<u64>(),
        captures: once + many.iter().map(|(many, count)| u64::from(*many) * count).sum::<u64>(),
        alone,
    };
    let cell = |count| Cell::for_viewer(count, viewer);
    let inputs = [
        ("observed", cell(total(estimated.iter().copied()))),
        ("f1", cell(f1)),
        ("f2", cell(on(2))),
        ("lists", Cell::shown(single.len() as u64)),
    ];
    let bound = basis.figure(method::CHAO, inputs, || lower_bound_of_lists(&counts, Level::P95))?;
    Ok(bound.studied(Studied::Chao))
}
