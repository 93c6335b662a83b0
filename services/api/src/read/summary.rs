//! `/v1/cases/{id}/transfers/{transfer}/summary`: what a transfer is decided on.

use axum::http::StatusCode;
use axum::response::Response;
use nabij_caseload::TransferSummary;
use nabij_engine::Touched;
use nabij_model::CaseId;
use nabij_model::case::age::today;
use nabij_model::case::{Case, VulnerabilityCategory};
use nabij_model::id::TransferId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::answer::Shown;
use super::moment::AsOf;
use super::reveal::reveal;
use super::{JSON, current, incomplete};
use crate::access::Action;
use crate::input::query;
use crate::problem::Problem;
use crate::route::{Answer, Call, Routes, schema_of};
use crate::state::ApiState;
use crate::write::Placed;

#[rustfmt::skip]
pub(super) fn routes(routes: &mut Routes) {
    let answer = Answer { schema: schema_of::<Summary>, ..JSON };
    routes.read("/v1/cases/{id}/transfers/{transfer}/summary", Action::ReadSummary, "What a transfer is decided on: the whole file by kind and number, and how much is withheld; an approval names its version", schema_of::<SummaryQuery>, answer, summary);
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SummaryQuery {
    /// Wait until this event shows: the `sequence` of a write.
    min_sequence: Option<u64>,
}

/// The summary, with what the file's own state says of the resident.
#[derive(Debug, Serialize, JsonSchema)]
struct Summary {
    #[serde(flatten)]
    summary: TransferSummary,
    /// The resident is a minor today; absent when nobody knows.
    minor: Option<bool>,
    /// Which special reception needs stand, for who may know them; the number of them is for all.
    needs: Option<Vec<VulnerabilityCategory>>,
}

async fn summary(state: ApiState, call: Call) -> Result<Response, Problem> {
    let asked: SummaryQuery = query(&call.address)?;
    let case = CaseId(call.parameters.id()?);
    let transfer = transfer(&call)?;
    let root = state.log().load::<Case>(case.into()).await?;
    let place = Case::found(case.into(), &root)?;
    call.allow(&state, place.clone()).await?;
    let moment = AsOf::resolve(None, asked.min_sequence, &state, &[state.schema()], call.now).await?;
    let summary = read(&state, case, transfer, moment.sequence).await?;
    let profile = call.may(&state, Action::OpenProfile, &place);
    let needs: Vec<_> = root.state.vulnerabilities.iter().filter_map(|need| need.get().copied()).collect();
    let majority = state.policies().majority_age_years.value;
    let highest = summary.version;
    let summary = Summary {
        summary,
        minor: root.state.minor_on(today(call.now), majority),
        needs: profile.then_some(needs),
    };
    let mut shown = Shown::new(&summary, moment)?.highest(highest);
    reveal(&state, &call, &place, shown.body()).await?;
    let missing = incomplete(&state, Touched::Case(case), moment).await?;
    Ok(shown.incomplete(missing).respond(&call.headers))
}

/// The summary as of everything that is in the log now, for an approval that says which version it read.
///
/// # Errors
/// 409 `summary-stale` with what was written since, and 404 when the transfer is not under way.
pub(crate) async fn summary_read(
    state: &ApiState,
    case: CaseId,
    transfer: TransferId,
    version: u64,
) -> Result<TransferSummary, Problem> {
    let sequence = current(state).await?;
    let summary = read(state, case, transfer, sequence).await?;
    if summary.version == version {
        return Ok(summary);
    }
    let since: Vec<&str> = summary
        .made_of
        .iter()
        .filter(|(sequence, _)| *sequence > version)
        .filter_map(|(_, event_type)| {
            event_type.strip_prefix("nabij.")?.rsplit_once(".v").map(|(name, _)| name)
        })
        .collect();
    let detail = if since.is_empty() {
        format!(
            "no summary has version {version}, the present one is {}: read it, then decide",
            summary.version
        )
    } else {
        format!(
            "since version {version} this was written: {}. Read the summary again (version {}), then decide",
            since.join(", "),
            summary.version
        )
    };
    Err(Problem::new(StatusCode::CONFLICT, "summary-stale", detail).at("/summary_version"))
}

async fn read(
    state: &ApiState,
    case: CaseId,
    transfer: TransferId,
    sequence: u64,
) -> Result<TransferSummary, Problem> {
    state.caseload().transfer_summary(case, transfer, sequence).await?.ok_or_else(|| {
        Problem::not_found(
            "transfer-unknown",
            "this case has no transfer under way with this id; straight after a write, pass its `min_sequence`",
        )
    })
}

fn transfer(call: &Call) -> Result<TransferId, Problem> {
    let part = call.parameters.parts().find(|(name, _)| *name == "transfer");
    part.map(|(_, id)| TransferId(id)).ok_or_else(Problem::internal)
}
