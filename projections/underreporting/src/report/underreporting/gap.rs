//! What had to be registered by now, and is not.

use std::collections::BTreeMap;

use nabij_model::signal::Certainty;
use schemars::JsonSchema;
use serde::Serialize;

use crate::estimators::proportion::{Proportion, wilson};
use crate::estimators::{BadInput, Level};
use crate::facts::names::Named;
use crate::occurrences::Status;
use crate::reader::{Counted, Happened, Heard};
use crate::report::basis::Basis;
use crate::report::counted::{Question, total};
use crate::report::scope::Scope;
use crate::report::suppression::{Table, parts};
use crate::report::{Cell, Figure, Viewer, method};

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
    /// `certainty`, `place`, `type`, `minors`, `accompaniment`, or `centre`.
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
    pub gap: Figure<Proportion>,
}

/// How many of each part are registered, and how many are not.
type Parts = BTreeMap<String, Vec<u64>>;

fn parts_of<A>(due: &[&Counted<A>], property: &dyn Fn(&A) -> String) -> Parts {
    let mut counts = Parts::new();
    for one in due {
        let counts = counts.entry(property(&one.by)).or_insert_with(|| vec![0, 0]);
        counts[usize::from(!one.registered())] += one.count;
    }
    counts
}

/// What had to be registered by now, by where, what and whom it happened to, and by how it was heard.
pub(super) fn gaps(
    (happened, heard): (&[&Counted<Happened>], &[&Counted<Heard>]),
    question: &Question,
    scope: &Scope,
    basis: &Basis,
    viewer: Viewer,
) -> Result<(Observed, Vec<Breakdown>), BadInput> {
    let minors =
        |one: &Happened| one.minors.map_or("unknown", |yes| if yes { "yes" } else { "no" }).to_owned();
    let properties: [(&str, Parts); 6] = [
        ("certainty", parts_of(heard, &|one| one.certainty.unwrap_or(Certainty::Unsure).name().to_owned())),
        (
            "place",
            parts_of(heard, &|one| if one.elsewhere { "heard_elsewhere" } else { "heard_here" }.to_owned()),
        ),
        ("type", parts_of(happened, &|one| question.kind(one.kind).to_owned())),
        ("minors", parts_of(happened, &minors)),
        (
            "accompaniment",
            parts_of(heard, &|one| one.accompaniment.map_or("unknown", Named::name).to_owned()),
        ),
        ("centre", parts_of(happened, &|one| scope.code(one.centre).to_owned())),
    ];
    let mut tables = Vec::new();
    for (by, counts) in properties {
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
    let observed = observed(happened, whole, basis, viewer)?;
    let by = tables
        .iter()
        .map(|(by, names, table)| {
            let parts = names
                .iter()
                .enumerate()
                .map(|(row, name)| part(name, row, table, basis))
                .collect::<Result<_, _>>()?;
            Ok(Breakdown { by, parts })
        })
        .collect::<Result<_, BadInput>>()?;
    Ok((observed, by))
}

fn observed(
    due: &[&Counted<Happened>],
    table: &Table,
    basis: &Basis,
    viewer: Viewer,
) -> Result<Observed, BadInput> {
    let empty = due.is_empty();
    let cell = |column: usize| if empty { Cell::shown(0) } else { table.cell(table.totals(), column) };
    let (registered, unregistered, all) = (cell(0), cell(1), cell(2));
    let status = |status: Status| total(due.iter().copied().filter(|one| one.state.status == status));
    let split = [status(Status::Reasoned), status(Status::Undecided)];
    let (split, _) =
        if unregistered.suppressed { (vec![Cell::HIDDEN; 2], Cell::HIDDEN) } else { parts(&split, viewer) };
    Ok(Observed {
        due: all,
        registered,
        unregistered,
        reasoned: split[0],
        undecided: split[1],
        gap: basis.figure(
            method::GAP,
            [("due", all), ("unregistered", unregistered), ("registered", registered)],
            || {
                let unregistered = total(due.iter().copied().filter(|one| !one.registered()));
                wilson(unregistered, total(due.iter().copied()), Level::P95)
            },
        )?,
    })
}

fn part(name: &str, row: usize, table: &Table, basis: &Basis) -> Result<Part, BadInput> {
    let (registered, unregistered, due) = (table.cell(row, 0), table.cell(row, 1), table.cell(row, 2));
    let inputs = [("due", due), ("unregistered", unregistered), ("registered", registered)];
    let gap = basis.figure(method::GAP, inputs, || {
        wilson(unregistered.count.unwrap_or_default(), due.count.unwrap_or_default(), Level::P95)
    })?;
    Ok(Part { part: name.to_owned(), due, registered, unregistered, gap })
}
