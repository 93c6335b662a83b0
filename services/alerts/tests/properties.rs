//! What must hold of any past: who raised what does not depend on when somebody looked.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use nabij_alerts::carry_out::raised;
use nabij_alerts::evaluate::{Adoptions, Evaluator, Todo};
use nabij_alerts::history::{Histories, read_histories};
use nabij_alerts::machine::Machine;
use nabij_alerts::rehearsal::Rehearsal;
use nabij_alerts::rule::{Rule, read_rules};
use nabij_model::escalation::{EscalationEvent, Lapsed};
use nabij_model::id::EscalationId;
use nabij_model::{AggregateId, AggregateKind, Event, Payload, Policies, Recorded};
use nabij_underreporting::reportability::Reportability;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/rules")
}

/// All rules over all their histories, each rule over those of the others too.
fn pasts() -> (Arc<Vec<Rule>>, Vec<Vec<Recorded>>) {
    let rules = read_rules(&folder()).unwrap_or_else(|errors| panic!("{errors:?}"));
    let all: Vec<Histories> = rules
        .iter()
        .filter_map(|rule| read_histories(&folder(), rule).unwrap_or_else(|error| panic!("{error}")))
        .collect();
    let pasts = all.iter().flat_map(|histories| {
        histories.histories().iter().map(|history| {
            histories.events(history).unwrap_or_else(|problem| panic!("{}: {problem}", history.what))
        })
    });
    (Arc::new(rules), pasts.collect())
}

fn evaluator(rules: &Arc<Vec<Rule>>) -> Evaluator {
    let adopted: Adoptions = rules.iter().map(|rule| (rule.id.clone(), Timestamp::MIN)).collect();
    let (reportability, policies) = (Arc::new(Reportability::shipped()), Arc::new(Policies::shipped()));
    Evaluator::new(Arc::clone(rules), reportability, policies, &adopted)
}

fn later(at: Timestamp, hours: i64) -> Timestamp {
    at.saturating_add(SignedDuration::from_hours(hours)).unwrap_or(Timestamp::MAX)
}

fn end(past: &[Recorded]) -> Timestamp {
    later(past.last().map_or(Timestamp::UNIX_EPOCH, |event| event.known_at), 24 * 400)
}

/// What is raised, and when, with the clock looked at every `step` hours between the events.
fn steps(
    rules: &Arc<Vec<Rule>>,
    past: &[Recorded],
    step: Option<i64>,
) -> BTreeSet<(EscalationId, Timestamp)> {
    let mut rehearsal = Rehearsal::new(evaluator(rules), SignedDuration::ZERO);
    let mut now = past.first().map_or(Timestamp::UNIX_EPOCH, |event| event.known_at);
    let mut advance = |rehearsal: &mut Rehearsal, to: Timestamp| {
        while let Some(next) = step.map(|step| later(now, step)).filter(|next| *next < to) {
            rehearsal.until(next);
            now = next;
        }
    };
    for event in past {
        advance(&mut rehearsal, event.known_at);
        rehearsal.feed(event);
    }
    advance(&mut rehearsal, end(past));
    rehearsal.until(end(past));
    let raised = rehearsal.found().into_iter().filter(|found| found.raised.is_some());
    raised.map(|found| (found.escalation, found.at)).collect()
}

#[test]
fn time_in_small_steps_raises_what_time_in_one_step_raises() {
    let (rules, pasts) = pasts();
    for past in pasts.iter().filter(|past| past.len() < 20) {
        let at_once = steps(&rules, past, None);
        assert_eq!(steps(&rules, past, Some(5)), at_once);
        assert_eq!(steps(&rules, past, Some(37)), at_once);
    }
}

/// The event that the service would have written.
fn written(rules: &[Rule], todo: &Todo, sequence: u64, now: Timestamp, like: &Recorded) -> Recorded {
    let event = match todo {
        Todo::Raise { rule, matter } => EscalationEvent::Raised(raised(&rules[*rule], matter, None, now)),
        Todo::Lapse { by, .. } => EscalationEvent::Lapsed(Lapsed { by: *by }),
    };
    let mut written = like.clone();
    (written.sequence, written.known_at, written.meta.recorded_at) = (sequence, now, now);
    written.meta.event_type = event.event_type();
    written.meta.aggregate = AggregateId::new(AggregateKind::Escalation, todo.escalation(rules).0);
    written.body = Box::from(&b"{}"[..]);
    written.event = Event::Escalation(event);
    written
}

/// A service that wakes up after each of `awake` events and writes down what is due; answers the log that it leaves.
fn served(rules: &Arc<Vec<Rule>>, past: &[Recorded], awake: impl Fn(usize) -> bool) -> Vec<Recorded> {
    let mut log: Vec<Recorded> = Vec::new();
    let look = |log: &mut Vec<Recorded>, now: Timestamp, like: &Recorded| {
        // Every look is a restart: everything is read again, its own events among them.
        for _ in 0..10 {
            let mut machine = evaluator(rules);
            log.iter().for_each(|event| machine.feed(event));
            let todo = machine.due(now);
            if todo.is_empty() {
                return;
            }
            for todo in &todo {
                let sequence = log.len() as u64 + 1;
                log.push(written(rules, todo, sequence, now, like));
            }
        }
        panic!("it never comes to rest");
    };
    for (number, event) in past.iter().enumerate() {
        log.push(event.clone());
        if awake(number) {
            look(&mut log, event.known_at, event);
        }
    }
    if let Some(last) = past.last() {
        look(&mut log, end(past), last);
    }
    log
}

fn escalations(log: &[Recorded]) -> Vec<EscalationId> {
    let raised = |event: &&Recorded| matches!(event.event, Event::Escalation(EscalationEvent::Raised(_)));
    log.iter().filter(raised).map(|event| EscalationId(event.meta.aggregate.id)).collect()
}

#[test]
fn a_service_that_restarts_at_any_event_raises_everything_once_and_nothing_is_due_afterwards() {
    let (rules, pasts) = pasts();
    for past in pasts.iter().filter(|past| past.len() < 20) {
        for awake in [|_: usize| true, |number: usize| number.is_multiple_of(2), |_: usize| false] {
            let log = served(&rules, past, awake);
            let raised = escalations(&log);
            let once: BTreeSet<EscalationId> = raised.iter().copied().collect();
            assert_eq!(raised.len(), once.len());
            let mut again = evaluator(&rules);
            log.iter().for_each(|event| again.feed(event));
            let due = again.due(end(past));
            assert!(due.is_empty(), "a rebuild notifies nobody: {due:?}");
        }
    }
}

#[test]
fn an_alarm_is_raised_late_rather_than_never_when_nobody_was_awake() {
    let (rules, pasts) = pasts();
    let alarm = |event: &&Recorded| match &event.event {
        Event::Escalation(EscalationEvent::Raised(raised)) => raised.shown_as.is_alarm(),
        _ => false,
    };
    let alarms = |log: &[Recorded]| -> BTreeSet<EscalationId> {
        log.iter().filter(alarm).map(|event| EscalationId(event.meta.aggregate.id)).collect()
    };
    for past in pasts.iter().filter(|past| past.len() < 20) {
        assert_eq!(alarms(&served(&rules, past, |_| false)), alarms(&served(&rules, past, |_| true)));
    }
}
