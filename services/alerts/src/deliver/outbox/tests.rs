use nabij_model::Role;
use nabij_model::escalation::{
    DeliveryFailure, HandedUp, NotificationFailed, NotificationParked, NotificationRetried, Notified, Raised,
};

use super::*;
use crate::given::{at, id, raised, recorded};
use crate::notices::NoticeKind;

const ROSTER: &str = r#"
timezone = "Europe/Brussels"

[[person]]
id = "coordinator-1"
email = "coordinator@example.org"
webhook = "https://example.org/coordinator"

[[shared]]
name = "directors"
language = "fr"
email = "directors@example.org"

[[duty]]
role = "coordinator"
persons = ["coordinator-1"]

[[duty]]
role = "director"
shared = ["directors"]
persons = ["coordinator-1"]
"#;

const BOTH: [Channel; 2] = [Channel::Webhook, Channel::Email];

struct History {
    outbox: Outbox,
    sequence: u64,
}

impl History {
    fn new(through: impl IntoIterator<Item = Channel>) -> Self {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), ROSTER).unwrap();
        let roster = Roster::read(file.path()).unwrap();
        Self {
            outbox: Outbox::new(Arc::new(roster), Arc::default(), through.into_iter().collect()),
            sequence: 0,
        }
    }

    fn add(&mut self, of: u128, minutes: i64, event: EscalationEvent) {
        self.sequence += 1;
        self.outbox.feed(&recorded(self.sequence, id(of), minutes, event));
    }

    fn raised() -> Self {
        let mut history = Self::new(BOTH);
        history.add(1, 0, EscalationEvent::Raised(raised()));
        history
    }

    fn due(&self, minutes: i64) -> Vec<(NoticeId, u32)> {
        let deliveries = self.outbox.due(at(minutes)).into_iter();
        deliveries
            .flat_map(|delivery| delivery.notices)
            .map(|(notice, attempt)| (notice.id, attempt))
            .collect()
    }

    fn done(&mut self, minutes: i64) {
        for (id, attempt) in self.due(minutes) {
            self.add(id.escalation.0.as_u128(), minutes, notified(&id, attempt));
        }
    }
}

fn notified(id: &NoticeId, attempt: u32) -> EscalationEvent {
    let NoticeId { of, step, channel, to, contact, .. } = id.clone();
    let (of, attempt) = (Some(of), Some(attempt));
    EscalationEvent::Notified(Notified { channel, to, step, of, contact, attempt, together: None })
}

fn failed(id: &NoticeId, attempt: u32, next: i64) -> EscalationEvent {
    let NoticeId { of, step, channel, to, contact, .. } = id.clone();
    EscalationEvent::NotificationFailed(NotificationFailed {
        channel,
        to,
        step,
        reason: DeliveryFailure::TimedOut,
        of: Some(of),
        contact,
        attempt: Some(attempt),
        next_try: Some(at(next)),
    })
}

fn parked(id: &NoticeId) -> EscalationEvent {
    let NoticeId { of, step, channel, to, contact, .. } = id.clone();
    let (reason, attempts) = (DeliveryFailure::Rejected, 1);
    EscalationEvent::NotificationParked(NotificationParked {
        channel,
        to,
        step,
        attempts,
        reason,
        of: Some(of),
        contact,
    })
}

fn handed_up(missed: &[Role]) -> EscalationEvent {
    EscalationEvent::HandedUp(HandedUp {
        step: 1,
        recipients: vec![Role::Director],
        acknowledge_by: at(45),
        because: None,
        heard_from: None,
        missed: missed.to_vec(),
    })
}

#[test]
fn there_is_a_notice_for_each_channel_of_each_contact_until_the_log_says_that_it_arrived() {
    let mut history = History::raised();
    let due = history.due(0);
    let channels: Vec<Channel> = due.iter().map(|(id, _)| id.channel).collect();
    assert!(
        channels.len() == 2 && channels.contains(&Channel::Webhook) && channels.contains(&Channel::Email)
    );
    assert_eq!(history.due(0), due, "asked again, nothing else");
    history.add(1, 0, notified(&due[0].0, 1));
    assert_eq!(history.due(0), due[1..]);
    history.done(0);
    assert_eq!(history.due(9999), []);
    assert_eq!(history.outbox.backlog(), (0, None));
}

#[test]
fn a_channel_that_is_not_set_up_has_no_notices() {
    let mut history = History::new([]);
    history.add(1, 0, EscalationEvent::Raised(raised()));
    assert_eq!(history.due(0), []);
}

#[test]
fn what_failed_is_tried_again_at_its_time_and_no_earlier() {
    let mut history = History::raised();
    for (id, attempt) in history.due(0) {
        history.add(1, 0, failed(&id, attempt, 5));
    }
    assert_eq!(history.due(4), []);
    assert!(history.due(5).iter().all(|(_, attempt)| *attempt == 2));
    assert_eq!(history.due(5).len(), 2);
    assert_eq!(history.outbox.backlog().1, Some(at(0)));
}

#[test]
fn a_parked_notice_is_told_to_the_step_above_and_goes_out_again_when_somebody_says_so() {
    let mut history = History::raised();
    let due = history.due(0);
    let (webhook, _) = due.iter().find(|(id, _)| id.channel == Channel::Webhook).unwrap().clone();
    history.add(1, 1, parked(&webhook));
    let told = history.outbox.due(at(1));
    let above: Vec<&Notice> = told
        .iter()
        .flat_map(|delivery| &delivery.notices)
        .map(|(notice, _)| notice)
        .filter(|notice| notice.kind == NoticeKind::Undelivered)
        .collect();
    assert!(above.iter().any(|notice| notice.id.to == Recipient::Role(Role::Director)), "{above:?}");
    assert!(above.iter().all(|notice| notice.id.step == 1), "{above:?}");
    history.done(1);
    history.done(1);
    assert_eq!(history.due(1), []);
    let NoticeId { of, step, channel, to, contact, .. } = webhook.clone();
    let retried = NotificationRetried { channel, to, step, of: Some(of), contact };
    history.add(1, 2, EscalationEvent::NotificationRetried(retried));
    assert_eq!(history.due(2), [(webhook, 1)], "under the id that it had");
}

#[test]
fn each_contact_hears_of_an_escalation_in_order_and_what_comes_later_has_the_earlier_tried_at_once() {
    let mut history = History::raised();
    let coordinator = Recipient::Staff("coordinator-1".parse().unwrap());
    let of_coordinator = |history: &History, minutes| -> Vec<(NoticeId, u32)> {
        let due = history.due(minutes).into_iter();
        due.filter(|(id, _)| id.to == coordinator && id.channel == Channel::Webhook).collect()
    };
    let steps = |due: &[(NoticeId, u32)]| due.iter().map(|(id, _)| id.step).collect::<Vec<_>>();
    for (id, attempt) in history.due(0) {
        history.add(1, 0, failed(&id, attempt, 500));
    }
    assert_eq!(of_coordinator(&history, 14), []);
    history.add(1, 15, handed_up(&[Role::Coordinator]));
    assert!(history.due(15).iter().any(|(id, _)| id.step == 1), "others do not wait for it");
    let again = of_coordinator(&history, 15);
    assert_eq!((steps(&again), again[0].1), (vec![0], 2), "the first in line, before its time");
    history.add(1, 16, failed(&again[0].0, 2, 600));
    assert_eq!(of_coordinator(&history, 17), [], "a receiver that is away is not asked in a circle");
    let at_last = of_coordinator(&history, 600);
    assert_eq!(steps(&at_last), [0]);
    history.add(1, 600, notified(&at_last[0].0, 3));
    assert_eq!(steps(&of_coordinator(&history, 600)), [1]);
}

#[test]
fn what_is_given_up_holds_up_nobody() {
    let mut history = History::raised();
    history.add(1, 15, handed_up(&[Role::Coordinator]));
    let webhook = |id: &NoticeId| id.channel == Channel::Webhook && id.step == 0;
    let (first, _) = history.due(15).into_iter().find(|(id, _)| webhook(id)).unwrap();
    history.add(1, 15, parked(&first));
    let next =
        |(id, _): &(NoticeId, u32)| id.to == first.to && id.channel == Channel::Webhook && id.step == 1;
    assert!(history.due(15).iter().any(next));
}

#[test]
fn whoever_has_two_of_the_roles_and_whoever_missed_it_is_told_once() {
    let mut history = History::raised();
    history.done(0);
    history.add(1, 15, handed_up(&[Role::Coordinator]));
    let due = history.outbox.due(at(15));
    let staff = |delivery: &&Delivery| matches!(delivery.contact.to, Recipient::Staff(_));
    assert_eq!(due.iter().filter(staff).count(), 2, "by mail and webhook: {due:?}");
}

#[test]
fn what_is_acute_goes_first_and_a_letter_of_several_is_tried_again_as_each_of_them() {
    let mut history = History::new([Channel::Email]);
    // Of one case together.
    history.add(1, 0, EscalationEvent::Raised(raised()));
    history.add(2, 0, EscalationEvent::Raised(raised()));
    let acute = Raised { severity: EscalationSeverity::Acute, subject: Default::default(), ..raised() };
    history.add(3, 1, EscalationEvent::Raised(acute));
    let due = history.outbox.due(at(1));
    let sizes: Vec<usize> = due.iter().map(|delivery| delivery.notices.len()).collect();
    assert_eq!(sizes, [1, 2]);
    assert_eq!(due[0].severity(), EscalationSeverity::Acute);
    let (first, attempt) = due[1].notices[0].clone();
    history.add(first.id.escalation.0.as_u128(), 1, failed(&first.id, attempt, 9));
    assert_eq!(history.outbox.due(at(1))[1].notices.len(), 1, "the other was not tried yet");
    assert_eq!(history.outbox.due(at(9))[1].notices.len(), 2);
}
