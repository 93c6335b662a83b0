//! How much there may be in all, from who captured what.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::estimators::chao::AtLeast;
use crate::estimators::chao_lists::{ListFrequencies, lower_bound_of_lists};
use crate::estimators::two_lists::{Total, TwoLists};
use crate::estimators::{Answer, BadInput, Interval, Level, real};
use crate::lists::{History, List};
use crate::reader::{Captured, Counted};
use crate::report::basis::Basis;
use crate::report::counted::{on_inner_list, total};
use crate::report::suppression::parts;
use crate::report::{Cell, Figure, Viewer, method};
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
    let counts = by_history(estimated);
    let (cells, _) = parts(&counts.values().copied().collect::<Vec<_>>(), viewer);
    counts.keys().map(|history| history.digits()).zip(cells).collect()
}

/// Sizes of two lists and of what they share.
#[derive(Clone, Copy)]
pub(super) struct Sizes {
    n1: u64,
    pub(super) n2: u64,
    m: u64,
}

impl Sizes {
    fn of(
        estimated: &[&Counted<Captured>],
        first: impl Fn(&Counted<Captured>) -> bool,
        second: impl Fn(&Counted<Captured>) -> bool,
    ) -> Self {
        let count = |keep: &dyn Fn(&Counted<Captured>) -> bool| {
            total(estimated.iter().copied().filter(|one| keep(one)))
        };
        Self { n1: count(&first), n2: count(&second), m: count(&|one| first(one) && second(one)) }
    }

    pub(super) fn checked(self) -> Result<TwoLists, BadInput> {
        TwoLists::new(self.n1, self.n2, self.m)
    }
}

/// What any other source captured by itself, and the register.
pub(super) fn two_lists(estimated: &[&Counted<Captured>]) -> Sizes {
    Sizes::of(estimated, |one| on_inner_list(one.by.0), |one| one.by.0.holds(List::OfficialRegister))
}

/// Both lists and the four counts that follow from them: what is on one list only can be small too.
pub(super) fn inputs(sizes: Sizes, viewer: Viewer) -> [(&'static str, Cell); 3] {
    let hidden = |count: u64| Cell::for_viewer(count, viewer).suppressed;
    let any = hidden(sizes.m) || hidden(sizes.n1 - sizes.m) || hidden(sizes.n2 - sizes.m);
    let cell = |count| if any { Cell::HIDDEN } else { Cell::for_viewer(count, viewer) };
    [("n1", cell(sizes.n1)), ("n2", cell(sizes.n2)), ("m", cell(sizes.m))]
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
            if sizes.n1 > 0 && sizes.n2 > 0 {
                let chapman = basis.figure(method::CHAPMAN, inputs(sizes, viewer), || {
                    sizes.checked()?.chapman(Level::P95)
                })?;
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
        if count == 0 {
            continue;
        }
        // The share times the total gives the count away: it is shown where both may be.
        let captured = Cell::for_viewer(count, viewer);
        let share =
            basis.figure(method::COMPLETENESS, [("captured", captured)], || match &chapman.answer {
                Answer::Estimate(total) => Ok(completeness(count, total)),
                Answer::Refusal(refusal) => Err((*refusal).into()),
            })?;
        shares.push(ListShare { list, captured, share: share.among(chapman.spread.as_ref()) });
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
    let used = List::ALL.into_iter().filter(|list| estimated.iter().any(|one| one.by.0.holds(*list)));
    let counts = ListFrequencies {
        alone: used.map(alone).collect(),
        f2: total(estimated.iter().copied().filter(|one| lists(one) == 2)),
        observed: total(estimated.iter().copied()),
        captures: estimated.iter().map(|one| one.count * u64::from(lists(one))).sum(),
    };
    let f1: u64 = counts.alone.iter().sum();
    let (cells, observed) = parts(&[f1, counts.f2, counts.observed - f1 - counts.f2], viewer);
    let used = Cell::shown(counts.alone.len() as u64);
    let inputs = [("observed", observed), ("f1", cells[0]), ("f2", cells[1]), ("lists", used)];
    basis.figure(method::CHAO, inputs, || lower_bound_of_lists(&counts, Level::P95))
}
