//! The rules of a referral: what may follow what, and on whose consent it rests.

use jiff::Timestamp;

use super::command::ReferralCommand;
use super::events::{ReferralConsent, ReferralEvent, Requested};
use super::state::{ReferralState, ReferralStatus};
use crate::check;
use crate::context::Context;
use crate::refusal::Refusal;

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
    check::words(&requested.provider, "/provider")?;
    check::words(&requested.reason, "/reason")?;
    match &requested.consent {
        ReferralConsent::Given { .. } => {}
        ReferralConsent::VitalInterest { justification } => {
            check::words(justification, "/consent/vital_interest/justification")?;
        }
        ReferralConsent::NotGiven => {
            return Err(Refusal::invalid(
                "consent-needed",
                "nobody is referred without consent: say who gave it, or the vital interest that overrides it",
                "/consent",
            ));
        }
    }
    Ok(requested)
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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::given::Given;
    use crate::referral::Referral;
    use crate::sealed::SealLevel;

    fn requested(change: impl FnOnce(&mut Value)) -> Requested {
        let mut body = json!({
            "case": "01890000-0000-7000-8000-000000000002",
            "centre": "01890000-0000-7000-8000-000000000001",
            "provider": "CGG Vlaams-Brabant",
            "provider_kind": "mental_health_centre",
            "urgency": "soon",
            "reason": "does not sleep",
            "consent": {"given": {"by": "self"}},
        });
        change(&mut body);
        serde_json::from_value(body).unwrap()
    }

    /// A referral that came as far as the last of `commands`.
    fn after(commands: &[&str]) -> Given<Referral> {
        let start = Given::<Referral>::event(ReferralEvent::Requested(requested(|_| {})));
        commands.iter().fold(start, |given, name| given.done(command(name)))
    }

    fn command(name: &str) -> ReferralCommand {
        fn of<T: serde::de::DeserializeOwned>(body: Value) -> T {
            serde_json::from_value(body).unwrap()
        }
        match name {
            "accept" => ReferralCommand::Accept(of(json!({}))),
            "waitlist" => ReferralCommand::Waitlist(of(json!({"expected_on": "2026-06-01"}))),
            "refuse" => ReferralCommand::Refuse(of(json!({"reason": "no_capacity"}))),
            "appoint" => ReferralCommand::SetAppointment(of(json!({"at": "2026-03-01T09:00:00Z"}))),
            "attend" => ReferralCommand::Attend(of(json!({}))),
            "miss" => ReferralCommand::Miss(of(json!({"barrier": "transport"}))),
            "complete" => ReferralCommand::Complete(of(json!({}))),
            "withdraw" => ReferralCommand::Withdraw(of(json!({}))),
            "barrier" => ReferralCommand::RecordBarrier(of(json!({"barrier": "no_interpreter"}))),
            other => panic!("no command {other}"),
        }
    }

    #[test]
    fn nobody_is_referred_without_consent_unless_a_life_is_at_stake() {
        let given = Given::<Referral>::nothing;
        let request = |consent: Value| ReferralCommand::Request(requested(|body| body["consent"] = consent));
        given().when(request(json!({"given": {"by": "guardian"}}))).then_one("requested");
        given().when(request(json!("not_given"))).then_refused("consent-needed");
        let silent = requested(|body| drop(body.as_object_mut().unwrap().remove("consent")));
        given().when(ReferralCommand::Request(silent)).then_refused("consent-needed");
        let vital = |why: &str| request(json!({"vital_interest": {"justification": why}}));
        given().when(vital("")).then_refused("words-needed");
        given().when(vital("took pills, unconscious")).then_one("requested");
    }

    #[test]
    fn provider_and_reason_are_for_psychosocial_staff() {
        let requested = requested(|_| {});
        assert_eq!(requested.provider.level(), SealLevel::Psychosocial);
        assert_eq!(requested.reason.level(), SealLevel::Psychosocial);
    }

    #[test]
    fn the_usual_ways_are_open() {
        let ways: [&[&str]; 5] = [
            &["accept", "appoint", "attend", "complete"],
            &["waitlist", "accept", "waitlist", "appoint", "miss", "appoint", "attend", "appoint", "attend"],
            &["appoint", "appoint", "miss", "withdraw", "barrier"],
            &["waitlist", "refuse", "barrier"],
            &["appoint", "attend", "appoint", "miss", "complete"],
        ];
        for way in ways {
            after(way);
        }
    }

    #[test]
    fn the_other_ways_are_closed() {
        let wrong: [(&[&str], &str, &str); 8] = [
            (&[], "attend", "referral-transition"),
            (&[], "miss", "referral-transition"),
            (&["accept"], "accept", "referral-transition"),
            (&["appoint"], "refuse", "referral-transition"),
            (&["appoint", "miss"], "complete", "never-attended"),
            (&["refuse"], "appoint", "referral-ended"),
            (&["withdraw"], "complete", "referral-ended"),
            (&["appoint", "attend", "complete"], "withdraw", "referral-ended"),
        ];
        for (so_far, next, code) in wrong {
            after(so_far).when(command(next)).then_refused(code);
        }
    }

    #[test]
    fn an_appointment_ahead_is_neither_attended_nor_missed() {
        let ahead = || after(&["appoint"]).at("2026-03-01T08:59:59Z");
        ahead().when(command("attend")).then_refused("appointment-ahead");
        ahead().when(command("miss")).then_refused("appointment-ahead");
    }

    #[test]
    fn what_was_never_requested_is_unknown() {
        Given::<Referral>::nothing().when(command("accept")).then_refused("referral-unknown");
        after(&[]).when(ReferralCommand::Request(requested(|_| {}))).then_refused("referral-exists");
    }
}
