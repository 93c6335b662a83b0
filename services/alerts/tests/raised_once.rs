//! Rules against a real log and a real database: what is due is raised once, whatever crashes.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod servers;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::Pool;
use jiff::{Timestamp, ToSpan};
use nabij_alerts::adoption::adopt;
use nabij_alerts::carry_out::service_actor;
use nabij_alerts::driver::Driver;
use nabij_alerts::rule::{Rule, read_rules};
use nabij_alerts::service;
use nabij_alerts::view::{EscalationView, Wanted, escalations};
use nabij_engine::wait_for;
use nabij_log::{Log, Submission};
use nabij_model::discussion::{Discussion, DiscussionCommand};
use nabij_model::signal::{Signal, SignalCommand};
use nabij_model::{Actor, AggregateId, AggregateKind, Policies, Role};
use nabij_protocols::Protocols;
use nabij_testkit::{Database, Names, PATIENCE, eventually};
use nabij_underreporting::reportability::Reportability;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const CENTRE: &str = "01890000-0000-7000-8000-000000000001";

/// A log, a database, and as many instances of the service as a test starts.
struct Place {
    log: Log,
    pool: Pool,
    rules: Arc<Vec<Rule>>,
    now: Timestamp,
    stop: CancellationToken,
    names: Names,
    _database: Database,
}

impl Place {
    async fn new() -> Self {
        let (log, pool, names, database) = servers::fresh().await;
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/rules");
        let rules = Arc::new(read_rules(&folder).unwrap());
        let policies = Arc::new(Policies::shipped());
        let now = Timestamp::now();
        for rule in rules.iter() {
            adopt(&log, rule, now - (24 * 90).hours(), &policies, &service_actor(), now).await.unwrap();
        }
        Self { log, pool, rules, now, stop: CancellationToken::new(), names, _database: database }
    }

    /// One more instance of the service; it ends with the token.
    fn start(&self) -> CancellationToken {
        let driver = Driver {
            log: self.log.clone(),
            pool: self.pool.clone(),
            rules: Arc::clone(&self.rules),
            reportability: Arc::new(Reportability::shipped()),
            policies: Arc::new(Policies::shipped()),
            roster: Arc::default(),
            pace: Arc::default(),
            channels: Arc::default(),
            protocols: Arc::new(Protocols::shipped()),
        };
        let stop = self.stop.child_token();
        let stopped = stop.clone();
        tokio::spawn(async move { service::run(driver, &stopped).await.unwrap() });
        stop
    }

    fn by(&self, name: &str, hours_ago: i64) -> Submission {
        let actor =
            Actor { subject: name.parse().unwrap(), role: Role::Companion, centres: vec![], operator: None };
        Submission::new(self.now - hours_ago.hours(), actor, Arc::new(Policies::shipped()))
    }

    async fn log_signal(&self, fields: Value, submission: &Submission) -> Uuid {
        let mut body = json!({"centre": CENTRE, "category": "violence"});
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let id = Uuid::now_v7();
        let command = SignalCommand::Log(serde_json::from_value(body).unwrap());
        self.log.execute::<Signal>(id, command, submission).await.unwrap();
        id
    }

    async fn assess(&self, signal: Uuid, submission: &Submission) {
        let assessed = json!({"severity": "high", "blind": true});
        let command = SignalCommand::Assess(serde_json::from_value(assessed).unwrap());
        self.log.execute::<Signal>(signal, command, submission).await.unwrap();
    }

    /// Waits until so many are raised, and a little longer for one too many.
    async fn raised(&self, count: usize) -> Vec<EscalationView> {
        eventually(|| async { (self.all().await.len() >= count).then_some(()) }).await;
        tokio::time::sleep(Duration::from_millis(1_200)).await;
        let all = self.all().await;
        assert_eq!(all.len(), count, "{all:#?}");
        all
    }

    async fn all(&self) -> Vec<EscalationView> {
        let head = self.log.head().await.unwrap().sequence;
        wait_for(&self.pool, &["alerts_v5"], head, PATIENCE).await.unwrap();
        let wanted = Wanted { confidential: true, as_of: head, limit: 100, ..Wanted::default() };
        escalations(&self.pool.get().await.unwrap(), &wanted).await.unwrap()
    }

    /// What happened to a signal, once the service wrote so many events on it, and a little later.
    async fn story(&self, signal: Uuid, count: usize) -> Vec<String> {
        let about = AggregateId::new(AggregateKind::Signal, signal);
        let history = || async { self.log.history(about).await.unwrap() };
        eventually(|| async { (history().await.len() >= count).then_some(()) }).await;
        tokio::time::sleep(Duration::from_millis(1_200)).await;
        let events = history().await;
        let name = |event: &str| event.split('.').nth(2).unwrap_or_default().to_owned();
        events.iter().map(|raw| name(raw.event_type().unwrap())).collect()
    }

    async fn end(self) {
        self.stop.cancel();
        self.names.cleanup().await;
    }
}

#[tokio::test]
async fn an_acute_signal_is_raised_once_by_however_many_raisers() {
    let place = Place::new().await;
    place.log_signal(json!({"severity": "acute"}), &place.by("night-7", 0)).await;
    place.log_signal(json!({"severity": "high"}), &place.by("night-7", 0)).await;
    let (one, other) = (place.start(), place.start());
    place.raised(1).await;
    one.cancel();
    other.cancel();
    place.start();
    place.raised(1).await;
    place.log_signal(json!({"severity": "acute"}), &place.by("night-7", 0)).await;
    place.raised(2).await;
    place.end().await;
}

#[tokio::test]
async fn a_signal_about_a_minor_that_nobody_else_decided_on_is_raised_after_a_day() {
    let place = Place::new().await;
    let minor = || json!({"involves_minor": true});
    let (reporter, colleague) = (|hours| place.by("reporter", hours), |hours| place.by("colleague", hours));
    let undecided = place.log_signal(minor(), &reporter(25)).await;
    let decided = place.log_signal(minor(), &reporter(25)).await;
    place.assess(decided, &colleague(2)).await;
    let late = place.log_signal(minor(), &reporter(30)).await;
    place.assess(late, &colleague(1)).await;
    let discussed = place.log_signal(minor(), &reporter(26)).await;
    let held = json!({"centre": CENTRE, "kind": "multidisciplinary", "held_at": reporter(4).now, "signals": [discussed],
        "participants": ["companion", "school"]});
    let held = DiscussionCommand::Hold(serde_json::from_value(held).unwrap());
    place.log.execute::<Discussion>(Uuid::now_v7(), held, &reporter(3)).await.unwrap();
    place.log_signal(minor(), &reporter(23)).await;
    place.log_signal(json!({"involves_minor": true, "strength": true}), &reporter(40)).await;
    place.log_signal(json!({}), &reporter(40)).await;
    let imported = Submission { historic: true, ..reporter(40) };
    place.log_signal(minor(), &imported).await;

    place.start();
    let about: Vec<Value> =
        place.raised(2).await.iter().map(|view| view.steps[0].body["subject"]["signal"].clone()).collect();
    assert!(about.contains(&json!(undecided)), "{about:?}");
    assert!(about.contains(&json!(late)), "an answer after its time is no answer in time: {about:?}");
    place.end().await;
}

#[tokio::test]
async fn a_confidential_signal_is_for_the_safeguarding_person_alone() {
    let place = Place::new().await;
    let secret = json!({"severity": "acute", "concerns_staff": true, "route": "confidential"});
    place.log_signal(secret, &place.by("night-7", 0)).await;
    place.start();
    let raised = place.raised(1).await.remove(0);
    assert_eq!(raised.steps[0].body["recipients"], json!(["safeguarding_person"]));
    let head = place.log.head().await.unwrap().sequence;
    let everybody = Wanted { as_of: head, limit: 100, ..Wanted::default() };
    let seen = escalations(&place.pool.get().await.unwrap(), &everybody).await.unwrap();
    assert!(seen.is_empty(), "{seen:?}");
    place.end().await;
}

/// By however many instances: the protocol of what is acute starts, its missed step is written down, and the reporter hears that it
/// was received; each once. An import wakes nobody.
#[tokio::test]
async fn a_signal_is_cared_for_once_by_however_many_instances() {
    let place = Place::new().await;
    let acute = || json!({"severity": "acute", "category": "suicidality"});
    let signal = place.log_signal(acute(), &place.by("night-7", 0)).await;
    let imported = place.log_signal(acute(), &Submission { historic: true, ..place.by("night-7", 0) }).await;
    let run = Uuid::now_v7();
    let step = json!({"step": "safe", "role": "companion", "due_at": place.now - 1.hours()});
    let begun = json!({"run": run, "protocol": "conflict-among-children", "version": 1, "words": "{}", "steps": [step]});
    let late = place.log_signal(json!({}), &place.by("night-7", 3)).await;
    let command = SignalCommand::StartProtocol(serde_json::from_value(begun).unwrap());
    place.log.execute::<Signal>(late, command, &place.by("colleague", 2)).await.unwrap();
    let (one, other) = (place.start(), place.start());
    // The alarm that the acute signal raises is what its reporter is told of.
    assert_eq!(place.story(signal, 3).await.len(), 3);
    let story = place.story(signal, 3).await;
    assert!(
        story.contains(&"protocol_started".to_owned()) && story.contains(&"feedback_given".to_owned()),
        "{story:?}"
    );
    let missed = ["logged", "protocol_started", "protocol_step_overdue", "feedback_given"];
    assert_eq!(
        place.story(late, 4).await,
        missed,
        "the missed step is escalated, and of that the reporter hears"
    );
    assert_eq!(place.story(imported, 1).await, ["logged"]);
    one.cancel();
    other.cancel();
    place.start();
    assert_eq!(place.story(signal, 3).await, story, "a start repeats nothing");
    place.assess(late, &place.by("colleague", 0)).await;
    assert_eq!(place.story(late, 5).await.last().unwrap(), "assessed", "and not a second time");
    place.end().await;
}
