//! The rules of an escalation: raised once, taken up by one, climbing until then.

use jiff::{SignedDuration, Timestamp};

use super::command::{Acknowledge, EscalationCommand};
use super::events::{
    Acknowledged, Channel, EscalationEvent, HandedUp, Notified, Raised, Recipient, Reminded, RuleAdopted,
};
use super::state::{EscalationState, TakenUp};
use crate::actor::Role;
use crate::check;
use crate::context::Context;
use crate::refusal::Refusal;

pub(super) fn decide(
    state: &EscalationState,
    command: EscalationCommand,
    context: &Context<'_>,
) -> Result<Vec<EscalationEvent>, Refusal> {
    let command = match command {
        EscalationCommand::Raise(raised) => {
            return raise(state, raised).map(|raised| vec![EscalationEvent::Raised(raised)]);
        }
        EscalationCommand::AdoptRule(adopted) => {
            return adopt(state, adopted).map(|adopted| vec![EscalationEvent::RuleAdopted(adopted)]);
        }
        command => command,
    };
    if !state.raised {
        return Err(Refusal::not_found("escalation-unknown", "no escalation has this id"));
    }
    let event = match command {
        EscalationCommand::Raise(_) | EscalationCommand::AdoptRule(_) => unreachable!("handled above"),
        // Deliveries are facts: one may end after somebody else took the escalation up or resolved it.
        EscalationCommand::Notify(notified) => EscalationEvent::Notified(shown_once(state, notified)?),
        EscalationCommand::FailNotification(failed) => EscalationEvent::NotificationFailed(failed),
        EscalationCommand::ParkNotification(parked) => EscalationEvent::NotificationParked(parked),
        EscalationCommand::RetryNotification(retried) => {
            unresolved(state)?;
            EscalationEvent::NotificationRetried(retried)
        }
        EscalationCommand::Acknowledge(acknowledge) => {
            EscalationEvent::Acknowledged(take_up(state, acknowledge, context)?)
        }
        EscalationCommand::HandUp(handed_up) => {
            EscalationEvent::HandedUp(hand_up(state, handed_up, context)?)
        }
        EscalationCommand::Remind(reminded) => EscalationEvent::Reminded(remind(state, reminded, context)?),
        EscalationCommand::Resolve(resolved) => {
            unresolved(state)?;
            reachable(state, context)?;
            if state.taken_up.is_none() {
                return Err(Refusal::conflict(
                    "not-acknowledged",
                    "nobody has taken the escalation up: acknowledge it and say what you will do first",
                ));
            }
            check::words(&resolved.outcome, "/outcome")?;
            EscalationEvent::Resolved(resolved)
        }
        EscalationCommand::Lapse(lapsed) => {
            unresolved(state)?;
            if state.shown_as.is_alarm() {
                return Err(Refusal::conflict(
                    "is-alarm",
                    "an alarm ends when somebody says how, not by itself",
                ));
            }
            EscalationEvent::Lapsed(lapsed)
        }
        EscalationCommand::Redact(redacted) => {
            reachable(state, context)?;
            EscalationEvent::Redacted(redacted.check()?)
        }
    };
    Ok(vec![event])
}

/// A stream shows an escalation to somebody again at every reconnect; that they saw it is a fact once for each rung.
fn shown_once(state: &EscalationState, notified: Notified) -> Result<Notified, Refusal> {
    if let (Channel::Sse, Recipient::Staff(staff)) = (notified.channel, &notified.to)
        && (state.resolved || state.shown.contains(&(staff.clone(), notified.step)))
    {
        return Err(Refusal::conflict(
            "shown-already",
            "this member of staff saw this step already, or it is over",
        ));
    }
    Ok(notified)
}

/// A version is adopted once; again only to look further back.
fn adopt(state: &EscalationState, adopted: RuleAdopted) -> Result<RuleAdopted, Refusal> {
    let Some(before) = state.adopted else { return Ok(adopted) };
    if adopted.version < before.version {
        return Err(Refusal::conflict(
            "rule-version-older",
            format!(
                "version {} of this rule holds already: give the changed rule a higher one",
                before.version
            ),
        ));
    }
    if adopted.version == before.version && adopted.since >= before.from {
        return Err(Refusal::conflict(
            "rule-adopted",
            format!("version {} of this rule holds since {}", before.version, before.from),
        ));
    }
    Ok(adopted)
}

fn raise(state: &EscalationState, raised: Raised) -> Result<Raised, Refusal> {
    if state.raised {
        return Err(Refusal::conflict(
            "escalation-exists",
            "this rule raised an escalation on this trigger already",
        ));
    }
    heard(&raised.recipients)?;
    Ok(raised)
}

fn take_up(
    state: &EscalationState,
    acknowledge: Acknowledge,
    context: &Context<'_>,
) -> Result<Acknowledged, Refusal> {
    unresolved(state)?;
    reachable(state, context)?;
    // Whoever has it may say anew what they do and until when: they had no time for it, or it takes longer.
    if let Some(taken_up) = theirs(state, context)
        && taken_up.staff != context.actor.subject
    {
        return Err(Refusal::conflict(
            "already-acknowledged",
            format!("the {} took it up at {}", taken_up.by, taken_up.at),
        ));
    }
    check::words(&acknowledge.will_do, "/will_do")?;
    let until = Some(promise(state, acknowledge.until, context)?);
    Ok(Acknowledged { by: context.actor.role, will_do: acknowledge.will_do, until })
}

/// Until when it is theirs. One that is too long is refused and not cut: whoever promised would rely on a time that they do not have.
fn promise(
    state: &EscalationState,
    until: Option<Timestamp>,
    context: &Context<'_>,
) -> Result<Timestamp, Refusal> {
    let hours = context.policies.escalation_promise_hours.value;
    let longest = SignedDuration::from_hours(hours.into());
    let latest = context.now.saturating_add(longest).unwrap_or(Timestamp::MAX);
    match until {
        Some(until) if until <= context.now => Err(Refusal::invalid(
            "until-is-past",
            "`until` lies in the past: give the moment by which you will have done it",
            "/until",
        )),
        Some(until) if until > latest => Err(Refusal::invalid(
            "until-too-late",
            format!(
                "`until` is {latest} at the latest, {hours} hours from now: what takes longer is taken up again then"
            ),
            "/until",
        )),
        Some(until) => Ok(until),
        None => Ok(state.rungs.promised(state.step, context.now, None).min(latest)),
    }
}

fn hand_up(state: &EscalationState, handed_up: HandedUp, context: &Context<'_>) -> Result<HandedUp, Refusal> {
    unanswered(state, context)?;
    if handed_up.step <= state.step {
        return Err(Refusal::conflict(
            "not-a-higher-step",
            format!("it stands on step {}: hand it up to a later one", state.step),
        ));
    }
    heard(&handed_up.recipients)?;
    Ok(handed_up)
}

fn remind(state: &EscalationState, reminded: Reminded, context: &Context<'_>) -> Result<Reminded, Refusal> {
    unanswered(state, context)?;
    if reminded.step != state.step || reminded.number != state.reminders + 1 {
        return Err(Refusal::conflict(
            "reminded-already",
            format!("step {} was reminded {} times: the next is the one after", state.step, state.reminders),
        ));
    }
    heard(&reminded.recipients)?;
    Ok(reminded)
}

/// Nobody took it up, or whoever did let the promised moment pass.
fn unanswered(state: &EscalationState, context: &Context<'_>) -> Result<(), Refusal> {
    unresolved(state)?;
    if let Some(taken_up) = theirs(state, context) {
        return Err(Refusal::conflict(
            "already-acknowledged",
            format!(
                "the {} took it up at {}: it climbs no further until {}",
                taken_up.by, taken_up.at, taken_up.until
            ),
        ));
    }
    Ok(())
}

/// Who took it up and has time left for what they promised.
fn theirs<'s>(state: &'s EscalationState, context: &Context<'_>) -> Option<&'s TakenUp> {
    state.taken_up.as_ref().filter(|taken_up| context.now <= taken_up.until)
}

/// Who is implicated in the matter neither takes it up nor ends it.
fn reachable(state: &EscalationState, context: &Context<'_>) -> Result<(), Refusal> {
    if state.passed_over.contains(&context.actor.subject) {
        return Err(Refusal::forbidden(
            "passed-over",
            "you are part of the matter that this escalation is about: somebody else takes it up",
        ));
    }
    Ok(())
}

fn unresolved(state: &EscalationState) -> Result<(), Refusal> {
    if state.resolved {
        return Err(Refusal::conflict("already-resolved", "the escalation is resolved already"));
    }
    Ok(())
}

fn heard(recipients: &[Role]) -> Result<(), Refusal> {
    if recipients.is_empty() {
        return Err(Refusal::invalid(
            "recipient-needed",
            "name at least one role that hears it",
            "/recipients",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::decider::Decider;
    use crate::escalation::{Escalation, EscalationText, Redacted, RedactedText, Resolved, id_of};
    use crate::given::{Given, staff};
    use crate::id::EventId;
    use crate::sealed::Sealed;
    use crate::text::Code;

    fn raised() -> Raised {
        serde_json::from_value(json!({
            "rule": "acute-signal",
            "rule_version": 1,
            "severity": "acute",
            "trigger": "01890000-0000-7000-8000-000000000003",
            "subject": {"centre": "01890000-0000-7000-8000-000000000001"},
            "title": "acute-signal",
            "step": 0,
            "recipients": ["coordinator", "director"],
            "acknowledge_by": "2026-03-01T12:15:00Z",
        }))
        .unwrap()
    }

    fn given() -> Given<Escalation> {
        Given::event(EscalationEvent::Raised(raised()))
    }

    fn acknowledge(until: Option<&str>) -> EscalationCommand {
        EscalationCommand::Acknowledge(Acknowledge {
            will_do: Sealed::plain("I go and see her now".into()),
            until: until.map(|until| until.parse().unwrap()),
        })
    }

    fn taken_up(until: Option<&str>) -> Given<Escalation> {
        given().by(director()).done(acknowledge(until))
    }

    fn director() -> crate::Actor {
        crate::Actor { role: Role::Director, ..staff("d1") }
    }

    fn hand_up(step: u32) -> EscalationCommand {
        EscalationCommand::HandUp(HandedUp {
            step,
            recipients: vec![Role::OperatorHq],
            acknowledge_by: "2026-03-01T12:45:00Z".parse().unwrap(),
            because: None,
            heard_from: None,
            missed: Vec::new(),
        })
    }

    fn remind(number: u32) -> EscalationCommand {
        let reminded = json!({"number": number, "step": 0, "recipients": ["director"], "acknowledge_by": "2026-03-01T13:00:00Z"});
        EscalationCommand::Remind(serde_json::from_value(reminded).unwrap())
    }

    fn resolve() -> EscalationCommand {
        EscalationCommand::Resolve(Resolved { outcome: Sealed::plain("she is safe".into()) })
    }

    #[test]
    fn a_rule_raises_once_on_a_trigger() {
        given().when(EscalationCommand::Raise(raised())).then_refused("escalation-exists");
        let rule = Code::new("acute-signal").unwrap();
        let trigger = |name| EventId::derived(&[name]);
        assert_eq!(id_of(&rule, trigger("a")), id_of(&rule, trigger("a")));
        assert_ne!(id_of(&rule, trigger("a")), id_of(&rule, trigger("b")));
    }

    #[test]
    fn who_comes_second_hears_who_came_first() {
        let other = crate::Actor { role: Role::Director, ..staff("d2") };
        let refusal = taken_up(None).by(other).when(acknowledge(None)).then_refused("already-acknowledged");
        assert!(refusal.detail.contains("director"), "{refusal}");
    }

    #[test]
    fn whoever_has_it_may_say_anew_until_when() {
        let later = taken_up(None).at("2026-03-01T12:10:00Z").done(acknowledge(Some("2026-03-01T18:00:00Z")));
        let later = later.at("2026-03-01T12:15:01Z");
        later.when(hand_up(1)).then_refused("already-acknowledged");
        later.at("2026-03-01T18:00:01Z").when(hand_up(1)).then_one("handed_up");
    }

    #[test]
    fn it_is_resolved_only_after_somebody_took_it_up_and_only_once() {
        given().when(resolve()).then_refused("not-acknowledged");
        let done = || taken_up(None).done(resolve());
        done().when(resolve()).then_refused("already-resolved");
        done().when(acknowledge(None)).then_refused("already-resolved");
        done().when(hand_up(1)).then_refused("already-resolved");
    }

    #[test]
    fn it_climbs_until_somebody_takes_it_up() {
        given().when(hand_up(0)).then_refused("not-a-higher-step");
        let higher = given().done(hand_up(1));
        assert_eq!(higher.state().step, 1);
        higher.when(hand_up(1)).then_refused("not-a-higher-step");
        taken_up(None).when(hand_up(1)).then_refused("already-acknowledged");
    }

    #[test]
    fn taken_up_without_an_end_it_stays_as_long_as_the_rung_had_to_answer() {
        let EscalationEvent::Acknowledged(acknowledged) =
            given().when(acknowledge(None)).then_one("acknowledged")
        else {
            panic!("taken up")
        };
        assert_eq!(acknowledged.until, Some("2026-03-01T12:15:00Z".parse().unwrap()), "and it says so");
        taken_up(None).at("2026-03-01T12:15:00Z").when(hand_up(1)).then_refused("already-acknowledged");
        taken_up(None).at("2026-03-01T12:15:01Z").when(hand_up(1)).then_one("handed_up");
        // What was written before it always said until when.
        let old = || {
            let old = Acknowledged { until: None, ..acknowledged.clone() };
            given().and(EscalationEvent::Acknowledged(old))
        };
        old().at("2026-03-01T12:15:00Z").when(hand_up(1)).then_refused("already-acknowledged");
        old().at("2026-03-01T12:15:01Z").when(hand_up(1)).then_one("handed_up");
    }

    #[test]
    fn nobody_promises_further_ahead_than_the_network_agreed_on_and_the_refusal_says_how_far() {
        given().when(acknowledge(Some("2026-03-08T12:00:00Z"))).then_one("acknowledged");
        let refusal = given().when(acknowledge(Some("2026-03-08T12:00:01Z"))).then_refused("until-too-late");
        assert!(refusal.detail.contains("2026-03-08T12:00:00Z at the latest, 168 hours"), "{refusal}");
        let slow = Raised { acknowledge_by: "2026-04-01T12:00:00Z".parse().unwrap(), ..raised() };
        let slow = Given::<Escalation>::event(EscalationEvent::Raised(slow)).done(acknowledge(None));
        assert_eq!(slow.state().taken_up.as_ref().unwrap().until.to_string(), "2026-03-08T12:00:00Z");
    }

    #[test]
    fn it_climbs_again_when_what_was_promised_is_overdue() {
        given().when(acknowledge(Some("2026-03-01T12:00:00Z"))).then_refused("until-is-past");
        let promised = || taken_up(Some("2026-03-01T18:00:00Z"));
        promised().at("2026-03-01T18:00:00Z").when(hand_up(1)).then_refused("already-acknowledged");
        let overdue = promised().at("2026-03-01T18:00:01Z").done(hand_up(1));
        overdue.when(acknowledge(None)).then_one("acknowledged");
        promised().at("2026-03-01T18:00:01Z").when(acknowledge(None)).then_one("acknowledged");
    }

    fn adopt(version: u32, since: &str) -> EscalationCommand {
        let adopted =
            json!({"rule": "acute-signal", "version": version, "since": since, "within_seconds": 3600});
        EscalationCommand::AdoptRule(serde_json::from_value(adopted).unwrap())
    }

    #[test]
    fn a_version_of_a_rule_is_adopted_once_and_looks_back_only_when_asked() {
        let adopted = || Given::<Escalation>::nothing().done(adopt(1, "2026-03-01T12:00:00Z"));
        let from = |given: Given<Escalation>| given.state().adopted.unwrap().from.to_string();
        adopted().when(adopt(1, "2026-03-02T12:00:00Z")).then_refused("rule-adopted");
        assert_eq!(from(adopted().done(adopt(1, "2026-02-01T12:00:00Z"))), "2026-02-01T12:00:00Z");
        // What waits under the old version when the new one comes is not lost, nor what came due while nobody was there; what was
        // over before the first is not raised.
        assert_eq!(from(adopted().done(adopt(2, "2026-03-19T12:00:00Z"))), "2026-03-12T11:00:00Z");
        assert_eq!(from(adopted().done(adopt(2, "2026-03-01T12:30:00Z"))), "2026-03-01T12:00:00Z");
        adopted()
            .done(adopt(2, "2026-03-09T12:00:00Z"))
            .when(adopt(1, "2026-03-10T12:00:00Z"))
            .then_refused("rule-version-older");
    }

    #[test]
    fn what_is_no_alarm_ends_by_itself_when_it_was_done() {
        let by = || EscalationCommand::Lapse(crate::escalation::Lapsed { by: EventId::derived(&["a"]) });
        given().when(by()).then_refused("is-alarm");
        let item = Raised { shown_as: crate::escalation::ShownAs::Agenda, ..raised() };
        let item = Given::<Escalation>::event(EscalationEvent::Raised(item)).done(by());
        assert!(item.state().resolved);
    }

    #[test]
    fn the_last_rung_is_reminded_once_a_time_and_a_broken_promise_opens_it_again() {
        given().when(remind(2)).then_refused("reminded-already");
        let once = given().done(remind(1));
        once.when(remind(1)).then_refused("reminded-already");
        let promised = || taken_up(Some("2026-03-01T18:00:00Z"));
        promised().when(remind(1)).then_refused("already-acknowledged");
        let broken = promised().at("2026-03-01T18:00:01Z").done(remind(1));
        assert!(broken.state().taken_up.is_none());
    }

    #[test]
    fn that_somebody_saw_a_step_is_written_once_however_often_they_reconnect() {
        let seen = |staff: &str, step: u32| {
            let notified = json!({"channel": "sse", "to": {"staff": staff}, "step": step});
            EscalationCommand::Notify(serde_json::from_value(notified).unwrap())
        };
        let once = || given().done(seen("d1", 0));
        once().when(seen("d1", 0)).then_refused("shown-already");
        once().when(seen("d2", 0)).then_one("notified");
        once().done(hand_up(1)).when(seen("d1", 1)).then_one("notified");
        taken_up(None).done(resolve()).when(seen("d1", 0)).then_refused("shown-already");
        let mailed = || {
            let notified = json!({"channel": "email", "to": {"staff": "d1"}, "step": 0});
            EscalationCommand::Notify(serde_json::from_value(notified).unwrap())
        };
        given().done(mailed()).when(mailed()).then_one("notified");
    }

    #[test]
    fn who_is_part_of_the_matter_neither_takes_it_up_nor_ends_it() {
        let raised = Raised { passed_over: vec!["d1".parse().unwrap()], ..raised() };
        let given = || Given::<Escalation>::event(EscalationEvent::Raised(raised.clone()));
        given().by(director()).when(acknowledge(None)).then_refused("passed-over");
        let other = crate::Actor { role: Role::Director, ..staff("d2") };
        given().by(other).done(acknowledge(None)).by(director()).when(resolve()).then_refused("passed-over");
    }

    #[test]
    fn words_that_stay_are_sealed_under_a_new_key_by_nobody_who_is_part_of_the_matter() {
        let event = EventId::derived(&["taken up"]);
        let text = |words: Option<&str>| RedactedText {
            event,
            field: EscalationText::WillDo,
            number: 0,
            words: words.map(|words| Sealed::plain(words.to_owned())),
        };
        let redact = |texts: Vec<RedactedText>| EscalationCommand::Redact(Redacted { texts });
        Given::<Escalation>::nothing().when(redact(vec![])).then_refused("escalation-unknown");
        taken_up(None).when(redact(vec![text(None), text(None)])).then_refused("named-twice");
        let stays = text(Some("I go and see them now"));
        // It is dealt with already, most often.
        let given = taken_up(None).done(resolve()).done(redact(vec![])).done(redact(vec![stays.clone()]));
        let (id, state) = (uuid::Uuid::from_u128(7), given.state());
        assert_eq!(state.redactions.instead(event, EscalationText::WillDo, 0), Some(stays.words.as_ref()));
        assert_eq!(state.redactions.instead(event, EscalationText::Outcome, 0), None);
        assert_eq!(state.redactions.keys(id), [id, Escalation::key(id, state)]);
        let raised = Raised { passed_over: vec!["d1".parse().unwrap()], ..raised() };
        let given = Given::<Escalation>::event(EscalationEvent::Raised(raised));
        given.by(director()).when(redact(vec![])).then_refused("passed-over");
    }

    #[test]
    fn what_was_never_raised_is_unknown() {
        Given::<Escalation>::nothing().when(acknowledge(None)).then_refused("escalation-unknown");
    }
}
