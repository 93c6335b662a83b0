//! The rules of a signal. None of them asks whether a case is closed: a signal is never refused for that.

use super::command::SignalCommand;
use super::events::{
    Corrected, FeedbackGiven, FeedbackKind, FeedbackTo, Involved, LinkRejected, LinkTarget, Logged, Route,
    SignalEvent,
};
use super::protocol;
use super::state::SignalState;
use crate::actor::Role;
use crate::context::Context;
use crate::refusal::Refusal;
use crate::sealed::{SealLevel, Sealed};

pub(super) fn decide(
    state: &SignalState,
    command: SignalCommand,
    context: &Context<'_>,
) -> Result<Vec<SignalEvent>, Refusal> {
    if let SignalCommand::Log(logged) = command {
        return log(state, logged, context).map(|logged| vec![SignalEvent::Logged(logged)]);
    }
    if state.centre.is_none() {
        return Err(Refusal::not_found("signal-unknown", "no signal has this id: log it first"));
    }
    // What is written about a signal is as secret as the signal itself.
    let words = |note: Option<Sealed<String>>| note.map(|note| seal(state, note));
    let event = match command {
        SignalCommand::Log(_) => unreachable!("handled above"),
        SignalCommand::Assess(mut assessed) => {
            if state.reporter.as_ref() == Some(&context.actor.subject) {
                return Err(Refusal::forbidden(
                    "second-person-needed",
                    "who logged a signal cannot assess it too: ask a colleague",
                ));
            }
            assessed.note = words(assessed.note);
            SignalEvent::Assessed(assessed)
        }
        SignalCommand::Link(linked) => {
            if state.links.contains(&linked.to) {
                return Err(Refusal::conflict(
                    "already-linked",
                    "the signal is linked to this record already",
                ));
            }
            SignalEvent::Linked(linked)
        }
        SignalCommand::Unlink(unlinked) => {
            if !state.links.contains(&unlinked.to) {
                return Err(Refusal::conflict(
                    "not-linked",
                    "the signal is not linked to this record: if the other record holds the link, take it back there",
                ));
            }
            SignalEvent::Unlinked(unlinked)
        }
        SignalCommand::RejectLink(rejected) => SignalEvent::LinkRejected(reject(state, rejected)?),
        SignalCommand::DoNotRegister(mut reasoned) => {
            if state.registered() {
                return Err(Refusal::conflict(
                    "already-registered",
                    "the signal is linked to an entry of the register: a reason not to register it has no object",
                ));
            }
            reasoned.note = words(reasoned.note);
            SignalEvent::NotRegistered(reasoned)
        }
        SignalCommand::Dismiss(mut dismissed) => {
            if state.dismissed {
                return Err(Refusal::conflict("already-dismissed", "the signal is dismissed already"));
            }
            if !state.assessed {
                return Err(Refusal::conflict(
                    "not-assessed",
                    "a signal is dismissed only after somebody other than its reporter assessed it",
                ));
            }
            dismissed.note = seal(state, dismissed.note);
            SignalEvent::Dismissed(dismissed)
        }
        SignalCommand::GiveFeedback(mut feedback) => {
            automatic(state, &feedback, context)?;
            feedback.note = words(feedback.note);
            SignalEvent::FeedbackGiven(feedback)
        }
        SignalCommand::Correct(corrected) => SignalEvent::Corrected(correct(state, corrected, context)?),
        SignalCommand::Redact(redacted) => SignalEvent::Redacted(redacted.check()?),
        SignalCommand::StartProtocol(mut started) => {
            protocol::start(state, &started, context)?;
            started.words = seal(state, started.words);
            SignalEvent::ProtocolStarted(started)
        }
        SignalCommand::CompleteStep(mut done) => {
            protocol::complete(state, &done, context)?;
            done.note = words(done.note);
            SignalEvent::ProtocolStepDone(done)
        }
        SignalCommand::SkipStep(mut skipped) => {
            protocol::skip(state, &skipped)?;
            skipped.reason = seal(state, skipped.reason);
            SignalEvent::ProtocolStepSkipped(skipped)
        }
        SignalCommand::MarkOverdue(overdue) => {
            protocol::overdue(state, &overdue, context)?;
            SignalEvent::ProtocolStepOverdue(overdue)
        }
    };
    Ok(vec![event])
}

fn log(state: &SignalState, mut logged: Logged, context: &Context<'_>) -> Result<Logged, Refusal> {
    if state.centre.is_some() {
        return Err(Refusal::conflict("signal-exists", "a signal with this id is logged already"));
    }
    let blank = logged.note.as_ref().and_then(Sealed::get).is_none_or(|note| note.trim().is_empty());
    if blank && logged.category.is_none() {
        return Err(Refusal::invalid(
            "note-or-category-needed",
            "give a note or a category: one of them is enough",
            "/note",
        ));
    }
    if logged.route == Route::Confidential && !logged.concerns_staff {
        return Err(Refusal::invalid(
            "confidential-is-for-staff",
            "the confidential route is for signals about staff: set `concerns_staff`, or leave the route out",
            "/route",
        ));
    }
    check_cases(&logged.cases)?;
    if let Some(occurred) = &logged.occurred {
        occurred.check(context.now, "/occurred")?;
    }
    let level = level(logged.route == Route::Confidential, logged.secrecy.into());
    logged.note = logged.note.map(|note| note.at(level));
    Ok(logged)
}

fn correct(
    state: &SignalState,
    mut corrected: Corrected,
    context: &Context<'_>,
) -> Result<Corrected, Refusal> {
    let changes = corrected.note.is_some()
        || corrected.category.is_some()
        || corrected.occurred.is_some()
        || corrected.occurred_place.is_some()
        || corrected.cases.is_some()
        || corrected.involves_minor.is_some();
    if !changes {
        return Err(Refusal::invalid("nothing-corrected", "name at least one field as it should be", ""));
    }
    check_cases(corrected.cases.as_deref().unwrap_or_default())?;
    if let Some(occurred) = &corrected.occurred {
        occurred.check(context.now, "/occurred")?;
    }
    corrected.reason = seal(state, corrected.reason);
    corrected.note = corrected.note.map(|note| seal(state, note));
    Ok(corrected)
}

fn reject(state: &SignalState, rejected: LinkRejected) -> Result<LinkRejected, Refusal> {
    if matches!(rejected.to, LinkTarget::Discussion(_)) {
        return Err(Refusal::invalid(
            "no-such-suggestion",
            "only signals and entries of the register are suggested: name one of them",
            "/to",
        ));
    }
    if state.links.contains(&rejected.to) {
        return Err(Refusal::conflict(
            "already-linked",
            "the signal is linked to this record: take the link back instead",
        ));
    }
    if state.apart.contains(&rejected.to) {
        return Err(Refusal::conflict("already-rejected", "somebody said no to this link already"));
    }
    Ok(rejected)
}

/// A machine says only that a signal was received, only to its reporter, and only to one who heard nothing yet; a person's words
/// are never marked as a machine's.
fn automatic(state: &SignalState, feedback: &FeedbackGiven, context: &Context<'_>) -> Result<(), Refusal> {
    if !feedback.automatic {
        return Ok(());
    }
    let receipt = feedback.to == FeedbackTo::Reporter
        && feedback.kind == FeedbackKind::Acknowledged
        && feedback.note.is_none();
    if context.actor.role != Role::Service || !receipt {
        return Err(Refusal::invalid(
            "automatic-is-a-receipt",
            "only Nabij itself says by itself that a signal was received: leave `automatic` out and say it in your words",
            "/automatic",
        ));
    }
    if state.reporter_told {
        return Err(Refusal::conflict("already-told", "the reporter was told something already"));
    }
    Ok(())
}

fn seal(state: &SignalState, words: Sealed<String>) -> Sealed<String> {
    words.at(level(state.confidential, state.secrecy.into()))
}

fn level(confidential: bool, chosen: SealLevel) -> SealLevel {
    if confidential { SealLevel::Restricted } else { chosen }
}

fn check_cases(cases: &[Involved]) -> Result<(), Refusal> {
    let twice =
        cases.iter().enumerate().any(|(i, one)| cases[..i].iter().any(|other| other.case == one.case));
    if twice {
        return Err(Refusal::invalid(
            "case-named-twice",
            "a case stands twice in `cases`: give it one role",
            "/cases",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::events::{
        Apart, Assessed, Certainty, Dismissed, LinkTarget, Linked, Redacted, RedactedText, Severity,
        SignalText, Unlinked,
    };
    use super::*;
    use crate::actor::Actor;
    use crate::decider::Decider;
    use crate::given::{Given, staff};
    use crate::signal::Signal;
    use crate::text::Code;
    use serde_json::json;

    fn logged() -> Logged {
        serde_json::from_value(
            json!({"centre": "01890000-0000-7000-8000-000000000001", "note": "he stays in bed"}),
        )
        .unwrap()
    }

    fn assessed() -> Assessed {
        Assessed {
            severity: Severity::High,
            certainty: Certainty::Suspected,
            blind: true,
            flag: None,
            criteria: None,
            note: None,
        }
    }

    #[test]
    fn a_note_or_a_category_is_enough() {
        Given::<Signal>::nothing().when(SignalCommand::Log(logged())).then_one("logged");
        let only_category = Logged { note: None, category: Some(Code::new("conflict").unwrap()), ..logged() };
        Given::<Signal>::nothing().when(SignalCommand::Log(only_category)).then_one("logged");
        let neither = Logged { note: Some(Sealed::plain("  ".into())), ..logged() };
        Given::<Signal>::nothing().when(SignalCommand::Log(neither)).then_refused("note-or-category-needed");
    }

    #[test]
    fn the_reporter_does_not_assess_their_own_signal() {
        let given = || Given::<Signal>::event(SignalEvent::Logged(logged()));
        given().when(SignalCommand::Assess(assessed())).then_refused("second-person-needed");
        given().by(staff("colleague")).when(SignalCommand::Assess(assessed())).then_one("assessed");
    }

    #[test]
    fn a_signal_is_dismissed_only_after_a_second_view_and_an_assessment_reopens_it() {
        let dismissed = || Dismissed { note: Sealed::plain("a game".into()) };
        let logged = || Given::<Signal>::event(SignalEvent::Logged(logged()));
        logged().when(SignalCommand::Dismiss(dismissed())).then_refused("not-assessed");
        let done = logged().and(SignalEvent::Assessed(assessed())).and(SignalEvent::Dismissed(dismissed()));
        assert!(done.state().dismissed);
        assert!(!done.and(SignalEvent::Assessed(assessed())).state().dismissed);
    }

    #[test]
    fn a_confidential_note_is_restricted_whatever_was_asked() {
        let staff_signal = Logged { concerns_staff: true, route: Route::Confidential, ..logged() };
        let SignalEvent::Logged(event) =
            Given::<Signal>::nothing().when(SignalCommand::Log(staff_signal)).then_one("logged")
        else {
            panic!("not logged")
        };
        assert_eq!(event.note.unwrap().level(), SealLevel::Restricted);
    }

    #[test]
    fn each_redaction_seals_under_a_new_key_unless_nothing_had_to_go() {
        let event = crate::id::EventId::derived(&["e"]);
        let words = Some(Sealed::plain("the rest".into()));
        let text = RedactedText { event, field: SignalText::Note, number: 0, words };
        let redact = |texts: Vec<RedactedText>| SignalCommand::Redact(Redacted { texts });
        let id = uuid::Uuid::from_u128(7);
        let key = |given: &Given<Signal>| Signal::key(id, given.state());
        let given = Given::<Signal>::event(SignalEvent::Logged(logged()));
        assert_eq!(key(&given), id);
        given.when(redact(vec![text.clone(), text.clone()])).then_refused("named-twice");
        let given = given.done(redact(vec![]));
        assert_eq!(key(&given), id);
        let given = given.done(redact(vec![text.clone()]));
        let second = key(&given);
        assert_ne!(second, id);
        assert_eq!(given.state().redactions.instead(event, SignalText::Note, 0), Some(text.words.as_ref()));
        assert_eq!(given.state().redactions.instead(event, SignalText::Reason, 0), None);
        let given = given.done(redact(vec![text]));
        assert_ne!(key(&given), second);
        assert_eq!(given.state().redactions.keys(id), [id, second, key(&given)]);
    }

    #[test]
    fn a_link_taken_back_can_be_made_again_and_a_no_is_said_once() {
        let to = LinkTarget::Incident(crate::id::IncidentId::derived(&["a"]));
        let reason = Apart::AnotherTime;
        let (link, unlink) = (Linked { to }, Unlinked { to, reason });
        let reject = || SignalCommand::RejectLink(LinkRejected { to, reason });
        let given = Given::<Signal>::event(SignalEvent::Logged(logged()));
        given.when(SignalCommand::Unlink(unlink)).then_refused("not-linked");
        let given = given.done(SignalCommand::Link(link));
        given.when(reject()).then_refused("already-linked");
        let given = given.done(SignalCommand::Unlink(unlink));
        assert!(!given.state().registered());
        given.when(reject()).then_refused("already-rejected");
        let given = given.done(SignalCommand::Link(link));
        assert!(given.state().registered());
        let discussion = LinkTarget::Discussion(crate::id::DiscussionId::derived(&["d"]));
        given
            .when(SignalCommand::RejectLink(LinkRejected { to: discussion, reason }))
            .then_refused("no-such-suggestion");
    }

    #[test]
    fn a_receipt_is_a_machines_and_is_given_once() {
        let told = |to, kind| FeedbackGiven { to, kind, note: None, automatic: true };
        let receipt = || SignalCommand::GiveFeedback(told(FeedbackTo::Reporter, FeedbackKind::Acknowledged));
        let logged = || Given::<Signal>::event(SignalEvent::Logged(logged()));
        logged().when(receipt()).then_refused("automatic-is-a-receipt");
        let machine = || Actor { role: Role::Service, ..staff("service:alerts") };
        for wrong in [
            told(FeedbackTo::Child, FeedbackKind::Acknowledged),
            told(FeedbackTo::Reporter, FeedbackKind::Outcome),
        ] {
            let asked = SignalCommand::GiveFeedback(wrong);
            logged().by(machine()).when(asked).then_refused("automatic-is-a-receipt");
        }
        let once = logged().by(machine()).done(receipt());
        once.when(receipt()).then_refused("already-told");
        let heard =
            FeedbackGiven { automatic: false, ..told(FeedbackTo::Reporter, FeedbackKind::ActionTaken) };
        let by_hand = logged().and(SignalEvent::FeedbackGiven(heard.clone())).by(machine());
        by_hand.when(receipt()).then_refused("already-told");
        once.by(staff("colleague")).when(SignalCommand::GiveFeedback(heard)).then_one("feedback_given");
    }

    #[test]
    fn a_registered_signal_needs_no_reason() {
        let incident = LinkTarget::Incident(crate::id::IncidentId::derived(&["a"]));
        let reason: super::super::events::NotRegistered =
            serde_json::from_value(json!({"reason": "no_time"})).unwrap();
        Given::<Signal>::event(SignalEvent::Logged(logged()))
            .and(SignalEvent::Linked(Linked { to: incident }))
            .when(SignalCommand::DoNotRegister(reason))
            .then_refused("already-registered");
    }
}
