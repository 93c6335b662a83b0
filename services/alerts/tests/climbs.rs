//! How an escalation climbs, against a real log: whoever answers, whatever crashes, however many look at it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod servers;

use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::Pool;
use futures::StreamExt;
use jiff::{SignedDuration, Timestamp};
use nabij_alerts::carry_out::{CarryOut, service_actor};
use nabij_alerts::driver::Driver;
use nabij_alerts::ladder::{Climb, Ladder};
use nabij_alerts::machine::Machine;
use nabij_alerts::service;
use nabij_alerts::view::{EscalationView, Standing, Wanted, escalations};
use nabij_engine::wait_for;
use nabij_log::{KnownAt, Log, Submission};
use nabij_model::escalation::{Acknowledge, Escalation, EscalationCommand, Raised, Resolved};
use nabij_model::{Actor, Policies, Role, Sealed};
use nabij_protocols::Protocols;
use nabij_testkit::{Database, Names, PATIENCE, eventually};
use nabij_underreporting::reportability::Reportability;
use serde_json::json;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// A log, a database, and as many instances of the service as a test starts.
struct Place {
    log: Log,
    pool: Pool,
    stop: CancellationToken,
    names: Names,
    _database: Database,
}

impl Place {
    async fn new() -> Self {
        let (log, pool, names, database) = servers::fresh().await;
        Self { log, pool, stop: CancellationToken::new(), names, _database: database }
    }

    /// One more instance of the service; it ends with the token.
    fn start(&self) -> CancellationToken {
        let driver = Driver {
            log: self.log.clone(),
            pool: self.pool.clone(),
            rules: Arc::default(),
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

    fn carry_out(&self) -> CarryOut {
        let policies = Arc::new(Policies::shipped());
        CarryOut::new(self.log.clone(), Arc::default(), policies, Arc::default(), Arc::default())
    }

    async fn command(&self, id: Uuid, actor: Actor, minutes_ago: i64, command: EscalationCommand) {
        let at = Timestamp::now() - SignedDuration::from_mins(minutes_ago);
        let submission = Submission::new(at, actor, Arc::new(Policies::shipped()));
        self.log.execute::<Escalation>(id, command, &submission).await.unwrap();
    }

    /// Raised so long ago, with three rungs: an hour to answer on the first, and so many seconds on each of the others.
    async fn raise(&self, minutes_ago: i64, seconds: u32) -> Uuid {
        let id = Uuid::now_v7();
        let by = Timestamp::now() + SignedDuration::from_mins(60 - minutes_ago);
        let raised: Raised = serde_json::from_value(json!({
            "rule": "undecided-minor", "rule_version": 1, "severity": "high", "title": "undecided-minor",
            "trigger": Uuid::now_v7(), "step": 0, "recipients": ["coordinator"], "acknowledge_by": by,
            "ladder": [
                {"to": ["coordinator"], "acknowledge_within_seconds": 3600},
                {"to": ["director"], "acknowledge_within_seconds": seconds},
                {"to": ["network_hq"], "acknowledge_within_seconds": seconds},
            ],
        }))
        .unwrap();
        self.command(id, service_actor(), minutes_ago, EscalationCommand::Raise(raised)).await;
        id
    }

    async fn acknowledge(&self, id: Uuid, minutes_ago: i64, until_minutes_ago: Option<i64>) {
        let until = until_minutes_ago.map(|ago| Timestamp::now() - SignedDuration::from_mins(ago));
        let will_do = Sealed::plain("I go there".to_owned());
        let command = EscalationCommand::Acknowledge(Acknowledge { will_do, until });
        self.command(id, person("director-1", Role::Director), minutes_ago, command).await;
    }

    async fn view(&self, id: Uuid) -> EscalationView {
        let head = self.log.head().await.unwrap().sequence;
        wait_for(&self.pool, &["alerts_v5"], head, PATIENCE).await.unwrap();
        let wanted = Wanted { ids: Some(vec![id]), as_of: head, limit: 1, ..Wanted::default() };
        escalations(&self.pool.get().await.unwrap(), &wanted).await.unwrap().remove(0)
    }

    /// Waits until what is asked for is there, and a little longer for what should not follow.
    async fn until(&self, id: Uuid, there: impl Fn(&EscalationView) -> bool) -> EscalationView {
        eventually(|| async { there(&self.view(id).await).then_some(()) }).await;
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        self.view(id).await
    }

    /// A ladder that read the whole log.
    async fn ladder(&self) -> Ladder {
        let head = self.log.head().await.unwrap().sequence;
        let mut ladder = Ladder::new(Arc::default(), Arc::default());
        let events = nabij_engine::follow(&self.log, &self.pool, 1).await.unwrap();
        let mut events = events.take(usize::try_from(head).unwrap());
        while let Some(raw) = events.next().await {
            ladder.feed(&raw.unwrap().decode(&mut KnownAt::default()).unwrap());
        }
        ladder
    }

    async fn end(self) {
        self.stop.cancel();
        self.names.cleanup().await;
    }
}

fn person(name: &str, role: Role) -> Actor {
    Actor { subject: name.parse().unwrap(), role, centres: Vec::new(), operator: None }
}

fn named(view: &EscalationView, name: &str) -> usize {
    view.steps.iter().filter(|step| step.name == name).count()
}

#[tokio::test]
async fn nobody_answers_and_it_climbs_to_the_top_and_says_who_missed_it() {
    let place = Place::new().await;
    let id = place.raise(90, 1).await;
    place.start();
    place.start();
    let view = place.until(id, |view| named(view, "reminded") > 0).await;
    assert_eq!(named(&view, "handed_up"), 2, "{view:#?}");
    let way = view.way.as_ref().unwrap();
    assert_eq!(way.step, 2);
    assert!(way.rungs.iter().all(|rung| rung.since.is_some()), "{way:#?}");
    assert!(way.rungs[0].missed.is_some() && way.rungs[1].missed.is_some(), "{way:#?}");
    let up: Vec<_> = view.steps.iter().filter(|step| step.name == "handed_up").collect();
    assert_eq!(up[0].body["missed"], json!(["coordinator"]), "who missed it is told so");
    assert_eq!(up[1].body["missed"], json!(["director"]));
    let mut numbers: Vec<_> = view.steps.iter().filter_map(|step| step.body.get("number")).collect();
    numbers.dedup();
    assert_eq!(numbers.len(), named(&view, "reminded"), "each reminder once");
    assert_eq!(view.standing, Standing::Open);
    place.end().await;
}

#[tokio::test]
async fn taken_up_in_time_it_stays_where_it_is() {
    let place = Place::new().await;
    let id = place.raise(90, 1).await;
    place.acknowledge(id, 40, None).await;
    let waits = place.raise(30, 1).await;
    place.start();
    let view = place.until(id, |view| view.standing == Standing::Acknowledged).await;
    assert_eq!(view.steps.len(), 2, "{view:#?}");
    let way = view.way.unwrap();
    assert_eq!(way.climbs_at, Some(way.taken_up.unwrap().until), "it says until when it is theirs");
    assert_eq!(place.view(waits).await.steps.len(), 1, "its hour is not over");
    let resolved = Resolved { outcome: Sealed::plain("she is safe".to_owned()) };
    let by = person("director-1", Role::Director);
    place.command(id, by, 0, EscalationCommand::Resolve(resolved)).await;
    let view = place.view(id).await;
    assert_eq!(view.standing, Standing::Resolved);
    assert_eq!(view.way.unwrap().climbs_at, None);
    place.end().await;
}

#[tokio::test]
async fn promised_and_not_kept_it_climbs_again() {
    let place = Place::new().await;
    let id = place.raise(90, 3600).await;
    place.acknowledge(id, 80, Some(10)).await;
    // Without a word until when: as long as the rung had to answer, an hour.
    let unsaid = place.raise(90, 3600).await;
    place.acknowledge(unsaid, 80, None).await;
    place.start();
    for id in [id, unsaid] {
        let view = place.until(id, |view| named(view, "handed_up") > 0).await;
        assert_eq!(named(&view, "handed_up"), 1, "{view:#?}");
        assert_eq!(view.steps[2].body["because"], "promise");
        assert_eq!(view.standing, Standing::Open, "somebody has to answer anew");
    }
    place.end().await;
}

#[tokio::test]
async fn two_leaders_hand_it_up_once_and_a_crash_before_the_append_loses_nothing() {
    let place = Place::new().await;
    let id = place.raise(90, 3600).await;
    // Both decided at the same moment, whatever their clocks say.
    let (one, other) = (place.ladder().await, place.ladder().await);
    let decide = |ladder: &Ladder, minutes: i64| -> Climb {
        ladder.due(Timestamp::now() + SignedDuration::from_mins(minutes)).remove(0)
    };
    let (first, second) = (decide(&one, 0), decide(&other, 600));
    // And one more decided, and died before it wrote that down.
    drop(decide(&place.ladder().await, 0));
    let (a, b) = (place.carry_out(), place.carry_out());
    let now = Timestamp::now();
    let (a, b) = tokio::join!(a.climb(first, now), b.climb(second, now));
    assert_eq!(u8::from(a.unwrap()) + u8::from(b.unwrap()), 1);
    let crashed = place.raise(90, 3600).await;
    drop(place.ladder().await.due(Timestamp::now()));
    place.start();
    let view = place.until(crashed, |view| named(view, "handed_up") > 0).await;
    assert_eq!(named(&view, "handed_up"), 1, "{view:#?}");
    assert_eq!(named(&place.view(id).await, "handed_up"), 1);
    place.end().await;
}
