//! What is written most: contacts, strengths, small plans, the resident's own words, a night away.

use jiff::{SignedDuration, Timestamp};
use nabij_model::Role;
use nabij_model::case::{
    CaseCommand, Channel, ContactNoted, Found, FoundHow, PlanActionAdded, PlanActionCancelled,
    PlanActionCompleted, Recipient, ReportedMissing, ResponseAdded, Voice,
};
use nabij_model::id::ActionId;
use nabij_model::sealed::{Sealed, Secrecy};

use super::signals;
use crate::simulate::calibration as known;
use crate::simulate::story::Story;
use crate::simulate::texts::Topic;

/// What somebody writes about somebody.
type About = fn(&mut Story, usize, Timestamp);

/// One day of `residents` people.
pub(in crate::simulate) fn day(story: &mut Story, day: u32, residents: f64) {
    let rates: [(f64, About); 6] = [
        (known::CONTACTS_PER_DAY, contact),
        (known::WORRIES_PER_DAY, signals::worry),
        (known::STRENGTHS_PER_DAY, signals::strength),
        (known::PLAN_ACTIONS_PER_DAY, plan),
        (known::RESPONSES_PER_DAY, response),
        (known::ABSENCES_PER_YEAR / 365.0, absence),
    ];
    for (rate, about) in rates {
        for _ in 0..story.chance.count(residents * rate) {
            let at = story.moment(day);
            story.later(at, move |story, at| {
                if let Some(resident) = story.world.anybody(&mut story.chance) {
                    about(story, resident, at);
                }
            });
        }
    }
}

fn contact(story: &mut Story, resident: usize, at: Timestamp) {
    let minor = story.world.residents[resident].minor(at);
    let with = if minor && story.chance.happens(0.2) { Voice::Parent } else { Voice::Resident };
    let channel = match story.chance.weighted([0.85, 0.1, 0.05].into_iter()) {
        0 => Channel::InPerson,
        1 => Channel::Call,
        _ => Channel::Message,
    };
    // That it happened is enough: most are noted without a word.
    let note = story.chance.happens(0.35).then(|| Sealed::plain(story.text(Topic::Contact, resident)));
    let noted = ContactNoted { with, channel, at: None, note, secrecy: Secrecy::Team };
    let role = if story.chance.happens(0.6) { Role::Companion } else { Role::Frontline };
    story.of(resident, role, at, CaseCommand::NoteContact(noted));
}

/// Something that will be done, and what becomes of it.
pub(super) fn plan(story: &mut Story, resident: usize, at: Timestamp) {
    let action = ActionId(story.chance.id(at));
    let added = PlanActionAdded {
        action,
        what: Sealed::plain(story.text(Topic::Plan, resident)),
        role: Role::Companion,
        deputies: vec![Role::Psychosocial],
        due_on: Story::date(at, 10 + story.chance.between(0, 20)),
        protocol: None,
        step: None,
    };
    story.of(resident, Role::Companion, at, CaseCommand::AddPlanAction(added));
    if story.chance.happens(0.88) {
        story.after(at, SignedDuration::from_hours(24 * 11), move |story, at| {
            if !story.world.residents[resident].open {
                return;
            }
            let command = if story.chance.happens(0.92) {
                let outcome = Some(Sealed::plain(story.text(Topic::PlanOutcome, resident)));
                CaseCommand::CompletePlanAction(PlanActionCompleted { action, outcome })
            } else {
                let reason = Sealed::plain(story.text(Topic::Reason, resident));
                CaseCommand::CancelPlanAction(PlanActionCancelled { action, reason })
            };
            story.of(resident, Role::Companion, at, command);
        });
    }
}

fn response(story: &mut Story, resident: usize, at: Timestamp) {
    let words = Sealed::plain(story.text(Topic::OwnWords, resident));
    let added = ResponseAdded { by: Voice::Resident, words, about: None, secrecy: Secrecy::Team, kept: None };
    story.of(resident, Role::Companion, at, CaseCommand::AddResponse(added));
}

/// Nobody knows where somebody is for a while.
fn absence(story: &mut Story, resident: usize, at: Timestamp) {
    if story.world.residents[resident].missing {
        return;
    }
    story.world.residents[resident].missing = true;
    let worrying = story.world.residents[resident].minor(at);
    let missing = ReportedMissing {
        last_seen_at: Some(at - SignedDuration::from_hours(story.chance.between(6, 30))),
        worrying: Some(worrying),
        told: if worrying { vec![Recipient::Police] } else { Vec::new() },
        note: None,
    };
    story.of(resident, Role::Frontline, at, CaseCommand::ReportMissing(missing));
    story.after(at, SignedDuration::from_hours(30), move |story, at| {
        if story.world.residents[resident].open {
            story.world.residents[resident].missing = false;
            let how = if story.chance.happens(0.85) { FoundHow::Returned } else { FoundHow::InTouch };
            story.of(
                resident,
                Role::Frontline,
                at,
                CaseCommand::ReportFound(Found { how, at: None, note: None }),
            );
        }
    });
}
