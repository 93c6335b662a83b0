//! Families move to another centre, and their files follow.

use jiff::{SignedDuration, Timestamp};
use nabij_model::Role;
use nabij_model::case::{
    Accompaniment, AcknowledgeHandover, ApprovalBasis, ApproveTransfer, CaseCommand, FollowUp,
    GuardianAgreement, MoveOn, RequestedBy, TransferCancelled, TransferKind, TransferRefused,
    TransferRequested, WhoMoves,
};
use nabij_model::discussion::DiscussionCommand;
use nabij_model::id::{DiscussionId, TransferId};
use nabij_model::sealed::Sealed;

use super::records;
use crate::simulate::calibration as known;
use crate::simulate::step::Command;
use crate::simulate::story::Story;
use crate::simulate::texts::Topic;

/// One resident's move.
#[derive(Clone, Copy)]
struct Move {
    resident: usize,
    transfer: TransferId,
    to: usize,
}

/// One day of `residents` people.
pub(in crate::simulate) fn day(story: &mut Story, day: u32, residents: f64) {
    if story.world.centres.len() < 2 {
        return;
    }
    for _ in 0..story.chance.count(residents * known::TRANSFERS_PER_YEAR / 365.0 / 1.4) {
        let at = story.moment(day);
        story.later(at, family);
    }
}

fn family(story: &mut Story, at: Timestamp) {
    let Some(one) = story.world.anybody(&mut story.chance) else { return };
    let family = story.world.residents[one].family;
    let members = story.world.families[family].members.clone();
    let free = |member: &usize| {
        let it = &story.world.residents[*member];
        it.open && !it.moving && !it.missing && it.centre == story.world.residents[one].centre
    };
    if !members.iter().all(free) {
        return;
    }
    let to = story.world.freest(Some(story.world.residents[one].centre));
    let who = if members.len() > 1 { WhoMoves::Household } else { WhoMoves::Resident };
    let kind = *story.chance.one(&[
        TransferKind::Phase,
        TransferKind::FamilyReunion,
        TransferKind::Medical,
        TransferKind::Capacity,
    ]);
    let (refused, cancelled) =
        (story.chance.happens(known::TRANSFER_REFUSED), story.chance.happens(known::TRANSFER_CANCELLED));
    let decided = story.chance.wait(SignedDuration::from_hours(60)) + SignedDuration::from_hours(3);
    let late = story.chance.happens(known::LATE_HANDOVER);
    for resident in members {
        let moves = Move { resident, transfer: TransferId(story.chance.id(at)), to };
        request(story, moves, kind, who, at);
        let then = story.by_day(at + decided);
        story.later(then, move |story, at| {
            if refused {
                let reason = Sealed::plain(story.text(Topic::Reason, resident));
                let refused = TransferRefused { transfer: moves.transfer, reason };
                story.of(resident, Role::Director, at, CaseCommand::RefuseTransfer(refused));
                story.world.residents[resident].moving = false;
            } else {
                approve(story, moves, cancelled, late, at);
            }
        });
    }
}

fn request(story: &mut Story, moves: Move, kind: TransferKind, who_moves: WhoMoves, at: Timestamp) {
    let Move { resident, transfer, to } = moves;
    story.world.residents[resident].moving = true;
    let it = &story.world.residents[resident];
    let alone = it.minor(at) && it.accompaniment == Some(Accompaniment::Unaccompanied);
    let guardian_agreement = alone.then_some(if it.guardian {
        GuardianAgreement::Agreed
    } else {
        GuardianAgreement::NoGuardianYet
    });
    let requested = TransferRequested {
        transfer,
        to_centre: story.world.centres[to].id,
        kind,
        requested_by: RequestedBy::Centre,
        who_moves,
        reason: Sealed::plain(story.text(Topic::Reason, resident)),
        alternatives: Some(Sealed::plain(story.text(Topic::Decision, resident))),
        resident_view: Some(Sealed::plain(story.text(Topic::View, resident))),
        guardian_agreement,
        handover: Some(Sealed::plain(story.text(Topic::Handover, resident))),
    };
    story.of(resident, Role::Coordinator, at, CaseCommand::RequestTransfer(requested));
}

/// Approves, after a discussion: nobody whom the centre wants to move is moved in haste.
fn approve(story: &mut Story, moves: Move, cancelled: bool, late: bool, at: Timestamp) {
    let Move { resident, transfer, .. } = moves;
    let it = &story.world.residents[resident];
    let (centre, case) = (it.centre, it.case);
    let id = DiscussionId(story.chance.id(at));
    let held = records::held(story, centre, vec![case], at);
    let actor = story.staff(centre, Role::Psychosocial);
    story.say(at, actor, id, Command::Discussion(DiscussionCommand::Hold(held)));
    story.world.residents[resident].last_discussion = Some(at);
    let basis = ApprovalBasis::Discussion(id);
    let it = &story.world.residents[resident];
    let follow_up = FollowUp { last_signal_at: it.last_signal, last_discussion_at: it.last_discussion };
    let approval = ApproveTransfer { transfer, basis, summary_version: 1, withheld: Vec::new() };
    let (centre, case) = (it.centre, it.case);
    let actor = story.staff(centre, Role::Director);
    let command = CaseCommand::ApproveTransfer { approval, follow_up, withheld: Vec::new() };
    story.say(at, actor, case, Command::Case(command));
    story.after(at, SignedDuration::from_hours(40), move |story, at| {
        if cancelled {
            let reason = Sealed::plain(story.text(Topic::View, resident));
            story.of(
                resident,
                Role::Coordinator,
                at,
                CaseCommand::CancelTransfer(TransferCancelled { transfer, reason }),
            );
            story.world.residents[resident].moving = false;
        } else {
            depart(story, moves, late, at);
        }
    });
}

fn depart(story: &mut Story, moves: Move, late: bool, at: Timestamp) {
    let Move { resident, transfer, to } = moves;
    story.of(resident, Role::Coordinator, at, CaseCommand::Depart(MoveOn { transfer, at: None }));
    story.later(at + SignedDuration::from_hours(3), move |story, at| {
        story.world.leave(resident);
        story.world.enter(resident, to);
        story.of(
            resident,
            Role::Companion,
            at,
            CaseCommand::ArriveFromTransfer(MoveOn { transfer, at: None }),
        );
        let mean = SignedDuration::from_hours(if late { 24 * 9 } else { 14 });
        story.after(at, mean, move |story, at| {
            let acknowledged = AcknowledgeHandover { transfer, missing: Vec::new(), note: None };
            story.of(resident, Role::Companion, at, CaseCommand::AcknowledgeHandover(acknowledged));
            story.world.residents[resident].moving = false;
        });
    });
}
