//! `/v1/discussions`.

use axum::response::Response;
use nabij_model::discussion::{Discussion, DiscussionCommand as C, HoldDiscussion};
use nabij_model::id::SignalId;
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
    held.confidential = confidential(&draft, &held.signals).await?;
    draft.allow(Place { confidential: held.confidential, ..Place::centre(held.centre) }).await?;
    draft.refuse_erased(&held.cases, "/cases").await?;
    let accepted = draft.create::<Discussion>(id, C::Hold(held)).await?;
    Ok(draft.respond::<Discussion>(CREATED.status, &accepted))
}

/// Whether one of the signals is confidential: then so is the discussion. Whoever writes it down does not choose.
///
/// # Errors
/// 404 for a signal that does not exist to the caller.
async fn confidential(draft: &Draft, signals: &[SignalId]) -> Result<bool, Problem> {
    let mut confidential = false;
    for signal in signals {
        confidential |= draft.known::<Signal>(signal.0).await?.state.confidential;
    }
    Ok(confidential)
}
