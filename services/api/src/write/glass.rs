//! `/v1/cases/{id}/break-glass`: a file is opened in danger, and somebody looks at that afterwards.

use axum::response::Response;
use nabij_model::Root;
use nabij_model::case::{BreakGlass, Case, CaseCommand as C, GlassReviewed};
use nabij_model::id::GlassId;

use super::draft::Draft;
use super::placed::Placed;
use super::written::DONE;
use crate::access::{Action, Place};
use crate::problem::Problem;
use crate::route::{Call, Input, Routes, schema_of};
use crate::state::ApiState;

#[rustfmt::skip]
pub(super) fn routes(routes: &mut Routes) {
    let input = Input::Body { schema: schema_of::<BreakGlass>, optional: &["glass"], own_id: false };
    routes.write("/v1/cases/{id}/break-glass", Action::BreakGlass, "Open a file in danger: a reason is enough; the answer says until when, and it is reviewed afterwards", input, DONE, break_glass);
    routes.special::<GlassReviewed, _>("/v1/cases/{id}/break-glass/{glass}/review", Action::ReviewAudit, "Say whether it was right to open the file", review);
}

async fn break_glass(state: ApiState, call: Call) -> Result<Response, Problem> {
    let mut draft = Draft::begin(state, call)?;
    draft.mint("glass");
    let id = draft.call.parameters.id()?;
    let broken = draft.payload::<BreakGlass>()?;
    let glass: GlassId = broken.glass;
    let accepted = draft.execute::<Case>(id, C::BreakGlass(broken)).await?;
    let mut written = draft.written(&accepted);
    let root = draft.state.log().load::<Case>(id).await?;
    written.until = root.state.glasses.get(&glass).map(|glass| glass.until);
    written.reviewed_afterwards = Some(true);
    Ok(written.respond(DONE.status, "cases"))
}

/// It is reviewed where the file was when it was opened, as it stands on the auditors' list, wherever the case went since.
async fn review(mut draft: Draft) -> Result<Response, Problem> {
    let id = draft.call.parameters.id()?;
    let reviewed = draft.payload::<GlassReviewed>()?;
    let glass = reviewed.glass;
    let place = |root: &Root<Case>| {
        let place = Case::found(id, root)?;
        let centre = root.state.glasses.get(&glass).and_then(|glass| glass.centre).or(place.centre);
        Ok(Place { centre, ..place })
    };
    let root = draft.state.log().load::<Case>(id).await?;
    draft.allow(place(&root)?).await?;
    let permit = |root: &Root<Case>| draft.call.permit(&draft.state, place(root)?);
    let command = C::ReviewGlass(reviewed);
    let accepted = draft.state.log().execute_if::<Case>(id, command, &draft.submission()?, permit).await?;
    Ok(draft.respond::<Case>(DONE.status, &accepted))
}
