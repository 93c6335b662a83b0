//! How much there may be in all, from who captured what.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::estimators::chao::AtLeast;
use crate::estimators::chao_lists::{ListFrequencies, lower_bound_of_lists};
use crate::estimators::two_lists::{Total, TwoLists};
use crate::estimators::{BadInput, Interval, Level, real};
use crate::lists::{History, List};
use crate::report::counted::{Counted, total};
use crate::report::suppression::parts;
use crate::report::{Cell, Figure, Viewer, method};

/// Two lists.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Pair {
    /// Which.
    pub lists: [List; 2],
    /// The estimate.
    pub total: Figure<Total>,
}

/// The share of an estimated total that is registered.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Completeness {
    /// 0 to 1.
    pub share: f64,
    /// From the limits of the total.
    pub interval: Interval,
}

pub(super) fn histories(estimated: &[&Counted], viewer: Viewer) -> BTreeMap<String, Cell> {
    let mut counts: BTreeMap<History, u64> = BTreeMap::new();
    for one in estimated {
        *counts.entry(one.group.history).or_default() += one.group.count;
    }
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
        estimated: &[&Counted],
        first: impl Fn(&Counted) -> bool,
        second: impl Fn(&Counted) -> bool,
    ) -> Self {
        let count =
            |keep: &dyn Fn(&Counted) -> bool| total(estimated.iter().copied().filter(|one| keep(one)));
        Self { n1: count(&first), n2: count(&second), m: count(&|one| first(one) && second(one)) }
    }

    pub(super) fn checked(self) -> Result<TwoLists, BadInput> {
        TwoLists::new(self.n1, self.n2, self.m)
    }
}

/// What any other source captured by itself, and the register.
pub(super) fn two_lists(estimated: &[&Counted]) -> Sizes {
    Sizes::of(estimated, Counted::on_inner_list, |one| one.group.history.holds(List::OfficialRegister))
}

/// Both lists and the four counts that follow from them: what is on one list only can be small too.
pub(super) fn inputs(sizes: Sizes, viewer: Viewer) -> [(&'static str, Cell); 3] {
    let hidden = |count: u64| Cell::for_viewer(count, viewer).suppressed;
    let any = hidden(sizes.m) || hidden(sizes.n1 - sizes.m) || hidden(sizes.n2 - sizes.m);
    let cell = |count| if any { Cell::HIDDEN } else { Cell::for_viewer(count, viewer) };
    [("n1", cell(sizes.n1)), ("n2", cell(sizes.n2)), ("m", cell(sizes.m))]
}

pub(super) fn pairs(estimated: &[&Counted], viewer: Viewer) -> Result<Vec<Pair>, BadInput> {
    let mut pairs = Vec::new();
    for (index, first) in List::ALL.into_iter().enumerate() {
        for second in List::ALL.into_iter().skip(index + 1) {
            let holds = |list: List| move |one: &Counted| one.group.history.holds(list);
            let sizes = Sizes::of(estimated, holds(first), holds(second));
            if sizes.n1 > 0 && sizes.n2 > 0 {
                let chapman = Figure::of(method::CHAPMAN, inputs(sizes, viewer), || {
                    sizes.checked()?.chapman(Level::P95)
                })?;
                pairs.push(Pair { lists: [first, second], total: chapman });
            }
        }
    }
    Ok(pairs)
}

pub(super) fn completeness(registered: u64, total: &Total) -> Completeness {
    let of = |total: f64| (real(registered) / total).min(1.0);
    let lower = total.interval.upper.map_or(0.0, of);
    Completeness {
        share: of(total.estimate),
        interval: Interval::new(lower, of(total.interval.lower), total.interval.level),
    }
}

pub(super) fn bound(estimated: &[&Counted], viewer: Viewer) -> Result<Figure<AtLeast>, BadInput> {
    let lists = |one: &Counted| one.group.history.lists();
    let alone = |list: List| {
        total(estimated.iter().copied().filter(|one| lists(one) == 1 && one.group.history.holds(list)))
    };
    // A list that holds nothing is no list: the network has no such source.
    let used =
        List::ALL.into_iter().filter(|list| estimated.iter().any(|one| one.group.history.holds(*list)));
    let counts = ListFrequencies {
        alone: used.map(alone).collect(),
        f2: total(estimated.iter().copied().filter(|one| lists(one) == 2)),
        observed: total(estimated.iter().copied()),
        captures: estimated.iter().map(|one| one.group.count * u64::from(lists(one))).sum(),
    };
    let f1: u64 = counts.alone.iter().sum();
    let (cells, observed) = parts(&[f1, counts.f2, counts.observed - f1 - counts.f2], viewer);
    let used = Cell::shown(counts.alone.len() as u64);
    let inputs = [("observed", observed), ("f1", cells[0]), ("f2", cells[1]), ("lists", used)];
    Figure::of(method::CHAO, inputs, || lower_bound_of_lists(&counts, Level::P95))
}
