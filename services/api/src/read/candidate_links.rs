//! `/v1/centres/{id}/candidate-links`: records that may be about one occurrence, for the team to link or to keep apart.

use std::collections::BTreeSet;

use axum::response::Response;
use jiff::SignedDuration;
use nabij_caseload::{LinkToConfirm, WorkItem};
use nabij_model::signal::LinkTarget;
use nabij_model::{CaseId, CentreId};
use nabij_underreporting::candidates::{Candidate, THRESHOLD, Weights, candidates};
use nabij_underreporting::facts::SCHEMA;
use nabij_underreporting::reader::Linkable;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::JSON;
use super::answer::Shown;
use super::limit;
use super::moment::{AsOf, Moment};
use crate::access::{Action, Place};
use crate::input::query;
use crate::problem::Problem;
use crate::route::{Answer, Call, Routes, schema_of};
use crate::state::ApiState;

/// How far back the records of a centre are looked through, unless the caller says.
const DAYS: u32 = 60;
/// And at most: a team does not link what nobody remembers.
const MOST_DAYS: u32 = 366;
/// So many stand on the worklist: a team must not have to look for its work behind them.
const ON_WORKLIST: usize = 5;

#[rustfmt::skip]
pub(super) fn routes(routes: &mut Routes) {
    let answer = Answer { schema: schema_of::<CandidateLinks>, ..JSON };
    routes.read("/v1/centres/{id}/candidate-links", Action::ReadWork, "Records that may be about one occurrence: link them, or say no at `link-rejections`", schema_of::<Asked>, answer, suggested);
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Asked {
    /// Only what happened in so many days before the moment; 60 unless another number is given, 366 at most.
    days: Option<u32>,
    /// At most so many.
    limit: Option<u32>,
    /// As the network knew it then: a sequence or a time.
    as_of: Option<AsOf>,
    /// Wait until this event shows: the `sequence` of a write.
    min_sequence: Option<u64>,
}

/// What is suggested; nothing of it is applied by itself.
#[derive(Debug, Serialize, JsonSchema)]
struct CandidateLinks {
    /// The most probable first.
    candidates: Vec<Candidate>,
    /// How many there are in all.
    total: usize,
    /// From which probability a link is offered.
    threshold: f64,
}

async fn suggested(state: ApiState, call: Call) -> Result<Response, Problem> {
    let asked: Asked = query(&call.address)?;
    let centre = CentreId(call.parameters.id()?);
    call.allow(&state, Place::centre(centre)).await?;
    let days = asked.days.unwrap_or(DAYS);
    if !(1..=MOST_DAYS).contains(&days) {
        return Err(Problem::bad_request("bad-query", format!("`days` is 1 to {MOST_DAYS}")));
    }
    let limit = limit(asked.limit)?;
    let schemas = [state.schema(), SCHEMA];
    let moment = AsOf::resolve(asked.as_of, asked.min_sequence, &state, &schemas, call.now).await?;
    let linkable = linkable(&state, centre, days, moment).await?;
    let mut candidates = candidates(&linkable.records, &linkable.refused, &Weights::SHIPPED);
    let total = candidates.len();
    candidates.truncate(limit as usize);
    let answer = CandidateLinks { candidates, total, threshold: THRESHOLD };
    Ok(Shown::new(&answer, moment)?.respond(&call.headers))
}

/// The most probable of them as items of the team's worklist: few, since nothing hangs on them today. They are gone once somebody
/// links them, or says no.
pub(super) async fn to_confirm(
    state: &ApiState,
    centre: CentreId,
    moment: Moment,
) -> Result<Vec<WorkItem>, Problem> {
    let linkable = linkable(state, centre, DAYS, moment).await?;
    let mut candidates = candidates(&linkable.records, &linkable.refused, &Weights::SHIPPED);
    candidates.truncate(ON_WORKLIST);
    let item = |candidate: Candidate| {
        let ends = [candidate.signal.0, record_of(candidate.to)];
        let named = linkable.records.iter().filter(|record| ends.contains(&record.id));
        let cases: BTreeSet<CaseId> =
            named.flat_map(|record| &record.cases).map(|case| CaseId(*case)).collect();
        let recorded =
            ends.iter().filter_map(|end| linkable.recorded.get(end)).max_by_key(|(_, sequence)| *sequence);
        let (since, sequence) = recorded.copied().unwrap_or((moment.time, moment.sequence));
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a probability in per cent"
        )]
        let percent = (candidate.probability * 100.0).round() as u8;
        let link = LinkToConfirm { to: candidate.to, percent };
        WorkItem::candidate(candidate.signal, link, cases.into_iter().collect(), since, sequence)
    };
    Ok(candidates.into_iter().map(item).collect())
}

/// The records of a centre with whom they name.
async fn linkable(
    state: &ApiState,
    centre: CentreId,
    days: u32,
    moment: Moment,
) -> Result<Linkable, Problem> {
    let since = moment.time - SignedDuration::from_hours(24 * i64::from(days));
    let linkable = state.facts().linkable(state.reportability(), centre.0, since, moment.sequence).await;
    let mut linkable = linkable.map_err(|error| Problem::views_away(&error))?;
    let ids: Vec<_> = linkable.records.iter().map(|record| record.id).collect();
    let mut cases = state.caseload().cases_of(&ids, moment.sequence).await?;
    for record in &mut linkable.records {
        record.cases = cases.remove(&record.id).unwrap_or_default();
    }
    Ok(linkable)
}

fn record_of(to: LinkTarget) -> Uuid {
    match to {
        LinkTarget::Incident(incident) => incident.0,
        LinkTarget::Discussion(discussion) => discussion.0,
        LinkTarget::Signal(signal) => signal.0,
    }
}
