//! How far people who judged the same signal without seeing each other's severity disagree, and in which direction.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::agreement::{Pairs, agreement};
use super::asked::{Asked, Occurred};
use super::basis::Basis;
use super::counted::total;
use super::csv::{Line, Lines};
use super::{About, Cell, Figure, Filter, ReportError, Viewer, about, banded, method};
use crate::estimators::kappa::Agreement;
use crate::estimators::proportion::Proportion;
use crate::estimators::{Answer, BadInput};
use crate::reader::{By, JudgedTwice, Reader};
use crate::reportability::Reportability;
use crate::text::said::{Said, between};
use crate::text::{Sentence, Slot, Texts};

/// The report.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Disagreement {
    /// What it is about.
    pub about: About,
    /// Weighted kappa of all pairs of judgements.
    pub agreement: Figure<Agreement>,
    /// Of the pairs that differ: the share in which the second judgement is the higher one.
    pub direction: Figure<Direction>,
    /// The same by `centre` and by `type`, sorted by name, never by size.
    pub by: Vec<Apart>,
}

/// One part of the pairs.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Apart {
    /// `centre` or `type`.
    pub by: &'static str,
    /// Which.
    pub part: String,
    /// Weighted kappa.
    pub agreement: Figure<Agreement>,
}

/// Which way judgements differ.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Direction {
    /// Pairs whose second judgement is higher, of those that differ; above one half reporters judge things as less serious.
    pub second_higher: Proportion,
}

pub(super) const DIRECTION: Texts = Texts {
    nl: "van de {n} keer dat twee mensen anders oordeelden, vond de tweede het {x} keer ernstiger: {share} ({between}). Dat zegt niet wie gelijk had.",
    fr: "sur les {n} fois où deux personnes ont jugé autrement, la deuxième l'a trouvé plus grave {x} fois : {share} ({between}). Cela ne dit pas qui avait raison.",
    en: "of the {n} times that two people judged differently, the second found it more serious {x} times: {share} ({between}). That does not say who was right.",
};

impl Said for Direction {
    fn said(&self) -> Sentence {
        let share = self.second_higher;
        DIRECTION.fill(&[
            ("n", Slot::Count(share.n)),
            ("x", Slot::Count(share.x)),
            ("share", Slot::Share(share.share)),
            ("between", between(share.interval, Slot::Share)),
        ])
    }
}

/// Agreement of blind judgements in the period, its direction, and both by centre and type.
///
/// # Errors
/// [`ReportError`].
pub async fn disagreement(
    reader: &Reader,
    rules: &Reportability,
    filter: &Filter,
    viewer: Viewer,
) -> Result<Disagreement, ReportError> {
    let asked = Asked::of(reader, rules, filter, viewer).await?;
    Ok(told(&asked, &asked.occurred(COUNTED).await?)?)
}

/// What it counts.
pub(super) const COUNTED: &[By] = &[By::Captured, By::JudgedTwice];

pub(super) fn told(asked: &Asked<'_>, occurred: &Occurred) -> Result<Disagreement, BadInput> {
    let &Asked { filter, viewer, ref scope, .. } = asked;
    let Occurred { question, counts } = occurred;
    let here: Vec<&JudgedTwice> = counts.judged_twice.iter().collect();
    let noticed = || counts.captured.iter().filter(|one| one.noticed());
    let once = total(noticed().filter(|one| !one.state.judged_twice));
    let basis = Basis::new(filter, viewer, [("judged_once", viewer.share(once, total(noticed())))]);
    let mut by = Vec::new();
    let centre = |one: &JudgedTwice| scope.code(one.centre).to_owned();
    let kind = |one: &JudgedTwice| question.kind(one.kind).to_owned();
    let properties: [super::Property<'_, JudgedTwice>; 2] = [("centre", &centre), ("type", &kind)];
    for (name, property) in properties {
        by.extend(apart(name, property, &here, &basis, viewer)?);
    }
    Ok(Disagreement {
        about: about("disagreement", filter, scope, viewer, &basis),
        agreement: agreement(&here, &basis, viewer)?,
        direction: direction(&Pairs::of(&here), &basis, viewer)?,
        by,
    })
}

/// By one property; a part that is there tells that it is not empty, so what is hidden is left out.
fn apart(
    by: &'static str,
    property: &dyn Fn(&JudgedTwice) -> String,
    here: &[&JudgedTwice],
    basis: &Basis,
    viewer: Viewer,
) -> Result<Vec<Apart>, BadInput> {
    let mut groups: BTreeMap<String, Vec<&JudgedTwice>> = BTreeMap::new();
    for one in here.iter().copied() {
        groups.entry(property(one)).or_default().push(one);
    }
    groups
        .into_iter()
        .filter(|(_, group)| !viewer.hides(Pairs::of(group).total()))
        .map(|(part, group)| Ok(Apart { by, part, agreement: agreement(&group, basis, viewer)? }))
        .collect()
}

fn direction(pairs: &Pairs, basis: &Basis, viewer: Viewer) -> Result<Figure<Direction>, BadInput> {
    let cell = |count| Cell::for_viewer(count, viewer);
    let inputs = [("second_higher", cell(pairs.higher)), ("second_lower", cell(pairs.lower))];
    basis.in_bands(method::DIRECTION, inputs, || {
        let second_higher = banded::share(pairs.higher, pairs.lower, viewer)?;
        Ok(Direction { second_higher })
    })
}

impl Lines for Disagreement {
    fn about(&self) -> &About {
        &self.about
    }

    fn lines(&self) -> Vec<Line> {
        let direction = match &self.direction.answer {
            Answer::Estimate(direction) => {
                let share = direction.second_higher;
                Line {
                    n: Some(share.n),
                    ..Line::new("second_higher").value(share.share).interval(share.interval)
                }
            }
            Answer::Refusal(refusal) => Line::new("second_higher").refused(refusal),
        };
        let parts = self
            .by
            .iter()
            .map(|apart| kappa(Line::new("kappa").part(apart.by, &apart.part), &apart.agreement));
        [kappa(Line::new("kappa"), &self.agreement), direction.of(&self.direction)]
            .into_iter()
            .chain(parts)
            .collect()
    }
}

fn kappa(line: Line, figure: &Figure<Agreement>) -> Line {
    let line = match &figure.answer {
        Answer::Estimate(agreement) => {
            Line { n: Some(agreement.pairs), ..line.value(agreement.kappa).interval(agreement.interval) }
        }
        Answer::Refusal(refusal) => line.refused(refusal),
    };
    line.of(figure)
}
