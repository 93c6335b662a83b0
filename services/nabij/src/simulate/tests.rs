//! The story through the deciders, without a log: pure, so that a mistake of the simulator shows at once.

use std::any::Any;
use std::collections::HashMap;

use jiff::Timestamp;
use jiff::civil::date;
use nabij_model::case::Case;
use nabij_model::centre::Centre;
use nabij_model::discussion::Discussion;
use nabij_model::event::Payload;
use nabij_model::incident::{Incident, IncidentCommand};
use nabij_model::referral::Referral;
use nabij_model::signal::{Signal, SignalCommand};
use nabij_model::{AggregateId, Context, Decider, Fact, Policies};
use serde_json::Value;

use super::calibration as known;
use super::occurrences::{Occurrence, Source};
use super::step::{Command, Step};
use super::story::{Plan, Story};

fn plan(seed: u64) -> Plan {
    Plan { centres: 5, cases: 400, days: 120, seed, start: date(2025, 1, 1) }
}

/// One event: whose, which, when, and its body before it is sealed.
type Line = (AggregateId, String, Timestamp, Value);

#[derive(Default)]
struct Told {
    states: HashMap<AggregateId, Box<dyn Any>>,
    policies: Option<Policies>,
    lines: Vec<Line>,
    refused: Vec<String>,
}

impl Told {
    fn step(&mut self, step: Step) {
        let aggregate = step.aggregate();
        match step.command.clone() {
            Command::Case(command) => self.decide::<Case>(aggregate, command, &step),
            Command::Signal(command) => self.decide::<Signal>(aggregate, command, &step),
            Command::Discussion(command) => self.decide::<Discussion>(aggregate, command, &step),
            Command::Referral(command) => self.decide::<Referral>(aggregate, command, &step),
            Command::Incident(command) => self.decide::<Incident>(aggregate, command, &step),
            Command::Centre(command) => self.decide::<Centre>(aggregate, command, &step),
        }
    }

    fn decide<A: Decider>(&mut self, aggregate: AggregateId, command: A::Command, step: &Step) {
        let policies = self.policies.get_or_insert_with(Policies::shipped);
        let context = Context { now: step.at, actor: &step.actor, policies };
        let state = self.states.entry(aggregate).or_insert_with(|| Box::new(A::State::default()));
        let state = state.downcast_mut::<A::State>().expect("an id belongs to one kind");
        match A::decide(state, command, &context) {
            Ok(events) => {
                assert_eq!(events.len(), 1, "a simulated command leads to one event");
                for event in events {
                    let body = event.to_json().unwrap();
                    self.lines.push((aggregate, event.event_type().to_string(), step.at, body));
                    let (by, role) = (step.actor.subject.clone(), step.actor.role);
                    A::evolve(state, &Fact { at: step.at, by, role, event });
                }
            }
            Err(refusal) => self.refused.push(format!("{aggregate}: {} {refusal}", refusal.code)),
        }
    }
}

fn tell(plan: Plan) -> (Told, Vec<Occurrence>) {
    let (mut story, mut told, mut truth) = (Story::new(plan), Told::default(), Vec::new());
    while let Some(step) = story.next() {
        told.step(step);
        truth.extend(story.truth());
    }
    truth.extend(story.truth());
    (told, truth)
}

#[test]
fn no_rule_refuses_what_is_simulated() {
    let (told, _) = tell(plan(1));
    assert_eq!(told.refused, Vec::<String>::new());
    assert!(told.lines.len() > 5_000, "{} events only", told.lines.len());
}

#[test]
fn the_same_seed_tells_the_same_story_and_another_seed_another() {
    let (one, truth) = tell(plan(1));
    let (two, again) = tell(plan(1));
    assert_eq!(one.lines, two.lines);
    assert_eq!(serde_json::to_value(&truth).unwrap(), serde_json::to_value(&again).unwrap());
    let (other, _) = tell(plan(2));
    let shared = other.lines.iter().filter(|(aggregate, ..)| one.states.contains_key(aggregate)).count();
    assert_eq!(shared, 0, "two seeds on one log must not meet");
}

#[test]
fn time_never_goes_back_and_stays_within_the_days() {
    let (told, _) = tell(plan(3));
    let times: Vec<Timestamp> = told.lines.iter().map(|(_, _, at, _)| *at).collect();
    assert!(times.is_sorted());
    assert!(times.last().is_some_and(|last| *last < plan(3).end()));
}

#[test]
fn every_record_of_the_truth_is_in_the_log_and_no_other_entry_of_the_register() {
    let mut story = Story::new(plan(4));
    let (mut truth, mut entries, mut signals) = (Vec::new(), HashMap::new(), HashMap::new());
    let mut discussions = HashMap::new();
    while let Some(step) = story.next() {
        match step.command {
            Command::Incident(IncidentCommand::Register(it)) => drop(entries.insert(step.id, it)),
            Command::Signal(SignalCommand::Log(it)) => drop(signals.insert(step.id, it)),
            Command::Discussion(_) => drop(discussions.insert(step.id, step.at)),
            _ => {}
        }
        truth.extend(story.truth());
    }
    let registered: Vec<&Occurrence> = truth.iter().filter(|it| it.registered).collect();
    assert!(registered.len() > 20, "{} are too few to tell", registered.len());
    assert_eq!(registered.len(), entries.len(), "an entry without an occurrence, or the other way round");
    for it in &truth {
        assert_eq!(it.registered, it.register_number.is_some());
        assert!(!(it.registered && it.not_registered.is_some()), "registered and a reason not to");
        for capture in &it.captures {
            match capture.source {
                Source::OfficialRegister => {
                    let entry = &entries[&capture.id];
                    assert_eq!(Some(entry.register_number.as_str()), it.register_number.as_deref());
                    assert_eq!(
                        (entry.occurred_at, entry.level, entry.centre),
                        (it.occurred_at, it.level, it.centre)
                    );
                }
                Source::Discussion => assert_eq!(discussions[&capture.id], capture.recorded_at),
                Source::Frontline | Source::OwnVoice | Source::MedicalNote => {
                    let signal = &signals[&capture.id];
                    assert_eq!((signal.severity, signal.centre), (it.severity, it.centre));
                    assert_eq!(signal.category.as_ref().map(ToString::to_string).as_deref(), Some(it.kind));
                }
            }
        }
    }
}

#[test]
fn the_network_is_as_the_published_figures_say() {
    let large = Plan { cases: 3_000, days: 60, ..plan(5) };
    let (told, truth) = tell(large);
    let mut last: HashMap<AggregateId, (u32, u32, u32)> = HashMap::new();
    let mut places = HashMap::new();
    for (aggregate, _, _, body) in told.lines.iter().filter(|(_, kind, ..)| kind.starts_with("nabij.centre."))
    {
        let count = |field: &str| body[field].as_u64().map(|count| u32::try_from(count).unwrap());
        if let (Some(all), Some(minors), Some(alone)) =
            (count("residents"), count("minors"), count("unaccompanied_minors"))
        {
            last.insert(*aggregate, (all, minors, alone));
        }
        if let Some(count) = count("places") {
            places.insert(*aggregate, count);
        }
    }
    let sum = |pick: fn(&(u32, u32, u32)) -> u32| f64::from(last.values().map(pick).sum::<u32>());
    let (all, minors, alone) = (sum(|it| it.0), sum(|it| it.1), sum(|it| it.2));
    let occupied = all / f64::from(places.values().sum::<u32>());
    assert!((occupied - known::OCCUPANCY).abs() < 0.03, "{occupied} of the places are taken");
    assert!((minors / all - known::MINORS).abs() < 0.04, "{} are minors", minors / all);
    assert!((alone / minors - known::UNACCOMPANIED).abs() < 0.06, "{} are alone", alone / minors);
    #[expect(clippy::cast_precision_loss, reason = "a count")]
    let rate = truth.len() as f64 / (all * 59.0) * 1000.0;
    assert!(
        (rate - known::OCCURRENCES_PER_1000_DAYS).abs() < 0.4,
        "{rate} occurrences per 1,000 resident-days"
    );
    let opened = told.lines.iter().filter(|(_, kind, ..)| kind == "nabij.case.opened.v1").count();
    assert_eq!(opened, 3_000);
}

#[test]
fn protocols_are_followed_and_reporters_told_but_not_always() {
    let (told, _) = tell(plan(7));
    let of = |kind: &'static str| {
        told.lines.iter().filter(move |(_, name, ..)| name == kind).map(|(.., body)| body)
    };
    let started: Vec<&Value> = of("nabij.signal.protocol_started.v1").collect();
    assert!(started.len() > 20, "{} protocols", started.len());
    let asked: usize = started.iter().map(|body| body["steps"].as_array().unwrap().len()).sum();
    let done = of("nabij.signal.protocol_step_done.v1").count();
    let skipped = of("nabij.signal.protocol_step_skipped.v1").count();
    assert!(done * 2 > asked && skipped > 0 && done + skipped < asked, "{done} and {skipped} of {asked}");
    let told_to = |to: &str| of("nabij.signal.feedback_given.v1").filter(|body| body["to"] == to).count();
    assert!(told_to("reporter") > 50 && told_to("child") > 10);
}

#[test]
fn a_call_brings_plain_values_and_its_own_id() {
    let mut seen = 0;
    for step in Story::new(Plan { cases: 60, days: 30, ..plan(6) }) {
        let Some(request) = step.request().unwrap() else {
            assert!(
                matches!(step.command, Command::Incident(IncidentCommand::Link(_))),
                "{:?}",
                step.command
            );
            continue;
        };
        assert!(request.path.starts_with("/v1/"), "{}", request.path);
        assert!(!request.body.to_string().contains("\"clear\""), "{}", request.body);
        if request.path == "/v1/cases" {
            assert_eq!(request.body["id"], step.id.to_string());
            assert!(request.body["resident"]["name"].is_string());
            seen += 1;
        }
    }
    assert_eq!(seen, 60);
}
