use nabij_model::Sealed;
use nabij_model::escalation::{
    HandedUp, Missed, NotificationParked, NotificationRetried, Notified, Resolved,
};
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::given::{at, id, raised, recorded};

const ROSTER: &str = r#"
timezone = "Europe/Brussels"
person = [
    { id = "c1", email = "c1@example.org" },
    { id = "d1", email = "d1@example.org", webhook = "https://example.org/d1" },
]
[[duty]]
role = "coordinator"
persons = ["c1"]
[[duty]]
role = "director"
persons = ["d1"]
[[duty]]
role = "network_hq"
everybody = true
"#;

struct History {
    notices: Notices,
    log: Vec<Recorded>,
}

impl History {
    fn new() -> Self {
        Self { notices: machine(), log: Vec::new() }
    }

    fn feed(&mut self, of: u128, minutes: i64, event: EscalationEvent) {
        let sequence = self.log.len() as u64 + 1;
        let event = recorded(sequence, id(of), minutes, event);
        self.notices.feed(&event);
        self.log.push(event);
    }

    /// Every channel of a message arrived.
    fn delivered(&mut self, message: &Message, minutes: i64) {
        for notice in &message.notices {
            for &channel in &message.channels {
                let told = notified(message, notice, channel);
                self.feed(notice.escalation.0.as_u128(), minutes, EscalationEvent::Notified(told));
            }
        }
    }
}

fn machine() -> Notices {
    let roster = Roster::parse(ROSTER).unwrap();
    Notices::new(Arc::new(roster), Arc::new(Pace::default()))
}

fn notified(message: &Message, notice: &Notice, channel: Channel) -> Notified {
    Notified {
        channel,
        to: message.contact.to.clone(),
        step: notice.step,
        of: Some(notice.of),
        contact: message.contact.name.clone(),
        attempt: Some(1),
        together: None,
    }
}

fn of_case(case: u128, severity: EscalationSeverity, minutes: i64) -> EscalationEvent {
    let mut raised = raised();
    raised.subject.cases = vec![CaseId(Uuid::from_u128(case))];
    raised.severity = severity;
    raised.acknowledge_by = at(minutes + 15);
    EscalationEvent::Raised(raised)
}

fn high(case: u128, minutes: i64) -> EscalationEvent {
    of_case(case, EscalationSeverity::High, minutes)
}

#[test]
fn whoever_is_on_call_is_told_until_the_log_says_so() {
    let mut history = History::new();
    history.feed(1, 0, high(5, 0));
    let due = history.notices.due(at(0));
    assert_eq!(due.len(), 1);
    assert_eq!(due[0].contact.to, Recipient::Staff("c1".parse().unwrap()));
    assert_eq!(history.notices.due(at(0)), due, "asking again gives the same");
    history.delivered(&due[0], 1);
    assert!(history.notices.due(at(100)).is_empty());
    assert_eq!(history.notices.waiting(), 0);
}

#[test]
fn who_missed_it_is_told_so_and_each_channel_counts_for_itself() {
    let mut history = History::new();
    history.feed(1, 0, high(5, 0));
    let first = history.notices.due(at(0));
    history.delivered(&first[0], 0);
    let handed_up = HandedUp {
        step: 1,
        recipients: vec![Role::Director],
        acknowledge_by: at(46),
        because: Some(Missed::Acknowledgement),
        heard_from: None,
        missed: vec![Role::Coordinator],
    };
    history.feed(1, 16, EscalationEvent::HandedUp(handed_up));
    let due = history.notices.due(at(16));
    let kinds: Vec<NoticeKind> = due.iter().map(|message| message.notices[0].kind).collect();
    assert_eq!(kinds, [NoticeKind::Missed, NoticeKind::HandedUp]);
    let director = due[1].clone();
    assert_eq!(director.channels.len(), 2);
    let told = notified(&director, &director.notices[0], Channel::Email);
    history.feed(1, 17, EscalationEvent::Notified(told));
    let left = history.notices.due(at(17));
    assert_eq!(left[1].channels, BTreeSet::from([Channel::Webhook]));
    let Notified { channel: _, to, step, of, contact, .. } =
        notified(&director, &director.notices[0], Channel::Webhook);
    let parked = NotificationParked {
        channel: Channel::Webhook,
        to: to.clone(),
        step,
        attempts: 9,
        reason: nabij_model::escalation::DeliveryFailure::Rejected,
        of,
        contact: contact.clone(),
    };
    history.feed(1, 18, EscalationEvent::NotificationParked(parked));
    assert_eq!(history.notices.due(at(18)).len(), 1, "what is parked waits for somebody");
    assert_eq!(history.notices.waiting(), 2, "and is not forgotten");
    let retried = NotificationRetried { channel: Channel::Webhook, to, step, of, contact };
    history.feed(1, 19, EscalationEvent::NotificationRetried(retried));
    assert_eq!(history.notices.due(at(19)).len(), 2);
}

#[test]
fn what_is_open_at_once_on_one_case_is_told_together_and_never_with_what_is_confidential() {
    let mut history = History::new();
    history.feed(1, 0, high(5, 0));
    history.feed(2, 0, high(5, 0));
    history.feed(3, 0, high(6, 0));
    let EscalationEvent::Raised(secret) = high(5, 0) else { panic!() };
    history.feed(4, 0, EscalationEvent::Raised(Raised { confidential: true, ..secret }));
    let mut told: Vec<Vec<EscalationId>> = history
        .notices
        .due(at(0))
        .iter()
        .map(|message| message.notices.iter().map(|notice| notice.escalation).collect())
        .collect();
    told.sort();
    assert_eq!(told, [vec![id(1), id(2)], vec![id(3)], vec![id(4)]]);
    let resolved = Resolved { outcome: Sealed::plain("done".into()) };
    history.feed(1, 1, EscalationEvent::Resolved(resolved));
    history.feed(5, 2, high(5, 2));
    let groups: Vec<EscalationId> = history
        .notices
        .due(at(2))
        .iter()
        .flat_map(|message| message.notices.iter())
        .filter(|notice| notice.escalation == id(5))
        .map(|notice| notice.group)
        .collect();
    assert_eq!(groups, [id(2)], "the first one is over");
}

#[test]
fn a_storm_is_held_to_a_digest_and_what_is_acute_passes() {
    let mut history = History::new();
    for number in 1..=20 {
        history.feed(number, 0, high(100 + number, 0));
    }
    history.feed(21, 1, of_case(200, EscalationSeverity::Acute, 1));
    let due = history.notices.due(at(1));
    assert_eq!(due.len(), 7, "six of the storm, and the acute one");
    assert!(due.iter().any(|message| message.notices[0].severity == EscalationSeverity::Acute));
    for message in &due {
        history.delivered(message, 1);
    }
    assert!(history.notices.due(at(14)).is_empty());
    let digest = history.notices.due(at(15));
    assert_eq!(digest.len(), 1);
    assert!(digest[0].digest);
    assert_eq!(digest[0].notices.len(), 14);
    // The process dies before or after it sent the digest, and before it wrote that down: a new one reads the log.
    let mut again = machine();
    history.log.iter().for_each(|event| again.feed(event));
    assert_eq!(again.due(at(15)), digest);
    // It dies half way through writing it down: the other half is due.
    let half = &digest[0].notices[..7];
    for notice in half {
        let told = notified(&digest[0], notice, Channel::Email);
        history.feed(notice.escalation.0.as_u128(), 15, EscalationEvent::Notified(told));
    }
    let mut again = machine();
    history.log.iter().for_each(|event| again.feed(event));
    assert_eq!(again.due(at(15))[0].notices.len(), 7);
}

#[test]
fn what_keeps_the_quiet_hours_is_told_in_the_morning() {
    let mut history = History::new();
    let EscalationEvent::Raised(event) = high(5, 0) else { panic!() };
    let raised = Raised { heard_from: Some(at(600)), quiet_hours: true, ..event };
    history.feed(1, 0, EscalationEvent::Raised(raised));
    assert!(history.notices.due(at(599)).is_empty());
    assert_eq!(history.notices.due(at(600)).len(), 1);
}

proptest! {
    /// Whatever comes how fast: everything raised was told, or waits in something that is due within a window; acute at once.
    #[test]
    fn nothing_that_was_raised_is_lost(gaps in proptest::collection::vec((0_i64..20, 0_u128..5, any::<bool>()), 1..60)) {
        let mut history = History::new();
        let (mut minutes, mut told) = (0, BTreeSet::new());
        let within = Pace::default().storm.within.as_mins();
        for (number, (gap, case, acute)) in gaps.iter().enumerate() {
            minutes += gap;
            let severity = if *acute { EscalationSeverity::Acute } else { EscalationSeverity::High };
            let of = number as u128 + 1;
            history.feed(of, minutes, of_case(*case, severity, minutes));
            for message in history.notices.due(at(minutes)) {
                told.extend(message.notices.iter().map(|notice| notice.escalation));
                history.delivered(&message, minutes);
            }
            prop_assert!(!acute || told.contains(&id(of)), "acute number {of} waits");
        }
        for message in history.notices.due(at(minutes + within)) {
            told.extend(message.notices.iter().map(|notice| notice.escalation));
            history.delivered(&message, minutes + within);
        }
        prop_assert_eq!(told.len(), gaps.len());
        prop_assert_eq!(history.notices.waiting(), 0);
    }
}
