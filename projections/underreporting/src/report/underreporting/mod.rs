//! How much of what was noticed is not in the register, and how much nobody may have noticed.

mod estimate;
mod gap;
mod lines;
mod models;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

pub use self::estimate::{Completeness, ListShare, Pair};
pub use self::gap::{Breakdown, Observed, Part};
pub use self::models::Selected;

use self::estimate::{bound, by_list, completeness, histories, pairs, two_lists};
use self::gap::gaps;
use self::models::models;
use super::agreement::agreement;
use super::asked::{Asked, Occurred};
use super::basis::Basis;
use super::counted::total;
use super::{About, Cell, Figure, Filter, ReportError, Viewer, about, method};
use crate::estimators::BadInput;
use crate::estimators::chao::AtLeast;
use crate::estimators::kappa::Agreement;
use crate::estimators::two_lists::Total;
use crate::lists::List;
use crate::occurrences::Status;
use crate::reader::{By, Captured, Counted, Counts, Happened, Reader};
use crate::reportability::Reportability;
use crate::studied::{Coverage, Studied};

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
    /// The same from all lists at once, by the log-linear model that fits best.
    pub models: Figure<Selected>,
    /// The same from each pair of lists by itself.
    pub pairs: Vec<Pair>,
    /// Share of that total that stands in the register, whatever prompted the entry.
    pub completeness: Figure<Completeness>,
    /// Share of that total that each list captured by itself.
    pub by_list: Vec<ListShare>,
    /// At least so many occurrences, from how many lists captured each.
    pub at_least: Figure<AtLeast>,
    /// How far reporters and those who assessed without seeing their severity agree; strictly on what both judged.
    pub agreement: Figure<Agreement>,
    /// How often the intervals of these totals held the truth in simulated networks, by scenario: where fewer than 90 in 100, it must
    /// be said beside the figure.
    pub coverage: Vec<Coverage>,
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
    let asked = Asked::of(reader, rules, filter, viewer).await?;
    let (occurred, elsewhere) = futures::try_join!(asked.occurred(COUNTED), asked.happened_elsewhere())?;
    Ok(told(&asked, &occurred, elsewhere)?)
}

/// What it counts.
pub(super) const COUNTED: &[By] = &[By::Happened, By::Heard, By::Captured, By::JudgedTwice];

pub(super) fn told(
    asked: &Asked<'_>,
    occurred: &Occurred,
    elsewhere: u64,
) -> Result<Underreporting, BadInput> {
    let &Asked { filter, viewer, ref scope, .. } = asked;
    let Occurred { question, counts: Counts { happened, heard, captured, judged_twice, .. } } = occurred;
    let of_here = |keep: &dyn Fn(&Counted<Happened>) -> bool| total(happened.iter().filter(|one| keep(one)));
    let due = of_here(&Counted::due);
    let reportable = of_here(&|one| one.noticed() && one.state.reportable);
    let estimated: Vec<&Counted<Captured>> = captured
        .iter()
        .filter(|one| one.state.reportable && one.state.status != Status::Dismissed && one.by.0.lists() > 0)
        .collect();
    let count = |count: u64| Cell::for_viewer(count, viewer);
    let whole = of_here(&|_| true);
    let missing = [
        ("type_unknown", viewer.share(of_here(&|one| one.by.kind == 0), whole)),
        ("time_unknown", viewer.share(of_here(&|one| !one.state.timed), whole)),
        ("minors_unknown", viewer.share(of_here(&|one| one.by.minors.is_none()), whole)),
    ];
    let basis = Basis::new(filter, viewer, missing);
    let by_place: Vec<_> = happened.iter().filter(|one| one.due()).collect();
    let by_source: Vec<_> = heard.iter().filter(|one| one.due()).collect();
    let (statuses, by) = gaps((&by_place, &by_source), question, scope, &basis, viewer)?;
    let models = models(&estimated, &basis, viewer)?;
    let lists = two_lists(&estimated);
    let inputs = lists.inputs(viewer);
    // What was prompted is no list of its own, but it does stand in the register.
    let registered = of_here(&|one| one.state.reportable && one.registered());
    let in_register = Cell::for_viewer(registered, viewer);
    let chapman = basis
        .figure(method::CHAPMAN, inputs, || lists.chapman(viewer))?
        .among(models.spread.as_ref())
        .studied(Studied::Chapman);
    Ok(Underreporting {
        about: about("underreporting", filter, scope, viewer, &basis),
        observed: statuses,
        by,
        not_due: count(reportable - due),
        late: count(of_here(&|one| one.due() && one.state.late)),
        not_reportable: count(of_here(&Counted::noticed) - reportable),
        happened_elsewhere: count(elsewhere),
        histories: histories(&estimated, viewer),
        lists: List::ALL,
        pairs: pairs(&estimated, &basis, viewer)?,
        completeness: basis
            .figure(
                method::COMPLETENESS,
                [("registered", in_register), inputs[0], inputs[1], inputs[2]],
                || {
                    let total = lists.chapman(viewer)?;
                    Ok(completeness(viewer.counted(registered), &total))
                },
            )?
            .among(models.spread.as_ref())
            .studied(Studied::Chapman),
        by_list: by_list(&estimated, &chapman, &basis, viewer)?,
        total: chapman,
        models,
        at_least: bound(&estimated, &basis, viewer)?,
        agreement: agreement(&judged_twice.iter().collect::<Vec<_>>(), &basis, viewer)?,
        coverage: [Studied::Chapman, Studied::BestBic, Studied::Chao].map(Coverage::of).into(),
    })
}

/// The texts of this report.
#[cfg(test)]
pub(super) const SENTENCES: &[crate::text::Texts] = &[models::WHY, models::INDEPENDENT, models::DEPENDENT];
