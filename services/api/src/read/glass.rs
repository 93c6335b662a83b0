//! `/v1/break-glass`: which files were opened in danger, and what auditors thought of it. Nothing of the files.

use axum::response::Response;
use nabij_caseload::BrokenGlasses;
use nabij_model::CentreId;
use schemars::JsonSchema;
use serde::Deserialize;

use super::JSON;
use super::answer::Shown;
use super::moment::AsOf;
use super::reveal::reveal;
use crate::access::{Action, Place};
use crate::input::query;
use crate::problem::Problem;
use crate::route::{Answer, Call, Routes, schema_of};
use crate::state::ApiState;

#[rustfmt::skip]
pub(super) fn routes(routes: &mut Routes) {
    let answer = Answer { schema: schema_of::<BrokenGlasses>, ..JSON };
    routes.read("/v1/break-glass", Action::ReviewAudit, "Files that were opened in danger, with their reviews: due and done", schema_of::<GlassQuery>, answer, list);
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GlassQuery {
    /// Only what must still be reviewed; with `false` only what was. Absent: all.
    due: Option<bool>,
    /// As the network knew it then: a sequence or a time.
    as_of: Option<AsOf>,
    /// Wait until this event shows: the `sequence` of a write.
    min_sequence: Option<u64>,
    /// At most so many, 1 to 200.
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<u64>,
}

/// The words of who broke the glass were written for the auditor, who opens them here and nothing else.
async fn list(state: ApiState, call: Call) -> Result<Response, Problem> {
    let asked: GlassQuery = query(&call.address)?;
    let limit = super::limit(asked.limit)?;
    let moment = AsOf::resolve(asked.as_of, asked.min_sequence, &state, &[state.schema()], call.now).await?;
    let centres = match &call.actor.operator {
        None => {
            call.permit(&state, Place::default())?;
            None
        }
        Some(operator) => {
            call.permit(&state, Place { operator: Some(operator.clone()), ..Place::default() })?;
            let centres = state.caseload().centres(Some(operator.as_str()), moment.sequence).await?;
            Some(centres.into_iter().map(|centre| centre.centre).collect::<Vec<CentreId>>())
        }
    };
    let views = state.caseload();
    let list =
        views.broken_glass(centres.as_deref(), asked.due, moment.sequence, asked.cursor, limit).await?;
    for glass in &list.glasses {
        call.allow(&state, Place::case(glass.case, glass.centre)).await?;
    }
    let mut shown = Shown::new(&list, moment)?;
    state.log().vault().open(shown.body(), |_| true).await?;
    reveal(&state, &call, &Place::default(), shown.body()).await?;
    Ok(shown.respond(&call.headers))
}
