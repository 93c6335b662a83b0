//! The rules of a referral: what may follow what, and on whose consent it rests.

use jiff::Timestamp;

use super::command::ReferralCommand;
use super::events::{ReferralConsent, ReferralEvent, Requested};
use super::state::{ReferralState, ReferralStatus};
use crate::context::Context;
use crate::refusal::Refusal;
use crate::sealed::Sealed;

pub(super) fn decide(
    state: &ReferralState,
    command: ReferralCommand,
    context: &Context<'_>,
) -> Result<Vec<ReferralEvent>, Refusal> {
    use ReferralStatus::{Accepted, AppointmentSet, Attended, Missed, Waitlisted};
    const ASKED: ReferralStatus = ReferralStatus::Requested;

    if let ReferralCommand::Request(requested) = command {
        return request(state, requested).map(|requested| vec![ReferralEvent::Requested(requested)]);
    }
    let Some(status) = state.status else {
        return Err(Refusal::not_found("referral-unknown", "no referral has this id: request it first"));
    };
    let from = |allowed: &[ReferralStatus], what| follows(status, allowed, what);
    let event = match command {
        ReferralCommand::Request(_) => unreachable!("handled above"),
        ReferralCommand::Accept(accepted) => {
            from(&[ASKED, Waitlisted], "it is accepted")?;
            ReferralEvent::Accepted(accepted)
        }
        ReferralCommand::Waitlist(waitlisted) => {
            from(&[ASKED, Accepted], "it is put on a waiting list")?;
            ReferralEvent::Waitlisted(waitlisted)
        }
        ReferralCommand::Refuse(refused) => {
            from(&[ASKED, Waitlisted, Accepted], "the provider refuses it")?;
            ReferralEvent::Refused(refused)
        }
        ReferralCommand::SetAppointment(appointment) => {
            from(&[ASKED, Waitlisted, Accepted, AppointmentSet, Attended, Missed], "an appointment is set")?;
            ReferralEvent::AppointmentSet(appointment)
        }
        ReferralCommand::Attend(attended) => {
            from(&[AppointmentSet], "its appointment is attended")?;
            appointment_past(state, context.now)?;
            ReferralEvent::Attended(attended)
        }
        ReferralCommand::Miss(missed) => {
            from(&[AppointmentSet], "its appointment is missed")?;
            appointment_past(state, context.now)?;
            ReferralEvent::Missed(missed)
        }
        ReferralCommand::Complete(completed) => {
            if !status.ended() && !state.attended_once {
                return Err(Refusal::conflict(
                    "never-attended",
                    "care that nobody attended is not completed: record the attendance, or withdraw the referral",
                ));
            }
            from(&[Accepted, AppointmentSet, Attended, Missed, Waitlisted], "it is completed")?;
            ReferralEvent::Completed(completed)
        }
        ReferralCommand::Withdraw(withdrawn) => {
            from(&[ASKED, Waitlisted, Accepted, AppointmentSet, Attended, Missed], "it is withdrawn")?;
            ReferralEvent::Withdrawn(withdrawn)
        }
        // Also of a referral that has ended: what stood in the way is often learned later.
        ReferralCommand::RecordBarrier(barrier) => ReferralEvent::BarrierRecorded(barrier),
    };
    Ok(vec![event])
}

fn request(state: &ReferralState, requested: Requested) -> Result<Requested, Refusal> {
    if state.status.is_some() {
        return Err(Refusal::conflict("referral-exists", "a referral with this id is requested already"));
    }
    match &requested.consent {
        ReferralConsent::Given { .. } => Ok(requested),
        ReferralConsent::NotGiven => Err(Refusal::invalid(
            "consent-needed",
            "nobody is referred without consent: say who gave it, or give the vital interest that overrides it",
            "/consent",
        )),
        ReferralConsent::VitalInterest { justification } if blank(justification) => Err(Refusal::invalid(
            "justification-needed",
            "say why a life is at stake and nobody could be asked",
            "/consent/vital_interest/justification",
        )),
        ReferralConsent::VitalInterest { .. } => Ok(requested),
    }
}

fn follows(status: ReferralStatus, allowed: &[ReferralStatus], what: &str) -> Result<(), Refusal> {
    if allowed.contains(&status) {
        return Ok(());
    }
    let possible: Vec<String> = allowed.iter().map(ToString::to_string).collect();
    Err(Refusal::conflict(
        if status.ended() { "referral-ended" } else { "referral-transition" },
        format!("the referral is {status}; {what} only when it is {}", possible.join(", ")),
    ))
}

fn appointment_past(state: &ReferralState, now: Timestamp) -> Result<(), Refusal> {
    match state.appointment {
        Some(at) if at > now => Err(Refusal::conflict(
            "appointment-ahead",
            format!("the appointment is at {at}: nobody attended or missed it yet"),
        )),
        _ => Ok(()),
    }
}

fn blank<L: crate::sealed::DefaultLevel>(words: &Sealed<String, L>) -> bool {
    words.get().is_none_or(|words| words.trim().is_empty())
}
