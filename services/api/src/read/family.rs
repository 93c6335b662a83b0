//! `/v1/cases/{id}/family`: what may be read to the parents or the guardian, or printed for them.

use axum::response::Response;
use nabij_caseload::Entry;
use nabij_engine::Touched;
use nabij_model::case::{Case, KeptFrom};
use nabij_model::{CaseId, SealLevel};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::answer::Shown;
use super::granted::drop_kept;
use super::moment::AsOf;
use super::reveal::close;
use super::{JSON, every_entry, incomplete, kept_now};
use crate::access::Action;
use crate::input::query;
use crate::problem::Problem;
use crate::route::{Answer, Call, Routes, schema_of};
use crate::state::ApiState;
use crate::write::Placed;

/// What a family may be told of: the child's own words, what helps, what was agreed, what the parents were told.
const SHOWN: [&str; 6] = [
    "nabij.case.response_added.",
    "nabij.case.guidance_noted.",
    "nabij.case.plan_action_added.",
    "nabij.case.plan_action_completed.",
    "nabij.case.parents_informed.",
    "nabij.case.consent_recorded.",
];

#[rustfmt::skip]
pub(super) fn routes(routes: &mut Routes) {
    let answer = Answer { schema: schema_of::<FamilyPage>, ..JSON };
    routes.read("/v1/cases/{id}/family", Action::ReadCase, "What may be read to the parents or the guardian, or printed for them", schema_of::<FamilyQuery>, answer, family);
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct FamilyQuery {
    /// Who is to read it.
    reader: KeptFrom,
    /// Wait until this event shows: the `sequence` of a write.
    min_sequence: Option<u64>,
}

/// What may be read to the family. What is kept from it is not counted here either: a number would tell that there is something.
#[derive(Debug, Serialize, JsonSchema)]
struct FamilyPage {
    /// The case.
    case: CaseId,
    /// The oldest first.
    entries: Vec<Entry>,
}

async fn family(state: ApiState, call: Call) -> Result<Response, Problem> {
    let case = CaseId(call.parameters.id()?);
    let root = state.log().load::<Case>(case.into()).await?;
    call.allow(&state, Case::found(case.into(), &root)?).await?;
    // Who may not read the case is told that, and not how to ask.
    let asked: FamilyQuery = query(&call.address)?;
    let moment = AsOf::resolve(None, asked.min_sequence, &state, &[state.schema()], call.now).await?;
    let kept = kept_now(&state, case).await?;
    let mut entries = every_entry(&state, case, moment.sequence).await?;
    entries
        .retain(|entry| SHOWN.iter().any(|shown| entry.event_type.starts_with(shown)) && !entry.restricted);
    let mut shown = Shown::new(&FamilyPage { case, entries }, moment)?;
    drop_kept(shown.body(), &kept, asked.reader);
    for entry in shown.body().get_mut("entries").and_then(Value::as_array_mut).into_iter().flatten() {
        // From whom words are kept, and why, is not the family's to read.
        if let Some(body) = entry.get_mut("body").and_then(Value::as_object_mut) {
            body.remove("kept");
        }
    }
    // Whoever holds the page up, nothing above the team's level stands on it.
    let family = |level: SealLevel| matches!(level, SealLevel::Duty | SealLevel::Team);
    state.log().vault().open(shown.body(), family).await?;
    close(shown.body());
    let missing = incomplete(&state, Touched::Case(case), moment).await?;
    Ok(shown.incomplete(missing).respond(&call.headers))
}
