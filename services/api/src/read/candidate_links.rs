//! `/v1/centres/{id}/candidate-links`: records that may be about one occurrence, for the team to link or to keep apart.

use axum::response::Response;
use jiff::SignedDuration;
use nabij_model::CentreId;
use nabij_underreporting::candidates::{Candidate, THRESHOLD, Weights, candidates};
use nabij_underreporting::facts::SCHEMA;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::JSON;
use super::answer::Shown;
use super::limit;
use super::moment::AsOf;
use crate::access::{Action, Place};
use crate::input::query;
use crate::problem::Problem;
use crate::route::{Answer, Call, Routes, schema_of};
use crate::state::ApiState;

/// How far back the records of a centre are looked through, unless the caller says.
const DAYS: u32 = 60;
/// And at most: a team does not link what nobody remembers.
const MOST_DAYS: u32 = 366;

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
    let since = moment.time - SignedDuration::from_hours(24 * i64::from(days));
    let linkable = state.facts().linkable(state.reportability(), centre.0, since, moment.sequence).await;
    let mut linkable = linkable.map_err(|error| Problem::views_away(&error))?;
    let ids: Vec<_> = linkable.records.iter().map(|record| record.id).collect();
    let mut cases = state.caseload().cases_of(&ids, moment.sequence).await?;
    for record in &mut linkable.records {
        record.cases = cases.remove(&record.id).unwrap_or_default();
    }
    let mut candidates = candidates(&linkable.records, &linkable.refused, &Weights::SHIPPED);
    let total = candidates.len();
    candidates.truncate(limit as usize);
    let answer = CandidateLinks { candidates, total, threshold: THRESHOLD };
    Ok(Shown::new(&answer, moment)?.respond(&call.headers))
}
