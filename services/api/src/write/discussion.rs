//! `/v1/discussions`.

use axum::response::Response;
use nabij_model::discussion::{Discussion, DiscussionCommand as C, HoldDiscussion};
use nabij_model::signal::Signal;

use super::draft::Draft;
use super::written::CREATED;
use crate::access::{Action, Place};
use crate::problem::Problem;
use crate::route::{Call, Input, Routes, schema_of};
use crate::state::ApiState;

#[rustfmt::skip]
pub(super) fn routes(routes: &mut Routes) {
    let input = Input::Body { schema: schema_of::<HoldDiscussion>, optional: &[], own_id: true };
    routes.write("/v1/discussions", Action::HoldDiscussion, "Write down a discussion", input, CREATED, hold);
    routes.command::<Discussion, _>("/v1/discussions/{id}/debriefs", Action::HoldDiscussion, C::OfferDebrief, "A debriefing was offered; counts only");
}

async fn hold(state: ApiState, call: Call) -> Result<Response, Problem> {
    let mut draft = Draft::begin(state, call)?;
    let id = draft.new_id("discussions")?;
    let mut held = draft.payload::<HoldDiscussion>()?;
    held.confidential = about_confidential(&draft, &held).await?;
    draft.allow(Place { confidential: held.confidential, ..Place::centre(held.centre) }).await?;
    draft.refuse_erased(&held.cases, "/cases").await?;
    let accepted = draft.create::<Discussion>(id, C::Hold(held)).await?;
    Ok(draft.respond::<Discussion>(CREATED.status, &accepted))
}

/// Whether a signal that the discussion names is confidential: then so is the discussion, and to a team that names it the
/// signal does not exist. Whoever writes the discussion down does not choose.
async fn about_confidential(draft: &Draft, held: &HoldDiscussion) -> Result<bool, Problem> {
    for signal in &held.signals {
        if draft.state.log().load::<Signal>(signal.0).await?.state.confidential {
            return Ok(true);
        }
    }
    Ok(false)
}
