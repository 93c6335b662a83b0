//! Who asks for a transfer says what else was looked at and what the resident thinks of it.

use super::super::super::events::{Accompaniment, RequestedBy, TransferRequested};
use super::super::super::state::CaseState;
use super::super::checks::{minor, words};
use crate::actor::Role;
use crate::context::Context;
use crate::refusal::Refusal;
use crate::sealed::Sealed;

pub(in super::super) fn request(
    state: &CaseState,
    requested: TransferRequested,
    context: &Context<'_>,
) -> Result<TransferRequested, Refusal> {
    if state.transfer.is_some() {
        return Err(Refusal::conflict(
            "transfer-open",
            "a transfer of this case is under way: finish or cancel it first",
        ));
    }
    if state.ended_transfers.contains(&requested.transfer) {
        return Err(Refusal::conflict(
            "transfer-exists",
            "an earlier transfer of this case has this id: send another id",
        ));
    }
    if state.centre == Some(requested.to_centre) {
        return Err(Refusal::invalid(
            "same-centre",
            "the case is in this centre already: name another one",
            "/to_centre",
        ));
    }
    words(&requested.reason, "/reason")?;
    match requested.requested_by {
        RequestedBy::Centre => check_centre_request(&requested)?,
        RequestedBy::Dispatching if !dispatches(context.actor.role) => {
            return Err(Refusal::forbidden(
                "not-dispatching",
                "you do not act for the dispatching service: ask for the transfer as the centre",
            ));
        }
        RequestedBy::Dispatching => {}
    }
    let alone = state.accompaniment == Some(Accompaniment::Unaccompanied);
    if alone && requested.guardian_agreement.is_none() && minor(state, context)? {
        return Err(Refusal::invalid(
            "guardian-view-needed",
            "say what the guardian thinks of it: `agreed`, `disagreed`, `not_reached` or `no_guardian_yet`",
            "/guardian_agreement",
        ));
    }
    Ok(requested)
}

fn check_centre_request(requested: &TransferRequested) -> Result<(), Refusal> {
    let given =
        |text: Option<&Sealed<String>>, pointer| text.is_some_and(|text| words(text, pointer).is_ok());
    if !given(requested.resident_view.as_ref(), "/resident_view") {
        return Err(Refusal::invalid(
            "resident-view-needed",
            "write what the resident thinks of it, in their words: nobody is moved unheard",
            "/resident_view",
        ));
    }
    if !given(requested.alternatives.as_ref(), "/alternatives") {
        return Err(Refusal::invalid(
            "alternatives-needed",
            "write what else was looked at, also when nothing would do",
            "/alternatives",
        ));
    }
    Ok(())
}

fn dispatches(role: Role) -> bool {
    matches!(role, Role::Service | Role::NetworkHq | Role::OperatorHq)
}

#[cfg(test)]
mod tests {
    use super::super::super::fixtures::{
        adult, centre, child, from_json, of_unreadable_age, opened, unaccompanied,
    };
    use super::super::fixtures::{acknowledged, asked, requested};
    use crate::actor::{Actor, Role};
    use crate::case::{Case, CaseCommand, CaseEvent};
    use crate::given::{Given, staff};
    use serde_json::{Value, json};

    fn request(changes: Value) -> CaseCommand {
        CaseCommand::RequestTransfer(requested(changes))
    }

    fn dispatcher() -> Actor {
        Actor { role: Role::Service, ..staff("dispatching") }
    }

    #[test]
    fn one_transfer_at_a_time_and_each_with_its_own_id() {
        let other = json!({"transfer": crate::id::TransferId::derived(&["other"])});
        Given::<Case>::event(adult()).when(request(json!({}))).then_one("transfer_requested");
        asked().when(request(other.clone())).then_refused("transfer-open");
        let back = json!({"to_centre": centre()});
        acknowledged().when(request(back)).then_refused("transfer-exists");
        let body = json!({"transfer": crate::id::TransferId::derived(&["other"]), "to_centre": centre()});
        acknowledged().when(request(body)).then_one("transfer_requested");
    }

    #[test]
    fn a_case_moves_somewhere_else_and_for_a_reason() {
        let given = || Given::<Case>::event(adult());
        given().when(request(json!({"to_centre": centre()}))).then_refused("same-centre");
        given().when(request(json!({"reason": ""}))).then_refused("words-needed");
    }

    #[test]
    fn a_centre_brings_the_residents_view_and_the_alternatives() {
        let given = || Given::<Case>::event(adult());
        given().when(request(json!({"resident_view": null}))).then_refused("resident-view-needed");
        given().when(request(json!({"resident_view": " "}))).then_refused("resident-view-needed");
        given().when(request(json!({"alternatives": null}))).then_refused("alternatives-needed");
        let dispatched = json!({
            "resident_view": null, "alternatives": null, "kind": "capacity", "requested_by": "dispatching",
        });
        given().by(dispatcher()).when(request(dispatched)).then_one("transfer_requested");
    }

    #[test]
    fn a_team_does_not_pass_for_the_dispatching_service() {
        let pretended = json!({"resident_view": null, "requested_by": "dispatching"});
        Given::<Case>::event(adult()).when(request(pretended)).then_refused("not-dispatching");
    }

    #[test]
    fn an_unaccompanied_minors_guardian_is_asked() {
        let unasked = || request(json!({"guardian_agreement": null}));
        Given::<Case>::event(unaccompanied()).when(unasked()).then_refused("guardian-view-needed");
        Given::<Case>::event(unaccompanied()).when(request(json!({}))).then_one("transfer_requested");
        Given::<Case>::event(child()).when(unasked()).then_one("transfer_requested");
        let adult_alone = CaseEvent::Opened(opened(json!({"accompaniment": "unaccompanied"})));
        Given::<Case>::event(adult_alone).when(unasked()).then_one("transfer_requested");
        let alone = CaseEvent::AccompanimentSet(from_json(json!({"accompaniment": "unaccompanied"})));
        Given::<Case>::event(of_unreadable_age())
            .and(alone)
            .when(unasked())
            .then_refused("birth-date-unreadable");
    }
}
