//! What had to be registered by now, and is not.

use std::collections::BTreeMap;

use nabij_model::signal::Certainty;
use schemars::JsonSchema;
use serde::Serialize;

use crate::estimators::BadInput;
use crate::estimators::proportion::Proportion;
use crate::facts::names::Named;
use crate::occurrences::Status;
use crate::reader::{Counted, Happened, Heard};
use crate::report::banded;
use crate::report::basis::Basis;
use crate::report::counted::{Question, total};
use crate::report::scope::Scope;
use crate::report::suppression::told_apart;
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
type Parts = BTreeMap<String, [u64; 2]>;

fn parts_of<A>(due: &[&Counted<A>], property: &dyn Fn(&A) -> String) -> Parts {
    let mut counts = Parts::new();
    for one in due {
        let counts = counts.entry(property(&one.by)).or_default();
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
    let by = properties
        .into_iter()
        .map(|(by, parts)| {
            let parts = told_apart(parts, viewer).into_iter();
            let parts = parts.map(|(name, counts)| part(name, counts, basis, viewer));
            Ok(Breakdown { by, parts: parts.collect::<Result<_, _>>()? })
        })
        .collect::<Result<_, BadInput>>()?;
    Ok((observed(happened, basis, viewer)?, by))
}

fn observed(due: &[&Counted<Happened>], basis: &Basis, viewer: Viewer) -> Result<Observed, BadInput> {
    let of = |keep: &dyn Fn(&Counted<Happened>) -> bool| total(due.iter().copied().filter(|one| keep(one)));
    let status = |status: Status| Cell::for_viewer(of(&|one| one.state.status == status), viewer);
    let counts = [of(&Counted::registered), of(&|one| !one.registered())];
    let Part { due, registered, unregistered, gap, .. } = part(String::new(), counts, basis, viewer)?;
    Ok(Observed {
        due,
        registered,
        unregistered,
        reasoned: status(Status::Reasoned),
        undecided: status(Status::Undecided),
        gap,
    })
}

fn part(
    part: String,
    [registered, unregistered]: [u64; 2],
    basis: &Basis,
    viewer: Viewer,
) -> Result<Part, BadInput> {
    let cell = |count| Cell::for_viewer(count, viewer);
    let inputs = [
        ("due", cell(registered + unregistered)),
        ("unregistered", cell(unregistered)),
        ("registered", cell(registered)),
    ];
    let gap = basis.in_bands(method::GAP, inputs, || banded::share(unregistered, registered, viewer))?;
    let [(_, due), (_, unregistered), (_, registered)] = inputs;
    Ok(Part { part, due, registered, unregistered, gap })
}
