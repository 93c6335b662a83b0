//! `/v1/cases/{id}/transfers`: who asks, who decides, who receives.

use axum::response::Response;
use nabij_model::case::{ApproveTransfer, Case, CaseCommand as C};

use super::draft::Draft;
use super::written::DONE;
use crate::access::Action::{DecideTransfer, ReceiveCase, SendCase};
use crate::problem::Problem;
use crate::read::{follow_up, summary_read};
use crate::route::Routes;

#[rustfmt::skip]
pub(super) fn routes(routes: &mut Routes) {
    routes.minting::<Case, _>("/v1/cases/{id}/transfers", SendCase, &["transfer"], C::RequestTransfer, "Ask for a transfer");
    routes.special::<ApproveTransfer, _>("/v1/cases/{id}/transfers/{transfer}/approve", DecideTransfer, "Let it go ahead", approve);
    routes.command::<Case, _>("/v1/cases/{id}/transfers/{transfer}/refuse", DecideTransfer, C::RefuseTransfer, "It will not go ahead");
    routes.command::<Case, _>("/v1/cases/{id}/transfers/{transfer}/cancel", SendCase, C::CancelTransfer, "Take it back before departure");
    routes.command::<Case, _>("/v1/cases/{id}/transfers/{transfer}/depart", SendCase, C::Depart, "The resident left");
    routes.command::<Case, _>("/v1/cases/{id}/transfers/{transfer}/arrive", ReceiveCase, C::ArriveFromTransfer, "The resident is in the other centre, whose team answers for their safety");
    routes.command::<Case, _>("/v1/cases/{id}/transfers/{transfer}/acknowledge", ReceiveCase, C::AcknowledgeHandover, "The receiving team read the handover: the file is theirs");
}

/// The approver names the version of the summary that they read: an older one is refused with what was written since, and what the
/// summary withheld goes on record. The approver does not say when the case was last signalled or discussed: the views do, once they show everything
/// that was in the log when the approval came in.
async fn approve(mut draft: Draft) -> Result<Response, Problem> {
    let id = draft.call.parameters.id()?;
    let approval = draft.payload::<ApproveTransfer>()?;
    draft.allow_record::<Case>(id).await?;
    let version = approval.summary_version;
    let summary = summary_read(&draft.state, id.into(), approval.transfer, version).await?;
    let follow_up = follow_up(&draft.state, id.into()).await?;
    let command = C::ApproveTransfer { approval, follow_up, withheld: summary.withheld };
    let accepted = draft.execute::<Case>(id, command).await?;
    Ok(draft.respond::<Case>(DONE.status, &accepted))
}
