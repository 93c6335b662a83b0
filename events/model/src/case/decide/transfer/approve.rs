//! No hasty transfers: soon after a signal only a discussion, or imminent danger, lets somebody move; and what the centre itself asks
//! for is always discussed first.
//!
//! A confidential signal about staff must protect whom it concerns from being moved away, and a refusal that hangs on it would tell
//! the very staff that there is one: ask for a transfer and see. So no refusal knows of it. The centre's own wish to move somebody waits for a
//! discussion whether anything was signalled or not, and the safeguarding person hears of the wish (deploy/rules,
//! `transfer-after-confidential`).

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp, ToSpan};

use super::super::super::age::today;
use super::super::super::command::ApproveTransfer;
use super::super::super::events::{
    ApprovalBasis, FileKind, FollowUp, GuardianAgreement, RequestedBy, TransferApproved, TransferRefused,
    Withheld,
};
use super::super::super::state::{CaseState, OpenTransfer, TransferStage};
use super::super::checks::{not_before_today, words};
use super::under_way;
use crate::context::Context;
use crate::refusal::Refusal;

pub(in super::super) fn approve(
    state: &CaseState,
    approval: ApproveTransfer,
    follow_up: FollowUp,
    withheld_words: Vec<Withheld>,
    context: &Context<'_>,
) -> Result<TransferApproved, Refusal> {
    let (transfer, from_centre) = under_way(state, approval.transfer)?;
    if transfer.stage > TransferStage::Requested {
        return Err(Refusal::conflict("transfer-approved", "this transfer is approved already"));
    }
    if let ApprovalBasis::ImminentDanger { review_on } = approval.basis {
        not_before_today(review_on, context, "/basis/imminent_danger/review_on")?;
        let days = context.policies.imminent_danger_review_days.value;
        if review_on > today(context.now).saturating_add(i64::from(days).days()) {
            return Err(Refusal::invalid(
                "review-too-late",
                format!(
                    "a transfer for imminent danger is looked at again within {days} days: give an earlier day"
                ),
                "/basis/imminent_danger/review_on",
            ));
        }
    } else {
        check_guardian(&transfer)?;
        check_haste(&transfer, approval.basis, follow_up, context)?;
    }
    let withheld = if withheld_words.is_empty() {
        approval.withheld
    } else {
        let kinds: BTreeSet<FileKind> = withheld_words.iter().map(|words| words.kind).collect();
        kinds.into_iter().collect()
    };
    Ok(TransferApproved {
        transfer: transfer.id,
        from_centre,
        to_centre: transfer.to_centre,
        basis: approval.basis,
        summary_version: approval.summary_version,
        withheld,
        withheld_words,
        follow_up,
    })
}

fn check_guardian(transfer: &OpenTransfer) -> Result<(), Refusal> {
    let disagreed = transfer.guardian_agreement == Some(GuardianAgreement::Disagreed);
    if disagreed && transfer.requested_by == RequestedBy::Centre {
        return Err(Refusal::forbidden(
            "guardian-disagrees",
            "the guardian does not agree: refuse the transfer, talk with the guardian, and ask again",
        ));
    }
    Ok(())
}

fn check_haste(
    transfer: &OpenTransfer,
    basis: ApprovalBasis,
    follow_up: FollowUp,
    context: &Context<'_>,
) -> Result<(), Refusal> {
    let days = context.policies.no_hasty_transfer_days.value;
    let period = SignedDuration::from_hours(24 * i64::from(days));
    let is_recent = |at: &Timestamp| context.now.duration_since(*at) < period;
    let signal = follow_up.last_signal_at.filter(is_recent);
    if signal.is_none() && transfer.requested_by != RequestedBy::Centre {
        return Ok(());
    }
    let after_signal = |at: &Timestamp| signal.is_none_or(|signal| *at > signal);
    let discussed = follow_up.last_discussion_at.filter(is_recent).is_some_and(|at| after_signal(&at));
    if matches!(basis, ApprovalBasis::Discussion(_)) && discussed {
        return Ok(());
    }
    Err(Refusal::forbidden(
        "hasty-transfer",
        format!(
            "nobody moves in haste: a transfer that the centre asks for, and any within {days} days of a signal, waits for a discussion of the last {days} days that came after the signal: discuss with the team now whether this is the moment and name that discussion, or approve for imminent danger"
        ),
    ))
}

pub(in super::super) fn refuse(
    state: &CaseState,
    refused: TransferRefused,
) -> Result<TransferRefused, Refusal> {
    let (transfer, _) = under_way(state, refused.transfer)?;
    if transfer.stage > TransferStage::Requested {
        return Err(Refusal::conflict(
            "transfer-approved",
            "this transfer is approved already: cancel it, as long as nobody left",
        ));
    }
    words(&refused.reason, "/reason")?;
    Ok(refused)
}

#[cfg(test)]
mod tests {
    use super::super::super::fixtures::{adult, elsewhere, from_json, unaccompanied};
    use super::super::fixtures::{approved, asked, id, requested};
    use crate::case::{Case, CaseCommand, CaseEvent, FollowUp};
    use crate::given::Given;
    use crate::id::{DiscussionId, TransferId};
    use serde_json::{Value, json};

    fn approve(basis: Value, signal: Option<&str>, discussion: Option<&str>) -> CaseCommand {
        CaseCommand::ApproveTransfer {
            approval: from_json(json!({"transfer": id(), "basis": basis, "summary_version": 42})),
            follow_up: FollowUp {
                last_signal_at: signal.map(|at| at.parse().unwrap()),
                last_discussion_at: discussion.map(|at| at.parse().unwrap()),
            },
            withheld: vec![],
        }
    }

    fn discussed() -> Value {
        json!({"discussion": DiscussionId::derived(&["d"])})
    }

    fn danger(review_on: &str) -> Value {
        json!({"imminent_danger": {"review_on": review_on}})
    }

    /// Which the dispatching service asked for.
    fn dispatched() -> Given<Case> {
        let requested = requested(json!({"requested_by": "dispatching"}));
        Given::<Case>::event(adult()).and(CaseEvent::TransferRequested(requested))
    }

    #[test]
    fn a_calm_transfer_is_approved_with_what_the_approver_saw() {
        let CaseEvent::TransferApproved(event) =
            dispatched().when(approve(json!("planned"), None, None)).then_one("transfer_approved")
        else {
            panic!("not approved")
        };
        assert_eq!((event.to_centre, event.summary_version), (elsewhere(), 42));
    }

    #[test]
    fn what_the_centre_asks_for_is_discussed_first_whatever_was_signalled() {
        let long_ago = Some("2026-02-15T12:00:00Z");
        let lately = Some("2026-02-15T12:00:01Z");
        for discussion in [None, long_ago, lately] {
            asked().when(approve(json!("planned"), None, discussion)).then_refused("hasty-transfer");
        }
        asked().when(approve(discussed(), None, long_ago)).then_refused("hasty-transfer");
        asked().when(approve(discussed(), None, lately)).then_one("transfer_approved");
    }

    #[test]
    fn soon_after_a_signal_a_discussion_comes_first() {
        let signal = Some("2026-02-25T12:00:00Z");
        let before = Some("2026-02-24T12:00:00Z");
        let after = Some("2026-02-27T12:00:00Z");
        asked().when(approve(json!("planned"), signal, None)).then_refused("hasty-transfer");
        asked().when(approve(json!("planned"), signal, after)).then_refused("hasty-transfer");
        asked().when(approve(discussed(), signal, None)).then_refused("hasty-transfer");
        asked().when(approve(discussed(), signal, before)).then_refused("hasty-transfer");
        asked().when(approve(discussed(), signal, signal)).then_refused("hasty-transfer");
        asked().when(approve(discussed(), signal, after)).then_one("transfer_approved");
    }

    #[test]
    fn a_signal_of_two_weeks_ago_makes_no_haste() {
        dispatched()
            .when(approve(json!("planned"), Some("2026-02-15T12:00:01Z"), None))
            .then_refused("hasty-transfer");
        dispatched()
            .when(approve(json!("planned"), Some("2026-02-15T12:00:00Z"), None))
            .then_one("transfer_approved");
    }

    #[test]
    fn imminent_danger_does_not_wait_but_is_looked_at_within_a_week() {
        let signal = Some("2026-03-01T11:00:00Z");
        asked().when(approve(danger("2026-03-08"), signal, None)).then_one("transfer_approved");
        asked().when(approve(danger("2026-03-09"), signal, None)).then_refused("review-too-late");
        asked().when(approve(danger("2026-02-28"), signal, None)).then_refused("date-is-over");
    }

    #[test]
    fn a_guardian_who_disagrees_is_overruled_by_danger_only() {
        let given = || {
            let requested = requested(json!({"guardian_agreement": "disagreed"}));
            Given::<Case>::event(unaccompanied()).and(CaseEvent::TransferRequested(requested))
        };
        given().when(approve(discussed(), None, None)).then_refused("guardian-disagrees");
        given().when(approve(danger("2026-03-02"), None, None)).then_one("transfer_approved");
    }

    #[test]
    fn a_transfer_is_approved_or_refused_once() {
        let refuse = |transfer: TransferId, reason: &str| {
            CaseCommand::RefuseTransfer(from_json(json!({"transfer": transfer, "reason": reason})))
        };
        asked().when(refuse(id(), "stay here")).then_one("transfer_refused");
        asked().when(refuse(id(), "")).then_refused("words-needed");
        asked().when(refuse(TransferId::derived(&["other"]), "no")).then_refused("transfer-unknown");
        approved().when(refuse(id(), "too late")).then_refused("transfer-approved");
        approved().when(approve(json!("planned"), None, None)).then_refused("transfer-approved");
        let body = json!({"transfer": id(), "reason": "stay here"});
        let refused = asked().and(CaseEvent::TransferRefused(from_json(body)));
        refused.when(approve(json!("planned"), None, None)).then_refused("transfer-ended");
    }
}
