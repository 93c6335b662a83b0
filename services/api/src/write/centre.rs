//! `/v1/centres`.

use nabij_model::centre::{Centre, CentreCommand as C, RegisterCentre};

use super::draft::Draft;
use super::written::CREATED;
use crate::access::{Action, Place};
use crate::route::{Input, Routes, schema_of};

#[rustfmt::skip]
pub(super) fn routes(routes: &mut Routes) {
    use Action::{AnswerCentre, ImproveCentre, ManageCentre, ReportCentre};
    register(routes);
    routes.command::<Centre, _>("/v1/centres/{id}/capacity", ManageCentre, C::SetCapacity, "Say how many places it has");
    routes.command::<Centre, _>("/v1/centres/{id}/occupancy", ReportCentre, C::ReportOccupancy, "Say how many live there");
    routes.command::<Centre, _>("/v1/centres/{id}/staffing", ReportCentre, C::ReportStaffing, "Say how many work there");
    routes.command::<Centre, _>("/v1/centres/{id}/participations", ImproveCentre, C::HoldParticipation, "Residents were asked, and get an answer by a day");
    routes.minting::<Centre, _>("/v1/centres/{id}/actions", ImproveCentre, &["action"], C::AddAction, "Plan a change of the place");
    routes.command::<Centre, _>("/v1/centres/{id}/actions/{action}/completions", ImproveCentre, C::CompleteAction, "It was done");
    routes.minting::<Centre, _>("/v1/centres/{id}/concerns", ImproveCentre, &["concern"], C::RaiseConcern, "Tell headquarters, which owes an answer");
    routes.command::<Centre, _>("/v1/centres/{id}/concerns/{concern}/answers", AnswerCentre, C::AnswerConcern, "Answer the centre");
    routes.command::<Centre, _>("/v1/centres/{id}/protocols", ImproveCentre, C::PractiseProtocol, "A protocol was practised");
    routes.command::<Centre, _>("/v1/centres/{id}/closing", ManageCentre, C::AnnounceClosing, "Say when it closes");
    routes.command::<Centre, _>("/v1/centres/{id}/close", ManageCentre, C::Close, "It closed");
}

/// A new centre has no operator on record yet: the policy is asked about the one that the body names.
fn register(routes: &mut Routes) {
    let input = Input::Body { schema: schema_of::<RegisterCentre>, optional: &[], own_id: true };
    let summary = "Make a centre known";
    routes.write("/v1/centres", Action::ManageCentre, summary, input, CREATED, |state, call| async move {
        let mut draft = Draft::begin(state, call)?;
        let id = draft.new_id("centres")?;
        let centre = draft.payload::<RegisterCentre>()?;
        draft.allow(Place { operator: Some(centre.operator.clone()), ..Place::default() }).await?;
        let accepted = draft.create::<Centre>(id, C::Register(centre)).await?;
        Ok(draft.respond::<Centre>(CREATED.status, &accepted))
    });
}
