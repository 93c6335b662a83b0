//! Since when a rule holds, against a real log: what is old stays old unless somebody asks, and what was pending is not lost.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod servers;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::Pool;
use futures::StreamExt;
use jiff::{Timestamp, ToSpan};
use nabij_alerts::adoption::{adopt, adoptions};
use nabij_alerts::carry_out::service_actor;
use nabij_alerts::driver::Driver;
use nabij_alerts::rule::{Rule, read_rules};
use nabij_alerts::service;
use nabij_log::{ExecuteError, KnownAt, Log, Submission};
use nabij_model::escalation::EscalationEvent;
use nabij_model::signal::{Signal, SignalCommand};
use nabij_model::{Actor, Event, Policies, Role};
use nabij_protocols::Protocols;
use nabij_testkit::{Database, Names, eventually};
use nabij_underreporting::reportability::Reportability;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

struct Place {
    log: Log,
    pool: Pool,
    now: Timestamp,
    policies: Arc<Policies>,
    names: Names,
    _database: Database,
}

fn rule(id: &str) -> Rule {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/rules");
    read_rules(&folder).unwrap().into_iter().find(|rule| rule.id.as_str() == id).unwrap()
}

/// The same rule, changed.
fn next(rule: &Rule) -> Rule {
    let mut next = rule.clone();
    next.version += 1;
    next
}

impl Place {
    async fn new() -> Self {
        let (log, pool, names, database) = servers::fresh().await;
        let policies = Arc::new(Policies::shipped());
        Self { log, pool, now: Timestamp::now(), policies, names, _database: database }
    }

    async fn log_signal(&self, hours_ago: i64, more: Value) -> Uuid {
        let mut body = json!({"centre": Uuid::from_u128(1), "category": "violence", "note": "words"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let subject = "night-7".parse().unwrap();
        let actor = Actor { subject, role: Role::Companion, centres: vec![], operator: None };
        let submission = Submission::new(self.now - hours_ago.hours(), actor, Arc::clone(&self.policies));
        let id = Uuid::now_v7();
        let logged = SignalCommand::Log(serde_json::from_value(body).unwrap());
        self.log.execute::<Signal>(id, logged, &submission).await.unwrap();
        id
    }

    async fn adopt(&self, rule: &Rule, since: Timestamp) -> Result<bool, ExecuteError> {
        adopt(&self.log, rule, since, &self.policies, &service_actor(), self.now).await
    }

    /// The service with this rule, until it stops: it leads at once.
    fn serve(&self, rule: &Rule) -> CancellationToken {
        let driver = Driver {
            log: self.log.clone(),
            pool: self.pool.clone(),
            rules: Arc::new(vec![rule.clone()]),
            reportability: Arc::new(Reportability::shipped()),
            policies: Arc::clone(&self.policies),
            roster: Arc::default(),
            pace: Arc::default(),
            channels: Arc::default(),
            protocols: Arc::new(Protocols::shipped()),
        };
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        tokio::spawn(async move { service::run(driver, &stopped).await.unwrap() });
        stop
    }

    /// Waits until this version of the rule holds.
    async fn holds(&self, rule: &Rule) {
        let version = || async {
            let held = self
                .log
                .load::<nabij_model::escalation::Escalation>(nabij_model::escalation::rule_id(&rule.id).0);
            held.await.unwrap().state.adopted.map(|adopted| adopted.version)
        };
        let holds = eventually(|| async { (version().await == Some(rule.version)).then_some(()) });
        holds.await.unwrap_or_else(|| panic!("version {} of {} does not hold", rule.version, rule.id));
    }

    /// The signals that were raised once so many are, and a little later.
    async fn raised(&self, count: usize) -> Vec<Uuid> {
        eventually(|| async { (self.all().await.len() >= count).then_some(()) }).await;
        tokio::time::sleep(Duration::from_millis(1_200)).await;
        let all = self.all().await;
        assert_eq!(all.len(), count, "{all:?}");
        all
    }

    async fn all(&self) -> Vec<Uuid> {
        let head = usize::try_from(self.log.head().await.unwrap().sequence).unwrap();
        let mut known = KnownAt::default();
        let raws: Vec<_> = self.log.read(1).await.unwrap().take(head).collect().await;
        let events = raws.into_iter().map(|raw| raw.unwrap().decode(&mut known).unwrap().event);
        events
            .filter_map(|event| match event {
                Event::Escalation(EscalationEvent::Raised(raised)) => raised.subject.signal.map(|id| id.0),
                _ => None,
            })
            .collect()
    }

    async fn end(self) {
        self.names.cleanup().await;
    }
}

#[tokio::test]
async fn what_is_older_than_a_rule_is_raised_only_when_somebody_asks_and_once() {
    let place = Place::new().await;
    let acute = rule("acute-signal");
    let old = place.log_signal(3, json!({"severity": "acute"})).await;
    let older = place.log_signal(48, json!({"severity": "acute"})).await;
    let stop = place.serve(&acute);
    place.holds(&acute).await;
    assert_eq!(place.raised(0).await, [] as [Uuid; 0]);
    let new = place.log_signal(0, json!({"severity": "acute"})).await;
    assert_eq!(place.raised(1).await, [new]);

    assert!(place.adopt(&acute, place.now - 4.hours()).await.unwrap(), "it looks further back");
    assert_eq!(place.raised(2).await, [new, old], "while it runs");
    assert!(!place.adopt(&acute, place.now - 4.hours()).await.unwrap(), "it does so already");
    assert!(!place.adopt(&acute, place.now).await.unwrap(), "and never less far");
    place.raised(2).await;
    stop.cancel();
    assert!(place.adopt(&acute, place.now - 100.hours()).await.unwrap());
    let stop = place.serve(&acute);
    assert_eq!(place.raised(3).await, [new, old, older], "and at a start");
    stop.cancel();
    place.end().await;
}

#[tokio::test]
async fn a_changed_rule_raises_nothing_old_again_and_loses_nothing_that_was_pending() {
    let place = Place::new().await;
    let before = rule("undecided-minor");
    place.adopt(&before, place.now - (24 * 90).hours()).await.unwrap();
    let minor = || json!({"involves_minor": true});
    let old = place.log_signal(30, minor()).await;
    let stop = place.serve(&before);
    assert_eq!(place.raised(1).await, [old]);
    stop.cancel();
    // Its time ends while nobody is there, and then the rule is another one.
    let pending = place.log_signal(25, minor()).await;
    let after = next(&before);
    let (one, other) = (place.serve(&after), place.serve(&after));
    place.holds(&after).await;
    assert_eq!(place.raised(2).await, [old, pending]);
    one.cancel();
    other.cancel();

    // An older file does not take the rule back, and says so.
    let error = place.adopt(&before, place.now).await.unwrap_err();
    assert!(error.to_string().contains("give the changed rule a higher one"), "{error}");
    let stop = place.serve(&before);
    place.raised(2).await;
    let held = adoptions(&place.log, std::slice::from_ref(&before)).await.unwrap();
    assert!(held[&before.id] <= place.now - 24.hours(), "{held:?}");
    stop.cancel();
    place.end().await;
}
