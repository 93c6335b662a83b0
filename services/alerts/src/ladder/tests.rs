use nabij_model::Sealed;
use nabij_model::escalation::{Acknowledged, Resolved, ShownAs};
use uuid::Uuid;

use super::*;
use crate::given::{at, id, raised, recorded};

/// A history, and the ladder that read it.
struct History {
    ladder: Ladder,
    sequence: u64,
}

impl History {
    fn new() -> Self {
        Self::with(Roster::default(), Pace::default())
    }

    fn with(roster: Roster, pace: Pace) -> Self {
        Self { ladder: Ladder::new(Arc::new(roster), Arc::new(pace)), sequence: 0 }
    }

    fn escalation(&mut self, minutes: i64, event: EscalationEvent) {
        self.sequence += 1;
        self.ladder.feed(&recorded(self.sequence, id(1), minutes, event));
    }

    /// Everything due until then is done, each at the moment at which it is due; what was done.
    fn run(&mut self, from: i64, to: i64) -> Vec<Climb> {
        let mut done = Vec::new();
        for minutes in from..=to {
            for climb in self.ladder.due(at(minutes)) {
                self.escalation(minutes, event(&climb));
                done.push(climb);
            }
        }
        done
    }
}

fn event(climb: &Climb) -> EscalationEvent {
    match climb.clone() {
        Climb::HandUp(_, handed_up) => EscalationEvent::HandedUp(handed_up),
        Climb::Remind(_, reminded) => EscalationEvent::Reminded(reminded),
    }
}

fn acknowledged(until: Option<i64>) -> EscalationEvent {
    EscalationEvent::Acknowledged(Acknowledged {
        by: Role::Director,
        will_do: Sealed::plain("I go there".into()),
        until: until.map(at),
    })
}

fn steps(done: &[Climb]) -> Vec<(u32, u32)> {
    done.iter().map(|climb| (climb.key().1, climb.key().2)).collect()
}

#[test]
fn when_nobody_answers_it_climbs_to_the_top_and_the_top_is_reminded_until_it_is_shown_as_unanswered() {
    let mut history = History::new();
    history.escalation(0, EscalationEvent::Raised(raised()));
    assert!(history.ladder.due(at(15)).is_empty(), "its time is not over");
    let done = history.run(16, 60 * 24 * 20);
    let expected: Vec<(u32, u32)> = [(1, 0), (2, 0)].into_iter().chain((1..=10).map(|n| (2, n))).collect();
    assert_eq!(steps(&done), expected);
    let Climb::HandUp(_, first) = &done[0] else { panic!("{done:?}") };
    assert_eq!(first.missed, [Role::Coordinator], "who missed it is told so");
    assert_eq!(first.because, Some(Missed::Acknowledgement));
    let last = |climb: &Climb| matches!(climb, Climb::Remind(_, reminded) if reminded.last);
    assert_eq!(done.iter().filter(|climb| last(climb)).count(), 1);
    assert!(last(done.last().unwrap()));
}

#[test]
fn taken_up_in_time_it_stays_and_resolved_it_is_over() {
    let mut history = History::new();
    history.escalation(0, EscalationEvent::Raised(raised()));
    history.escalation(10, acknowledged(Some(5000)));
    assert!(history.run(16, 5000).is_empty());
    let resolved = Resolved { outcome: Sealed::plain("she is safe".into()) };
    history.escalation(5000, EscalationEvent::Resolved(resolved));
    assert!(history.run(5001, 6000).is_empty());
    assert!(history.ladder.open.is_empty() && history.ladder.by_case.is_empty());
}

#[test]
fn taken_up_without_a_word_until_when_it_climbs_again_after_the_time_of_its_rung() {
    let mut history = History::new();
    history.escalation(0, EscalationEvent::Raised(raised()));
    history.escalation(10, acknowledged(None));
    assert!(history.run(11, 25).is_empty(), "as long as the rung had to answer");
    let done = history.run(26, 26);
    let [Climb::HandUp(_, handed_up)] = done.as_slice() else { panic!("{done:?}") };
    assert_eq!((handed_up.step, handed_up.because), (1, Some(Missed::Promise)));
    history.escalation(30, acknowledged(None));
    assert!(history.run(31, 60).is_empty(), "each rung has its own time");
    assert_eq!(steps(&history.run(61, 61)), [(2, 0)]);
}

#[test]
fn promised_and_not_kept_it_climbs_again() {
    let mut history = History::new();
    history.escalation(0, EscalationEvent::Raised(raised()));
    history.escalation(10, acknowledged(Some(100)));
    assert!(history.run(16, 100).is_empty(), "the promise is not over");
    let done = history.run(101, 102);
    let [Climb::HandUp(_, handed_up)] = done.as_slice() else { panic!("{done:?}") };
    assert_eq!((handed_up.step, handed_up.because), (1, Some(Missed::Promise)));
    history.escalation(103, acknowledged(Some(200)));
    assert_eq!(steps(&history.run(104, 201)), [(2, 0)]);
    history.escalation(202, acknowledged(Some(300)));
    assert_eq!(steps(&history.run(203, 301)), [(2, 1)], "on the last rung it is reminded");
}

#[test]
fn a_deadline_fires_late_rather_than_never_and_each_rung_has_its_own_time() {
    let mut history = History::new();
    history.escalation(0, EscalationEvent::Raised(raised()));
    let after_the_outage = history.ladder.due(at(6000));
    assert_eq!(steps(&after_the_outage), [(1, 0)], "one rung at a time");
    assert_eq!(history.ladder.due(at(6000)), after_the_outage, "asking again gives the same");
    history.escalation(6000, event(&after_the_outage[0]));
    assert!(history.ladder.due(at(6030)).is_empty());
    assert!(history.ladder.due(at(10)).is_empty(), "the clock jumped back");
    assert_eq!(steps(&history.ladder.due(at(6031))), [(2, 0)]);
}

#[test]
fn items_of_the_worklist_and_what_is_of_a_case_that_was_erased_never_climb() {
    let mut history = History::new();
    history.escalation(0, EscalationEvent::Raised(Raised { shown_as: ShownAs::Worklist, ..raised() }));
    assert!(history.run(16, 500).is_empty());
    let mut history = History::new();
    history.escalation(0, EscalationEvent::Raised(raised()));
    history.ladder.forget(CaseId(Uuid::from_u128(5)));
    assert!(history.run(16, 500).is_empty());
}

#[test]
fn what_keeps_the_quiet_hours_is_handed_up_in_the_morning_and_its_time_counts_from_then() {
    let deploy = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy");
    let roster = Roster::read(&deploy.join("roster.toml")).unwrap();
    let pace = Pace::read(&deploy.join("pace.toml")).unwrap();
    let mut history = History::with(roster, pace);
    let raised = Raised { acknowledge_by: at(600), quiet_hours: true, ..raised() };
    history.escalation(0, EscalationEvent::Raised(raised));
    // 23:01 in Brussels; the night ends at 07:30, which is 06:30 UTC.
    let done = history.ladder.due(at(601));
    let [Climb::HandUp(_, handed_up)] = done.as_slice() else { panic!("{done:?}") };
    let morning: Timestamp = "2026-03-03T06:30:00Z".parse().unwrap();
    assert_eq!(handed_up.heard_from, Some(morning));
    assert_eq!(handed_up.acknowledge_by, morning + SignedDuration::from_mins(30));
}

#[test]
fn a_rung_whose_people_are_all_part_of_the_matter_is_passed_over() {
    let roster = r#"
        timezone = "Europe/Brussels"
        person = [{ id = "d1" }, { id = "c1" }]
        [[duty]]
        role = "coordinator"
        persons = ["c1"]
        [[duty]]
        role = "director"
        persons = ["d1"]
    "#;
    let mut history = History::with(Roster::parse(roster).unwrap(), Pace::default());
    let raised = Raised { passed_over: vec!["c1".parse().unwrap(), "d1".parse().unwrap()], ..raised() };
    history.escalation(0, EscalationEvent::Raised(raised));
    let done = history.ladder.due(at(1));
    let [Climb::HandUp(_, handed_up)] = done.as_slice() else { panic!("{done:?}") };
    assert_eq!(handed_up.recipients, [Role::NetworkHq], "at once, past the coordinator and the director");
    assert_eq!(handed_up.because, None, "nobody missed anything");
}
