//! Care outside: consent, a request, waiting, appointments, and what stands in the way.

use jiff::{SignedDuration, Timestamp};
use nabij_model::Role;
use nabij_model::case::{Assent, CaseCommand, ConsentBy, ConsentRecorded, Interpreter, Recipient};
use nabij_model::id::{ConsentId, ReferralId};
use nabij_model::referral::{
    Accepted, AppointmentSet, Attended, Barrier, BarrierRecorded, Completed, ConsentBy as Agrees, Missed,
    ProviderKind, ProviderRefusal, ReferralCommand, ReferralConsent, Refused, Requested, Urgency, Waitlisted,
    Withdrawn,
};
use nabij_model::sealed::Sealed;

use crate::simulate::calibration as known;
use crate::simulate::step::Command;
use crate::simulate::story::Story;
use crate::simulate::texts::Topic;

const BARRIERS: [Barrier; 6] = [
    Barrier::Language,
    Barrier::Transport,
    Barrier::WaitingList,
    Barrier::NoInterpreter,
    Barrier::Stigma,
    Barrier::Distance,
];
const KINDS: [(ProviderKind, &str); 4] = [
    (ProviderKind::MentalHealthCentre, "CGG / SSM"),
    (ProviderKind::Psychologist, "Eerstelijnspsycholoog / Psychologue de première ligne"),
    (ProviderKind::GeneralPractitioner, "Wijkgezondheidscentrum / Maison médicale"),
    (ProviderKind::Psychiatrist, "Psychiater / Psychiatre"),
];

fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

/// Asks for care, with the resident's consent recorded first.
pub(super) fn request(story: &mut Story, resident: usize, at: Timestamp) {
    let it = &story.world.residents[resident];
    if !it.open {
        return;
    }
    let (by, agrees, assent) = match (it.minor(at), it.guardian, it.accompaniment) {
        (true, true, _) => (ConsentBy::Guardian, Agrees::Guardian, Some(Assent::Given)),
        (
            true,
            false,
            Some(nabij_model::case::Accompaniment::Parents | nabij_model::case::Accompaniment::OneParent),
        ) => (ConsentBy::Parent, Agrees::Parent, Some(Assent::Given)),
        _ => (ConsentBy::Resident, Agrees::Resident, None),
    };
    let (case, centre) = (it.case, story.world.centres[it.centre].id);
    let consent = ConsentRecorded {
        consent: ConsentId(story.chance.id(at)),
        by,
        capable: true,
        assent,
        scope: vec![Recipient::HealthCare, Recipient::MentalHealthCare],
        interpreter: *story.chance.one(&[
            Interpreter::Professional,
            Interpreter::NotNeeded,
            Interpreter::Informal,
        ]),
        until: None,
        note: None,
    };
    story.of(resident, Role::Psychosocial, at, CaseCommand::RecordConsent(consent));
    let (provider_kind, provider) = *story.chance.one(&KINDS);
    let requested = Requested {
        case,
        centre,
        provider: Sealed::plain(provider.to_owned()),
        provider_kind,
        urgency: *story.chance.one(&[Urgency::Routine, Urgency::Routine, Urgency::Soon, Urgency::Urgent]),
        reason: Sealed::plain(story.text(Topic::Worry, resident)),
        consent: ReferralConsent::Given { by: agrees },
    };
    let referral = ReferralId(story.chance.id(at));
    say(story, resident, referral, at, ReferralCommand::Request(requested));
    if story.chance.happens(known::REFERRAL_BARRIER) {
        story.after(at, days(9), move |story, at| {
            let barrier = *story.chance.one(&BARRIERS);
            say(
                story,
                resident,
                referral,
                at,
                ReferralCommand::RecordBarrier(BarrierRecorded { barrier, note: None }),
            );
        });
    }
    // One in ten is never answered: that is what the worklist is for.
    if story.chance.happens(0.9) {
        story.after(at, days(12), move |story, at| answer(story, resident, referral, at));
    }
}

fn say(story: &mut Story, resident: usize, referral: ReferralId, at: Timestamp, command: ReferralCommand) {
    let actor = story.staff(story.world.residents[resident].centre, Role::Psychosocial);
    story.say(at, actor, referral, Command::Referral(command));
}

fn answer(story: &mut Story, resident: usize, referral: ReferralId, at: Timestamp) {
    if story.chance.happens(known::REFERRAL_REFUSED) {
        let reason = *story.chance.one(&[
            ProviderRefusal::NoCapacity,
            ProviderRefusal::Language,
            ProviderRefusal::OutsideCriteria,
            ProviderRefusal::Region,
        ]);
        return say(story, resident, referral, at, ReferralCommand::Refuse(Refused { reason, note: None }));
    }
    if story.chance.happens(known::REFERRAL_WAITLISTED) {
        let waitlisted = Waitlisted { expected_on: Some(Story::date(at, 60)), note: None };
        say(story, resident, referral, at, ReferralCommand::Waitlist(waitlisted));
        return story.after(at, days(45), move |story, at| accepted(story, resident, referral, at));
    }
    accepted(story, resident, referral, at);
}

fn accepted(story: &mut Story, resident: usize, referral: ReferralId, at: Timestamp) {
    if !story.world.residents[resident].open {
        let withdrawn = Withdrawn { barrier: None, note: None };
        return say(story, resident, referral, at, ReferralCommand::Withdraw(withdrawn));
    }
    say(story, resident, referral, at, ReferralCommand::Accept(Accepted { note: None }));
    story.after(at, days(2), move |story, at| appointment(story, resident, referral, 0, at));
}

fn appointment(story: &mut Story, resident: usize, referral: ReferralId, before: u32, at: Timestamp) {
    let then = at + story.chance.wait(days(8)) + days(1);
    let then = story.by_day(then);
    let set = AppointmentSet {
        at: then,
        interpreter: Some(story.chance.happens(0.6)),
        accompanied: Some(story.chance.happens(0.4)),
    };
    say(story, resident, referral, at, ReferralCommand::SetAppointment(set));
    story.after(then, SignedDuration::from_hours(8), move |story, at| {
        went(story, resident, referral, before, at)
    });
}

fn went(story: &mut Story, resident: usize, referral: ReferralId, before: u32, at: Timestamp) {
    if story.chance.happens(known::ENGAGES) {
        say(story, resident, referral, at, ReferralCommand::Attend(Attended { note: None }));
        return story.after(at, days(50), move |story, at| {
            say(story, resident, referral, at, ReferralCommand::Complete(Completed { outcome: None }));
        });
    }
    let barrier = Some(*story.chance.one(&BARRIERS));
    say(story, resident, referral, at, ReferralCommand::Miss(Missed { barrier, note: None }));
    story.after(at, days(5), move |story, at| {
        if before < 2 && story.world.residents[resident].open {
            appointment(story, resident, referral, before + 1, at);
        } else {
            let withdrawn = Withdrawn { barrier: Some(Barrier::ResidentDeclined), note: None };
            say(story, resident, referral, at, ReferralCommand::Withdraw(withdrawn));
        }
    });
}
