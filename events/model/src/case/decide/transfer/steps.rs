//! Departure, arrival, acknowledged handover, in this order; taken back before departure only.

use super::super::super::command::{AcknowledgeHandover, MoveOn};
use super::super::super::events::{
    TransferArrived, TransferCancelled, TransferDeparted, TransferHandoverAcknowledged,
};
use super::super::super::state::{CaseState, TransferStage};
use super::super::checks::{not_after_now, words};
use super::under_way;
use crate::context::Context;
use crate::refusal::Refusal;

pub(in super::super) fn cancel(
    state: &CaseState,
    cancelled: TransferCancelled,
) -> Result<TransferCancelled, Refusal> {
    let (transfer, _) = under_way(state, cancelled.transfer)?;
    if transfer.stage >= TransferStage::Departed {
        return Err(departed_already(
            "the resident left already: record the arrival, and request a transfer back",
        ));
    }
    words(&cancelled.reason, "/reason")?;
    Ok(cancelled)
}

pub(in super::super) fn depart(
    state: &CaseState,
    departure: MoveOn,
    context: &Context<'_>,
) -> Result<TransferDeparted, Refusal> {
    let (transfer, from_centre) = under_way(state, departure.transfer)?;
    match transfer.stage {
        TransferStage::Requested => {
            return Err(Refusal::conflict(
                "transfer-not-approved",
                "nobody approved this transfer yet: have it approved first, for imminent danger if need be",
            ));
        }
        TransferStage::Approved => {}
        TransferStage::Departed | TransferStage::Arrived => {
            return Err(departed_already("the departure is recorded already"));
        }
    }
    let at = not_after_now(departure.at.unwrap_or(context.now), context, "/at")?;
    Ok(TransferDeparted { transfer: transfer.id, from_centre, to_centre: transfer.to_centre, at })
}

pub(in super::super) fn arrive(
    state: &CaseState,
    arrival: MoveOn,
    context: &Context<'_>,
) -> Result<TransferArrived, Refusal> {
    let (transfer, from_centre) = under_way(state, arrival.transfer)?;
    match transfer.stage {
        TransferStage::Requested | TransferStage::Approved => {
            return Err(Refusal::conflict(
                "transfer-not-departed",
                "no departure is recorded: record it before the arrival",
            ));
        }
        TransferStage::Departed => {}
        TransferStage::Arrived => {
            return Err(Refusal::conflict("transfer-arrived", "the arrival is recorded already"));
        }
    }
    let at = not_after_now(arrival.at.unwrap_or(context.now), context, "/at")?;
    if transfer.departed_at.is_some_and(|departed_at| at < departed_at) {
        return Err(Refusal::invalid(
            "impossible-date",
            "nobody arrives before they left: correct the moment of arrival",
            "/at",
        ));
    }
    Ok(TransferArrived { transfer: transfer.id, from_centre, to_centre: transfer.to_centre, at })
}

pub(in super::super) fn acknowledge(
    state: &CaseState,
    acknowledged: AcknowledgeHandover,
    context: &Context<'_>,
) -> Result<TransferHandoverAcknowledged, Refusal> {
    let (transfer, from_centre) = under_way(state, acknowledged.transfer)?;
    if transfer.stage != TransferStage::Arrived {
        return Err(Refusal::conflict(
            "transfer-not-arrived",
            "no arrival is recorded: a handover is acknowledged when the resident is there",
        ));
    }
    // Otherwise a sender could declare a file received that nobody read.
    let centres = &context.actor.centres;
    if !centres.is_empty() && !centres.contains(&transfer.to_centre) {
        return Err(Refusal::forbidden(
            "receiving-team-acknowledges",
            "only the receiving team acknowledges a handover: ask them to",
        ));
    }
    Ok(TransferHandoverAcknowledged {
        transfer: transfer.id,
        from_centre,
        to_centre: transfer.to_centre,
        missing: acknowledged.missing,
        note: acknowledged.note,
    })
}

fn departed_already(detail: &'static str) -> Refusal {
    Refusal::conflict("transfer-departed", detail)
}

#[cfg(test)]
mod tests {
    use super::super::super::fixtures::{centre, elsewhere, from_json};
    use super::super::fixtures::{acknowledged, approved, arrived, asked, departed, id};
    use crate::actor::Actor;
    use crate::case::{Case, CaseCommand, TransferStage};
    use crate::decider::Decider;
    use crate::given::staff;
    use serde_json::json;
    use uuid::Uuid;

    fn depart() -> CaseCommand {
        CaseCommand::Depart(from_json(json!({"transfer": id()})))
    }

    fn arrive(at: &str) -> CaseCommand {
        CaseCommand::ArriveFromTransfer(from_json(json!({"transfer": id(), "at": at})))
    }

    fn acknowledge() -> CaseCommand {
        CaseCommand::AcknowledgeHandover(from_json(json!({"transfer": id(), "missing": ["plan"]})))
    }

    fn cancel(reason: &str) -> CaseCommand {
        CaseCommand::CancelTransfer(from_json(json!({"transfer": id(), "reason": reason})))
    }

    const NOON: &str = "2026-03-01T12:00:00Z";

    #[test]
    fn the_steps_of_a_transfer_have_one_order() {
        asked().when(depart()).then_refused("transfer-not-approved");
        approved().when(depart()).then_one("transfer_departed");
        approved().when(arrive(NOON)).then_refused("transfer-not-departed");
        departed().when(depart()).then_refused("transfer-departed");
        departed().when(arrive(NOON)).then_one("transfer_arrived");
        departed().when(acknowledge()).then_refused("transfer-not-arrived");
        arrived().when(arrive(NOON)).then_refused("transfer-arrived");
        arrived().when(acknowledge()).then_one("transfer_handover_acknowledged");
        acknowledged().when(acknowledge()).then_refused("transfer-ended");
    }

    #[test]
    fn nobody_arrives_before_they_left_or_in_the_future() {
        departed().when(arrive("2026-03-01T08:59:00Z")).then_refused("impossible-date");
        departed().when(arrive("2026-03-01T12:01:00Z")).then_refused("impossible-date");
        let tomorrow = json!({"transfer": id(), "at": "2026-03-02T12:00:00Z"});
        approved().when(CaseCommand::Depart(from_json(tomorrow))).then_refused("impossible-date");
    }

    #[test]
    fn a_transfer_is_taken_back_before_departure_only() {
        asked().when(cancel("solved")).then_one("transfer_cancelled");
        approved().when(cancel("solved")).then_one("transfer_cancelled");
        approved().when(cancel(" ")).then_refused("words-needed");
        departed().when(cancel("solved")).then_refused("transfer-departed");
    }

    #[test]
    fn the_receiving_team_acknowledges_not_the_sender() {
        let of = |centre| Actor { centres: vec![centre], ..staff("colleague") };
        arrived().by(of(centre())).when(acknowledge()).then_refused("receiving-team-acknowledges");
        arrived().by(of(elsewhere())).when(acknowledge()).then_one("transfer_handover_acknowledged");
    }

    #[test]
    fn safety_passes_at_arrival_and_the_file_at_the_acknowledged_handover() {
        let owner = |state: &crate::case::CaseState| Case::concerns(Uuid::from_u128(1), state).centre;
        let (on_its_way, there, done) = (departed(), arrived(), acknowledged());
        assert_eq!(on_its_way.state().safety_centre, Some(centre()));
        assert_eq!((owner(there.state()), there.state().safety_centre), (Some(centre()), Some(elsewhere())));
        assert_eq!(there.state().transfer.unwrap().stage, TransferStage::Arrived);
        assert_eq!((owner(done.state()), done.state().safety_centre), (Some(elsewhere()), Some(elsewhere())));
        assert!(done.state().transfer.is_none());
    }
}
