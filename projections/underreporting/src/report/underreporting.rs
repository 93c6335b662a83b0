//! How much of what was noticed is not in the register, and how much nobody may have noticed.

use std::collections::BTreeMap;

use jiff::Timestamp;
use nabij_model::signal::Certainty;
use schemars::JsonSchema;
use serde::Serialize;

use super::csv::{Line, Lines};
use super::scope::{Judged, Scope};
use super::suppression::{Table, parts};
use super::{About, Cell, Figure, Filter, Property, ReportError, Viewer, about, method, share};
use crate::estimators::chao::{AtLeast, Form, Frequencies, Sampling, lower_bound};
use crate::estimators::proportion::{Proportion, wilson};
use crate::estimators::two_lists::{Total, TwoLists};
use crate::estimators::{Answer, BadInput, Interval, Level, real};
use crate::facts::names::Named;
use crate::lists::{History, List};
use crate::occurrences::Status;
use crate::reader::Reader;
use crate::reportability::Reportability;

/// The report.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Underreporting {
    /// What it is about.
    pub about: About,
    /// Occurrences that some source other than the register noticed and that had to be registered by now.
    pub observed: Observed,
    /// The same, broken down; sorted by name, never by size.
    pub by: Vec<Breakdown>,
    /// Noticed, reportable, but the deadline has not passed yet.
    pub not_due: Cell,
    /// Registered, but after the deadline.
    pub late: Cell,
    /// Noticed, but of no reportable type or below the severity that must be registered.
    pub not_reportable: Cell,
    /// Noticed here, happened in a centre outside this report: nobody here is charged with it.
    pub happened_elsewhere: Cell,
    /// How many occurrences of reportable types each combination of lists captured, one digit a list in the order `lists`.
    pub histories: BTreeMap<String, Cell>,
    /// The order of the digits.
    pub lists: [List; 5],
    /// Estimated total of reportable occurrences, from the register and all other sources together.
    pub total: Figure<Total>,
    /// The same from each pair of lists by itself.
    pub pairs: Vec<Pair>,
    /// Share of that total that stands in the register.
    pub completeness: Figure<Completeness>,
    /// At least so many occurrences, from how many lists captured each.
    pub at_least: Figure<AtLeast>,
}

/// What became of occurrences that had to be registered.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Observed {
    /// They had to be registered by now.
    pub due: Cell,
    /// They are.
    pub registered: Cell,
    /// They are not.
    pub unregistered: Cell,
    /// Of those: somebody recorded why not.
    pub reasoned: Cell,
    /// Of those: nobody decided anything.
    pub undecided: Cell,
    /// `unregistered / due`.
    pub gap: Figure<Proportion>,
}

/// The observed gap, by one property.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Breakdown {
    /// `certainty`, `place`, `type`, `minors`, or `centre`.
    pub by: &'static str,
    /// Sorted by name.
    pub parts: Vec<Part>,
}

/// One part of a breakdown.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Part {
    /// Which.
    pub part: String,
    /// What became of it.
    pub due: Cell,
    /// In the register.
    pub registered: Cell,
    /// Not in the register.
    pub unregistered: Cell,
    /// `unregistered / due`.
    pub gap: Answer<Proportion>,
}

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

/// The observed gap, the estimated total and the completeness of the register.
///
/// # Errors
/// [`ReportError`].
pub async fn underreporting(
    reader: &Reader,
    rules: &Reportability,
    filter: &Filter,
    viewer: Viewer,
) -> Result<Underreporting, ReportError> {
    let scope = Scope::of(reader, filter).await?;
    let all = scope.judged(reader, rules, filter, viewer).await?;
    let ids = scope.ids();
    let here: Vec<&Judged> = all.iter().filter(|one| ids.contains(&one.occurrence.happened)).collect();
    let elsewhere = all
        .iter()
        .filter(|one| one.noticed() && !ids.contains(&one.occurrence.happened))
        .filter(|one| one.occurrence.listened.is_some_and(|centre| ids.contains(&centre)))
        .count();
    let due: Vec<&Judged> = here.iter().copied().filter(|one| is_due(one, filter.as_of.moment)).collect();
    let noticed = || here.iter().filter(|one| one.noticed());
    let reportable = noticed().filter(|one| one.reportable).count();
    let (statuses, by) = gaps(&due, &scope, viewer)?;
    let estimated: Vec<&Judged> =
        here.iter().copied().filter(|one| one.reportable && estimable(one)).collect();
    let count = |count: usize| Cell::for_viewer(count as u64, viewer);
    let missing = [
        ("type_unknown", share(here.iter().filter(|one| one.kind.is_none()).count(), here.len())),
        (
            "time_unknown",
            share(here.iter().filter(|one| one.occurrence.occurred_at.is_none()).count(), here.len()),
        ),
        (
            "minors_unknown",
            share(here.iter().filter(|one| one.occurrence.minors.is_none()).count(), here.len()),
        ),
    ];
    let lists = two_lists(&estimated);
    let inputs = inputs(lists, viewer);
    let registered = inputs[1].1;
    Ok(Underreporting {
        about: about("underreporting", filter, &scope, viewer, missing),
        observed: statuses,
        by,
        not_due: count(reportable - due.len()),
        late: count(
            due.iter()
                .filter(|one| one.occurrence.registered_at > one.deadline)
                .filter(|one| one.occurrence.registered_at.is_some())
                .count(),
        ),
        not_reportable: count(noticed().count() - reportable),
        happened_elsewhere: count(elsewhere),
        histories: histories(&estimated, viewer),
        lists: List::ALL,
        total: Figure::of(method::CHAPMAN, inputs, || lists.checked()?.chapman(Level::P95))?,
        pairs: pairs(&estimated, viewer)?,
        completeness: Figure::of(
            method::COMPLETENESS,
            [("registered", registered), inputs[0], inputs[2]],
            || {
                let total = lists.checked()?.chapman(Level::P95)?;
                Ok(completeness(lists.n2, &total))
            },
        )?,
        at_least: bound(&estimated, viewer)?,
    })
}

/// Noticed, to be registered, and the deadline is past.
fn is_due(one: &Judged, moment: Timestamp) -> bool {
    one.noticed() && one.reportable && one.deadline.is_some_and(|deadline| deadline <= moment)
}

/// On at least one list by itself, and not found to be nothing.
fn estimable(one: &Judged) -> bool {
    one.occurrence.status != Status::Dismissed && one.occurrence.history.lists() > 0
}

fn is_registered(one: &Judged) -> bool {
    one.occurrence.status == Status::Registered
}

fn gaps(due: &[&Judged], scope: &Scope, viewer: Viewer) -> Result<(Observed, Vec<Breakdown>), BadInput> {
    let minors = |one: &Judged| {
        one.occurrence.minors.map_or("unknown", |yes| if yes { "yes" } else { "no" }).to_owned()
    };
    let properties: [Property<'_, Judged>; 5] = [
        ("certainty", &|one| {
            one.occurrence.certainty.map_or(Certainty::Unsure, |certainty| certainty).name().to_owned()
        }),
        ("place", &|one| match one.occurrence.listened {
            Some(centre) if centre != one.occurrence.happened => "heard_elsewhere".to_owned(),
            _ => "heard_here".to_owned(),
        }),
        ("type", &|one| one.kind.as_ref().map_or("unknown", |kind| kind.as_str()).to_owned()),
        ("minors", &minors),
        ("centre", &|one| scope.code(one.occurrence.happened).to_owned()),
    ];
    let mut tables = Vec::new();
    for (by, property) in properties {
        let mut counts: BTreeMap<String, Vec<u64>> = BTreeMap::new();
        for one in due {
            counts.entry(property(one)).or_insert_with(|| vec![0, 0])[usize::from(!is_registered(one))] += 1;
        }
        let names: Vec<String> = counts.keys().cloned().collect();
        tables.push((by, names, Table::new(&counts.into_values().collect::<Vec<_>>()).for_viewer(viewer)));
    }
    // The tables share their totals: what one hides, all hide.
    while (0..tables.len()).any(|one| {
        (0..tables.len()).any(|other| {
            let theirs = tables[other].2.clone();
            one != other && tables[one].2.hide_margins_of(&theirs)
        })
    }) {}
    let (_, _, whole) = &tables[0];
    let observed = observed(due, whole, viewer)?;
    let by = tables
        .iter()
        .map(|(by, names, table)| {
            let parts = names
                .iter()
                .enumerate()
                .map(|(row, name)| part(name, row, table))
                .collect::<Result<_, _>>()?;
            Ok(Breakdown { by, parts })
        })
        .collect::<Result<_, BadInput>>()?;
    Ok((observed, by))
}

fn observed(due: &[&Judged], table: &Table, viewer: Viewer) -> Result<Observed, BadInput> {
    let empty = due.is_empty();
    let cell = |column: usize| if empty { Cell::shown(0) } else { table.cell(table.totals(), column) };
    let (registered, unregistered, all) = (cell(0), cell(1), cell(2));
    let status = |status: Status| due.iter().filter(|one| one.occurrence.status == status).count() as u64;
    let split = [status(Status::Reasoned), status(Status::Undecided)];
    let (split, _) =
        if unregistered.suppressed { (vec![Cell::HIDDEN; 2], Cell::HIDDEN) } else { parts(&split, viewer) };
    Ok(Observed {
        due: all,
        registered,
        unregistered,
        reasoned: split[0],
        undecided: split[1],
        gap: Figure::of(
            method::GAP,
            [("due", all), ("unregistered", unregistered), ("registered", registered)],
            || {
                let unregistered = due.iter().filter(|one| !is_registered(one)).count() as u64;
                wilson(unregistered, due.len() as u64, Level::P95)
            },
        )?,
    })
}

fn part(name: &str, row: usize, table: &Table) -> Result<Part, BadInput> {
    let (registered, unregistered, due) = (table.cell(row, 0), table.cell(row, 1), table.cell(row, 2));
    let inputs = [("due", due), ("unregistered", unregistered), ("registered", registered)];
    let gap = Figure::of(method::GAP, inputs, || {
        wilson(unregistered.count.unwrap_or_default(), due.count.unwrap_or_default(), Level::P95)
    })?;
    Ok(Part { part: name.to_owned(), due, registered, unregistered, gap: gap.answer })
}

fn histories(estimated: &[&Judged], viewer: Viewer) -> BTreeMap<String, Cell> {
    let mut counts: BTreeMap<History, u64> = BTreeMap::new();
    for one in estimated {
        *counts.entry(one.occurrence.history).or_default() += 1;
    }
    let (cells, _) = parts(&counts.values().copied().collect::<Vec<_>>(), viewer);
    counts.keys().map(|history| history.digits()).zip(cells).collect()
}

/// Sizes of two lists and of what they share.
#[derive(Clone, Copy)]
struct Sizes {
    n1: u64,
    n2: u64,
    m: u64,
}

impl Sizes {
    fn of(estimated: &[&Judged], first: impl Fn(&Judged) -> bool, second: impl Fn(&Judged) -> bool) -> Self {
        let count = |keep: &dyn Fn(&Judged) -> bool| estimated.iter().filter(|one| keep(one)).count() as u64;
        Self { n1: count(&first), n2: count(&second), m: count(&|one| first(one) && second(one)) }
    }

    fn checked(self) -> Result<TwoLists, BadInput> {
        TwoLists::new(self.n1, self.n2, self.m)
    }
}

/// What any other source captured by itself, and the register.
fn two_lists(estimated: &[&Judged]) -> Sizes {
    Sizes::of(estimated, Judged::on_inner_list, |one| one.occurrence.history.holds(List::OfficialRegister))
}

/// Both lists and the four counts that follow from them: what is on one list only can be small too.
fn inputs(sizes: Sizes, viewer: Viewer) -> [(&'static str, Cell); 3] {
    let hidden = |count: u64| Cell::for_viewer(count, viewer).suppressed;
    let any = hidden(sizes.m) || hidden(sizes.n1 - sizes.m) || hidden(sizes.n2 - sizes.m);
    let cell = |count| if any { Cell::HIDDEN } else { Cell::for_viewer(count, viewer) };
    [("n1", cell(sizes.n1)), ("n2", cell(sizes.n2)), ("m", cell(sizes.m))]
}

fn pairs(estimated: &[&Judged], viewer: Viewer) -> Result<Vec<Pair>, BadInput> {
    let mut pairs = Vec::new();
    for (index, first) in List::ALL.into_iter().enumerate() {
        for second in List::ALL.into_iter().skip(index + 1) {
            let holds = |list: List| move |one: &Judged| one.occurrence.history.holds(list);
            let sizes = Sizes::of(estimated, holds(first), holds(second));
            if sizes.n1 > 0 && sizes.n2 > 0 {
                let total = Figure::of(method::CHAPMAN, inputs(sizes, viewer), || {
                    sizes.checked()?.chapman(Level::P95)
                })?;
                pairs.push(Pair { lists: [first, second], total });
            }
        }
    }
    Ok(pairs)
}

fn completeness(registered: u64, total: &Total) -> Completeness {
    let of = |total: f64| (real(registered) / total).min(1.0);
    let lower = total.interval.upper.map_or(0.0, of);
    Completeness {
        share: of(total.estimate),
        interval: Interval::new(lower, of(total.interval.lower), total.interval.level),
    }
}

fn bound(estimated: &[&Judged], viewer: Viewer) -> Result<Figure<AtLeast>, BadInput> {
    let lists: Vec<u64> = estimated.iter().map(|one| u64::from(one.occurrence.history.lists())).collect();
    let used =
        List::ALL.into_iter().filter(|list| estimated.iter().any(|one| one.occurrence.history.holds(*list)));
    let (used, counts) = (used.count() as u64, Frequencies::of(&lists));
    let rest = counts.observed - counts.f1 - counts.f2;
    let (cells, observed) = parts(&[counts.f1, counts.f2, rest], viewer);
    let inputs = [("observed", observed), ("f1", cells[0]), ("f2", cells[1]), ("lists", Cell::shown(used))];
    Figure::of(method::CHAO, inputs, || {
        lower_bound(counts, Sampling::Lists(used), Form::BiasCorrected, Level::P95)
    })
}

impl Lines for Underreporting {
    fn about(&self) -> &About {
        &self.about
    }

    fn lines(&self) -> Vec<Line> {
        let observed = &self.observed;
        let mut lines = vec![
            Line::new("due").count(observed.due),
            Line::new("registered").count(observed.registered),
            Line::new("unregistered").count(observed.unregistered),
            Line::new("reasoned").count(observed.reasoned),
            Line::new("undecided").count(observed.undecided),
            Line::new("not_due").count(self.not_due),
            Line::new("late").count(self.late),
            Line::new("not_reportable").count(self.not_reportable),
            Line::new("happened_elsewhere").count(self.happened_elsewhere),
            gap(Line::new("observed_gap"), &observed.gap.answer),
            total(Line::new("estimated_total"), &self.total),
            match &self.completeness.answer {
                Answer::Estimate(share) => {
                    Line::new("completeness").value(share.share).interval(share.interval)
                }
                Answer::Refusal(refusal) => Line::new("completeness").refused(refusal),
            }
            .method(self.completeness.method.name),
            match &self.at_least.answer {
                Answer::Estimate(bound) => {
                    Line::new("at_least").value(bound.at_least).interval(bound.interval)
                }
                Answer::Refusal(refusal) => Line::new("at_least").refused(refusal),
            }
            .method(self.at_least.method.name),
        ];
        lines.extend(
            self.histories
                .iter()
                .map(|(history, cell)| Line::new("captured").part("history", history).count(*cell)),
        );
        lines.extend(self.pairs.iter().map(|pair| {
            let lists = pair.lists.map(List::name).join("+");
            total(Line::new("estimated_total").part("lists", &lists), &pair.total)
        }));
        for breakdown in &self.by {
            lines.extend(breakdown.parts.iter().flat_map(|part| {
                let line = |figure: &str| Line::new(figure).part(breakdown.by, &part.part);
                [
                    line("due").count(part.due),
                    line("registered").count(part.registered),
                    line("unregistered").count(part.unregistered),
                    gap(line("observed_gap"), &part.gap),
                ]
            }));
        }
        lines
    }
}

fn gap(line: Line, answer: &Answer<Proportion>) -> Line {
    let line = match answer {
        Answer::Estimate(gap) => Line { n: Some(gap.n), ..line.value(gap.share).interval(gap.interval) },
        Answer::Refusal(refusal) => line.refused(refusal),
    };
    line.method(method::GAP.name)
}

fn total(line: Line, figure: &Figure<Total>) -> Line {
    let line = match &figure.answer {
        Answer::Estimate(total) => {
            Line { n: Some(total.observed), ..line.value(total.estimate).interval(total.interval) }
        }
        Answer::Refusal(refusal) => line.refused(refusal),
    };
    line.method(figure.method.name)
}
