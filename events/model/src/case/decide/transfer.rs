//! A transfer is asked with the resident's view, approved after follow-up, and finished by the receiving team.

mod approve;
mod request;
mod steps;

pub(super) use approve::{approve, refuse};
pub(super) use request::request;
pub(super) use steps::{acknowledge, arrive, cancel, depart};

use super::super::state::{CaseState, OpenTransfer};
use crate::id::{CentreId, TransferId};
use crate::refusal::Refusal;

/// The transfer under way, which must be the one that the caller means, and the centre that it leaves.
fn under_way(state: &CaseState, transfer: TransferId) -> Result<(OpenTransfer, CentreId), Refusal> {
    match (state.transfer, state.centre) {
        (Some(open), Some(from_centre)) if open.id == transfer => Ok((open, from_centre)),
        _ if state.ended_transfers.contains(&transfer) => Err(Refusal::conflict(
            "transfer-ended",
            "this transfer was finished, refused or cancelled: request a new one",
        )),
        _ => Err(Refusal::not_found(
            "transfer-unknown",
            "this case has no transfer with this id: request it first",
        )),
    }
}

#[cfg(test)]
mod fixtures {
    use super::super::fixtures::{adult, centre, elsewhere, from_json};
    use crate::case::{ApprovalBasis, Case, CaseEvent, FollowUp, TransferApproved, TransferRequested};
    use crate::given::Given;
    use crate::id::TransferId;
    use serde_json::{Value, json};

    pub(super) fn id() -> TransferId {
        TransferId::derived(&["transfer"])
    }

    /// A complete request of a centre, with `changes`; a null takes a field away.
    pub(super) fn requested(changes: Value) -> TransferRequested {
        let mut body = json!({
            "transfer": id(), "to_centre": elsewhere(), "kind": "safety", "who_moves": "resident",
            "reason": "a conflict", "alternatives": "another room", "resident_view": "rather stays",
            "guardian_agreement": "agreed",
        });
        let fields = body.as_object_mut().unwrap();
        fields.extend(changes.as_object().unwrap().clone());
        fields.retain(|_, value| !value.is_null());
        from_json(body)
    }

    pub(super) fn asked() -> Given<Case> {
        Given::<Case>::event(adult()).and(CaseEvent::TransferRequested(requested(json!({}))))
    }

    pub(super) fn approved() -> Given<Case> {
        asked().and(CaseEvent::TransferApproved(TransferApproved {
            transfer: id(),
            from_centre: centre(),
            to_centre: elsewhere(),
            basis: ApprovalBasis::Planned,
            summary_version: 1,
            withheld: vec![],
            withheld_words: vec![],
            follow_up: FollowUp::default(),
        }))
    }

    fn step(at: &str) -> Value {
        json!({"transfer": id(), "from_centre": centre(), "to_centre": elsewhere(), "at": at})
    }

    pub(super) fn departed() -> Given<Case> {
        approved().and(CaseEvent::TransferDeparted(from_json(step("2026-03-01T09:00:00Z"))))
    }

    pub(super) fn arrived() -> Given<Case> {
        departed().and(CaseEvent::TransferArrived(from_json(step("2026-03-01T11:00:00Z"))))
    }

    pub(super) fn acknowledged() -> Given<Case> {
        let body = json!({"transfer": id(), "from_centre": centre(), "to_centre": elsewhere()});
        arrived().and(CaseEvent::TransferHandoverAcknowledged(from_json(body)))
    }
}
