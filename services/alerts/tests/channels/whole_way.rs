use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::Pool;
use jiff::Timestamp;
use nabij_alerts::carry_out::service_actor;
use nabij_alerts::deliver::{Channels, Link, WebhookSender, WebhookSettings};
use nabij_alerts::driver::Driver;
use nabij_alerts::roster::Roster;
use nabij_alerts::rule::read_rules;
use nabij_alerts::service;
use nabij_log::{Log, Submission};
use nabij_model::escalation::{Escalation, EscalationCommand, id_of};
use nabij_model::signal::{Signal, SignalCommand};
use nabij_model::{Actor, AggregateId, AggregateKind, EventId, Policies, Role};
use nabij_protocols::Protocols;
use nabij_testkit::{Database, Names};
use nabij_underreporting::reportability::Reportability;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::receiver::{Behaviour, Receiver};
use crate::servers;

const CENTRE: &str = "01890000-0000-7000-8000-000000000001";
/// Words that no receiver may ever see.
const PLANTED: [&str; 3] = ["Zarathustra", "Kapellestraat", "0497"];

/// A log, a database, and a roster in which the director has one receiver and HQ another.
struct Place {
    log: Log,
    pool: Pool,
    roster: Arc<Roster>,
    names: Names,
    _database: Database,
}

impl Place {
    async fn new(director: &Receiver, hq: &Receiver) -> Self {
        let (log, pool, names, database) = servers::fresh().await;
        let file = tempfile::NamedTempFile::new().unwrap();
        let text = format!(
            "timezone = \"Europe/Brussels\"\n\
             [[person]]\nid = \"director-1\"\nwebhook = \"{}\"\n\
             [[shared]]\nname = \"hq\"\nwebhook = \"{}\"\n\
             [[duty]]\nrole = \"director\"\npersons = [\"director-1\"]\n\
             [[duty]]\nrole = \"network_hq\"\nshared = [\"hq\"]\n",
            director.address, hq.address
        );
        std::fs::write(file.path(), text).unwrap();
        let roster = Arc::new(Roster::read(file.path()).unwrap());
        Self { log, pool, roster, names, _database: database }
    }

    fn start(&self) -> CancellationToken {
        let rules = read_rules(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/rules")).unwrap();
        let link = Link::new("https://nabij.example/escalations/{escalation}").unwrap();
        let webhook = WebhookSender::new(WebhookSettings {
            secrets: vec!["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".parse().unwrap()],
            link: link.clone(),
            timeout: Duration::from_secs(2),
            in_the_clear: false,
        })
        .unwrap();
        let driver = Driver {
            log: self.log.clone(),
            pool: self.pool.clone(),
            rules: Arc::new(rules),
            reportability: Arc::new(Reportability::shipped()),
            policies: Arc::new(Policies::shipped()),
            roster: Arc::clone(&self.roster),
            pace: Arc::default(),
            channels: Arc::new(Channels { link: Some(link), webhook: Some(webhook), email: None }),
            protocols: Arc::new(Protocols::shipped()),
        };
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        tokio::spawn(async move { service::run(driver, &stopped).await.unwrap() });
        stop
    }

    /// Raises an acute escalation for the director, then HQ.
    async fn raise(&self) -> Uuid {
        let trigger = EventId(Uuid::now_v7());
        let rule = "acute-signal".parse().unwrap();
        let id = id_of(&rule, trigger);
        let now = Timestamp::now();
        let rung = |role: &str| json!({"to": [role], "acknowledge_within_seconds": 3600});
        let raised = json!({
            "rule": rule, "rule_version": 1, "severity": "acute", "trigger": trigger, "title": rule, "step": 0,
            "subject": {"centre": CENTRE}, "recipients": ["director"],
            "acknowledge_by": now + jiff::SignedDuration::from_hours(1),
            "ladder": [rung("director"), rung("network_hq")],
        });
        let command = EscalationCommand::Raise(serde_json::from_value(raised).unwrap());
        let submission = Submission::new(now, service_actor(), Arc::new(Policies::shipped()));
        self.log.execute::<Escalation>(id.0, command, &submission).await.unwrap();
        id.0
    }

    /// Its events behind `raised`, once there are so many.
    async fn told(&self, escalation: Uuid, count: usize) -> Vec<(String, Value)> {
        let aggregate = AggregateId::new(AggregateKind::Escalation, escalation);
        let mut told = Vec::new();
        for _ in 0..1_200 {
            let raws = self.log.history(aggregate).await.unwrap();
            let event = |raw: &nabij_log::Raw| {
                let recorded = raw.decode(&mut nabij_log::KnownAt::default()).unwrap();
                let body = serde_json::from_slice(&raw.body).unwrap();
                (recorded.meta.event_type.name.to_owned(), body)
            };
            told = raws.iter().skip(1).map(event).collect();
            if told.len() >= count {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        told
    }
}

fn names(told: &[(String, Value)]) -> Vec<&str> {
    told.iter().map(|(name, _)| name.as_str()).collect()
}

#[tokio::test]
async fn a_receiver_that_fails_and_comes_back_gets_it_and_the_log_says_how_often_it_was_tried() {
    let director = Receiver::start([Behaviour::Answer(500, "")]).await;
    let place = Place::new(&director, &Receiver::start([]).await).await;
    let escalation = place.raise().await;
    let stop = place.start();
    let told = place.told(escalation, 2).await;
    assert_eq!(names(&told), ["notification_failed", "notified"], "{told:?}");
    let (failed, notified) = (&told[0].1, &told[1].1);
    assert_eq!((&failed["attempt"], &notified["attempt"]), (&json!(1), &json!(2)));
    assert_eq!((&failed["reason"], &failed["channel"]), (&json!("rejected"), &json!("webhook")));
    assert_eq!(failed["to"], json!({"staff": "director-1"}));
    assert!(failed["next_try"].is_string(), "{failed}");
    let calls = director.calls();
    assert_eq!(calls.len(), 2);
    assert_eq!(calls[0].headers["webhook-id"], calls[1].headers["webhook-id"]);
    stop.cancel();
    place.names.cleanup().await;
}

#[tokio::test]
async fn a_receiver_that_is_gone_is_parked_at_once_and_the_step_above_is_told() {
    let director = Receiver::start([Behaviour::Answer(410, "")]).await;
    let hq = Receiver::start([]).await;
    let place = Place::new(&director, &hq).await;
    let escalation = place.raise().await;
    let stop = place.start();
    let told = place.told(escalation, 2).await;
    assert_eq!(names(&told), ["notification_parked", "notified"], "{told:?}");
    let above: Value = serde_json::from_str(&hq.wait(1).await[0].body).unwrap();
    assert_eq!(above["type"], "escalation.undelivered");
    // Somebody mended it, and has it sent again.
    let parked = told[0].1.clone();
    let field = |name: &str| parked[name].clone();
    let retried =
        json!({"channel": field("channel"), "to": field("to"), "step": field("step"), "of": field("of")});
    let command = EscalationCommand::RetryNotification(serde_json::from_value(retried).unwrap());
    let submission = Submission::new(Timestamp::now(), service_actor(), Arc::new(Policies::shipped()));
    place.log.execute::<Escalation>(escalation, command, &submission).await.unwrap();
    let calls = director.wait(2).await;
    assert_eq!(calls[0].headers["webhook-id"], calls[1].headers["webhook-id"]);
    assert_eq!(names(&place.told(escalation, 4).await)[2..], ["notification_retried", "notified"]);
    stop.cancel();
    place.names.cleanup().await;
}

#[tokio::test]
async fn what_was_sent_before_a_crash_and_not_written_down_is_sent_again_under_the_same_id() {
    let director = Receiver::start([Behaviour::Slowly(Duration::from_secs(60))]).await;
    let place = Place::new(&director, &Receiver::start([]).await).await;
    let escalation = place.raise().await;
    let first = place.start();
    director.wait(1).await;
    // It has the notice, and we end before we hear so.
    first.cancel();
    let second = place.start();
    let calls = director.wait(2).await;
    assert_eq!(calls[0].headers["webhook-id"], calls[1].headers["webhook-id"]);
    assert_eq!(names(&place.told(escalation, 1).await)[..1], ["notified"]);
    second.cancel();
    place.names.cleanup().await;
}

#[tokio::test]
async fn a_receiver_that_hangs_holds_up_nobody_else_and_nothing_said_names_anybody() {
    let director = Receiver::start(std::iter::repeat_n(Behaviour::Hang, 200)).await;
    let hq = Receiver::start([]).await;
    let place = Place::new(&director, &hq).await;
    let stop = place.start();
    for _ in 0..20 {
        place.raise().await;
    }
    let note = json!({"centre": CENTRE, "category": "violence", "severity": "acute",
        "note": format!("{} of {}, {}", PLANTED[0], PLANTED[1], PLANTED[2])});
    let command = SignalCommand::Log(serde_json::from_value(note).unwrap());
    let actor = Actor {
        subject: "night-7".parse().unwrap(),
        role: Role::Companion,
        centres: Vec::new(),
        operator: None,
    };
    let submission = Submission::new(Timestamp::now(), actor, Arc::new(Policies::shipped()));
    place.log.execute::<Signal>(Uuid::now_v7(), command, &submission).await.unwrap();
    // Only what is for HQ; the director's receiver is still hanging on to its first two.
    let own = json!({
        "rule": "acute-signal", "rule_version": 1, "severity": "acute", "trigger": EventId(Uuid::now_v7()),
        "title": "acute-signal", "step": 0, "subject": {"centre": CENTRE}, "recipients": ["network_hq"],
        "acknowledge_by": Timestamp::now() + jiff::SignedDuration::from_hours(1),
    });
    let id = Uuid::now_v7();
    let command = EscalationCommand::Raise(serde_json::from_value(own).unwrap());
    let submission = Submission::new(Timestamp::now(), service_actor(), Arc::new(Policies::shipped()));
    place.log.execute::<Escalation>(id, command, &submission).await.unwrap();
    let told = place.told(id, 1).await;
    assert_eq!(names(&told), ["notified"]);
    let calls = [director.calls(), hq.calls()].concat();
    for call in calls {
        let said = format!("{:?} {}", call.headers, call.body);
        assert!(PLANTED.iter().all(|word| !said.contains(word)) && !said.contains(CENTRE), "{said}");
    }
    stop.cancel();
    place.names.cleanup().await;
}
