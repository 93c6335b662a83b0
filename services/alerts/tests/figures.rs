//! Rules on figures against real views: raised once, held while somebody has it, and again when it is above its limit anew.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod servers;

use std::path::Path;
use std::sync::Arc;

use deadpool_postgres::Pool;
use futures::StreamExt;
use jiff::{Timestamp, ToSpan};
use nabij_alerts::adoption::{adopt, adoptions};
use nabij_alerts::carry_out::{CarryOut, service_actor};
use nabij_alerts::driver::read;
use nabij_alerts::evaluate::{Evaluator, Todo};
use nabij_alerts::figures::Figures;
use nabij_alerts::machine::Machine;
use nabij_alerts::rule::{Condition, Rule, read_rules};
use nabij_caseload::Caseload;
use nabij_engine::{Projection, Runner, wait_for};
use nabij_log::{Log, Submission};
use nabij_model::centre::{Centre, CentreCommand};
use nabij_model::escalation::{Acknowledge, Escalation, EscalationCommand, Resolved};
use nabij_model::id::EscalationId;
use nabij_model::incident::{Incident, IncidentCommand};
use nabij_model::signal::{Signal, SignalCommand};
use nabij_model::{Actor, CentreId, Policies, Role, Sealed};
use nabij_testkit::{Database, Names, PATIENCE};
use nabij_underreporting::facts::{Facts, SCHEMA};
use nabij_underreporting::reportability::Reportability;
use serde_json::json;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// When the rules are looked at first: days are counted from here.
const NOW: Timestamp = Timestamp::constant(1_780_000_000, 0);

fn day(days: i64) -> Timestamp {
    NOW + (24 * days).hours()
}

/// The views, kept current, and the rules on figures.
struct Place {
    log: Log,
    pool: Pool,
    rules: Arc<Vec<Rule>>,
    policies: Arc<Policies>,
    stop: CancellationToken,
    names: Names,
    _database: Database,
}

impl Place {
    /// With one of the shipped rules.
    async fn with(rule: &str) -> Self {
        let (log, pool, names, database) = servers::fresh().await;
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/rules");
        let mut rules = read_rules(&folder).unwrap();
        rules.retain(|one| one.id.as_str() == rule);
        assert!(matches!(rules[0].condition(), Condition::Figure(_)));
        let policies = Arc::new(Policies::shipped());
        adopt(&log, &rules[0], day(-400), &policies, &service_actor(), day(-400)).await.unwrap();
        let projections: Vec<Arc<dyn Projection>> = vec![Arc::new(Caseload::new(&log)), Arc::new(Facts)];
        let (runner, stop) = (Runner::new(pool.clone(), log.clone(), projections), CancellationToken::new());
        let stopped = stop.clone();
        tokio::spawn(async move { runner.run(&stopped).await.unwrap() });
        Self { log, pool, rules: Arc::new(rules), policies, stop, names, _database: database }
    }

    fn by(&self, role: Role, at: Timestamp) -> Submission {
        let actor = Actor { subject: "somebody".parse().unwrap(), role, centres: vec![], operator: None };
        Submission::new(at, actor, Arc::clone(&self.policies))
    }

    async fn centre(&self, code: &str) -> CentreId {
        let id = Uuid::now_v7();
        let body = json!({"code": code, "name": code, "operator": "fedasil"});
        let register = CentreCommand::Register(serde_json::from_value(body).unwrap());
        self.log.execute::<Centre>(id, register, &self.by(Role::Service, day(-300))).await.unwrap();
        CentreId(id)
    }

    async fn signal(&self, centre: CentreId, at: Timestamp) -> Uuid {
        let id = Uuid::now_v7();
        let body = json!({"centre": centre, "category": "sleep", "note": "words"});
        let logged = SignalCommand::Log(serde_json::from_value(body).unwrap());
        self.log.execute::<Signal>(id, logged, &self.by(Role::Frontline, at)).await.unwrap();
        id
    }

    async fn incident(&self, centre: CentreId, at: Timestamp) {
        let id = Uuid::now_v7();
        let body = json!({"centre": centre, "source": "fedasil", "register_number": id.simple().to_string(),
            "incident_type": "fight", "category": "violence", "level": "minor", "occurred_at": at,
            "registered_at": at});
        let command = IncidentCommand::Register(serde_json::from_value(body).unwrap());
        self.log.execute::<Incident>(id, command, &self.by(Role::Coordinator, at)).await.unwrap();
    }

    async fn told(&self, signal: Uuid, at: Timestamp) {
        let told = json!({"to": "reporter", "kind": "action_taken"});
        let command = SignalCommand::GiveFeedback(serde_json::from_value(told).unwrap());
        self.log.execute::<Signal>(signal, command, &self.by(Role::Coordinator, at)).await.unwrap();
    }

    /// A service starts at `now`, reads everything, measures and writes down what is due: the centre of each that is new.
    async fn look(&self, now: Timestamp) -> Vec<(EscalationId, Option<CentreId>)> {
        let head = self.log.head().await.unwrap().sequence;
        wait_for(&self.pool, &["caseload_v5", SCHEMA], head, PATIENCE).await.unwrap();
        let reportability = Arc::new(Reportability::shipped());
        let (rules, policies) = (Arc::clone(&self.rules), Arc::clone(&self.policies));
        let adopted = adoptions(&self.log, &rules).await.unwrap();
        let mut evaluator =
            Evaluator::new(Arc::clone(&rules), Arc::clone(&reportability), Arc::clone(&policies), &adopted);
        let events = self.log.read(1).await.unwrap().take(usize::try_from(head).unwrap());
        for raw in events.collect::<Vec<_>>().await {
            evaluator.feed(&read(&self.log, &raw.unwrap()).await.unwrap().unwrap());
        }
        let carry_out = CarryOut::new(
            self.log.clone(),
            Arc::clone(&rules),
            Arc::clone(&policies),
            Arc::default(),
            Arc::default(),
        );
        let figures = Figures { pool: self.pool.clone(), rules, reportability, policies };
        for one in figures.measure(now).await.unwrap() {
            evaluator.figure(one.rule, one.centre, one.day, one.above, one.at);
        }
        let mut raised = Vec::new();
        for todo in evaluator.due(now) {
            let Todo::Raise { matter, .. } = &todo else { panic!("{todo:?}") };
            let one = (todo.escalation(&self.rules), matter.subject.centre);
            if carry_out.todo(todo, now).await.unwrap() {
                raised.push(one);
            }
        }
        raised
    }

    async fn resolve(&self, escalation: EscalationId, at: Timestamp) {
        let will_do = Sealed::plain("ik bel".to_owned());
        let take_up = EscalationCommand::Acknowledge(Acknowledge { will_do, until: None });
        let outcome = Sealed::plain("gebeld".to_owned());
        for command in [take_up, EscalationCommand::Resolve(Resolved { outcome })] {
            let by = self.by(Role::NetworkHq, at);
            self.log.execute::<Escalation>(escalation.0, command, &by).await.unwrap();
        }
    }

    async fn end(self) {
        self.stop.cancel();
        self.names.cleanup().await;
    }
}

#[tokio::test]
async fn reporters_of_one_centre_who_wait_past_a_week() {
    let place = Place::with("open-feedback-loops").await;
    let (many, few) = (place.centre("many").await, place.centre("few").await);
    let mut waiting = Vec::new();
    for _ in 0..21 {
        waiting.push(place.signal(many, day(-7)).await);
        place.signal(few, day(-6)).await;
    }
    assert_eq!(place.look(day(0) - 1.hour()).await, [], "a week is not over");
    let raised = place.look(day(0)).await;
    assert_eq!(raised.iter().map(|one| one.1).collect::<Vec<_>>(), [Some(many)]);
    assert_eq!(place.look(day(0) + 1.hour()).await, [], "nor by a start on the same day");
    place.told(waiting[0], day(1)).await;
    assert_eq!(place.look(day(1)).await.iter().filter(|one| one.1 == Some(many)).count(), 0);
    place.resolve(raised[0].0, day(2)).await;
    assert_eq!(
        place.look(day(2)).await.iter().filter(|one| one.1 == Some(many)).count(),
        0,
        "twenty are not above it"
    );
    place.signal(many, day(-6)).await;
    let again = place.look(day(3)).await;
    assert_eq!(again.iter().filter(|one| one.1 == Some(many)).count(), 1, "above it anew");
    place.end().await;
}

#[tokio::test]
async fn data_that_no_view_shows() {
    let place = Place::with("dead-letters").await;
    let letter = async |there: bool| {
        let client = place.pool.get().await.unwrap();
        let sql = if there {
            "INSERT INTO nabij.dead_letter (projection, version, sequence, aggregate, cases, event_type, error)
             VALUES ('caseload', 4, 1, 'signal.x', '{}', 'nabij.signal.logged.v1', 'unreadable')"
        } else {
            "DELETE FROM nabij.dead_letter"
        };
        client.execute(sql, &[]).await.unwrap();
    };
    assert_eq!(place.look(day(0)).await, []);
    letter(true).await;
    let raised = place.look(day(0) + 1.hour()).await;
    assert_eq!(raised.len(), 1);
    for days in [0, 1, 2] {
        assert_eq!(place.look(day(days) + 2.hours()).await, [], "it stands, and somebody was told");
    }
    place.resolve(raised[0].0, day(3)).await;
    assert_eq!(place.look(day(3)).await.len(), 1, "resolved, and it is still there");
    letter(false).await;
    assert_eq!(place.look(day(4)).await, []);
    place.end().await;
}

#[tokio::test]
async fn a_centre_that_writes_nothing_any_more() {
    let place = Place::with("silent-centre").await;
    let (silent, steady) = (place.centre("silent").await, place.centre("steady").await);
    for days in (-120..0).step_by(2) {
        for centre in [silent, steady] {
            if centre == steady || days < -20 {
                place.signal(centre, day(days)).await;
                place.incident(centre, day(days) + 1.hour()).await;
            }
        }
    }
    assert_eq!(place.look(day(-12)).await, [], "ten days of silence are not fifteen");
    let raised = place.look(day(-1)).await;
    assert_eq!(raised.iter().map(|one| one.1).collect::<Vec<_>>(), [Some(silent)]);
    assert_eq!(place.look(day(0)).await, [], "held");
    place.end().await;
}
