//! For every sequence of random histories the ledger says what the pure union-find says, and what corrections left of each record, however
//! the events came in.

use deadpool_postgres::{ClientWrapper, Manager, Object, Pool};
use jiff::{SignedDuration, Timestamp};
use nabij_engine::{Projection, Rows, Settlement};
use nabij_model::id::{AggregateId, EventId};
use nabij_model::text::StaffId;
use nabij_model::{Actor, AggregateKind, Event, EventHash, Meta, Recorded, Role};
use nabij_testkit::fresh_database;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use tokio_postgres::NoTls;
use uuid::Uuid;

use super::{in_windows, near};
use crate::evidence::Evidence;
use crate::facts::Facts;
use crate::occurrences::{Occurrence, occurrences};
use crate::reader::{Detail, Reader, Records};

fn id(kind: AggregateKind, n: u64) -> Uuid {
    Uuid::from_u128(0x0189_0000_0000_7000_8000_0000_0000_0000 + (kind as u128 + 1) * 1000 + u128::from(n))
}

/// A network whose few records are linked, unlinked, dismissed and corrected at random.
struct History {
    chance: ChaCha8Rng,
    sequence: u64,
    logged: Vec<u64>,
    /// The events that logged something: what a resident may answer.
    events: Vec<Uuid>,
}

impl History {
    fn next(&mut self) -> Recorded {
        self.sequence += 1;
        let (kind, n, event_type, body) = self.happening();
        let event_type = format!("nabij.{event_type}.v1");
        let (event_type, event) = Event::decode(&event_type, body.to_string().as_bytes())
            .unwrap_or_else(|error| panic!("{error}: {body}"));
        let own = EventId::derived(&["ledger", &self.sequence.to_string()]);
        if matches!(event_type.name, "logged" | "registered") {
            self.events.push(own.0);
        }
        let role = if self.chance.random_bool(0.1) { Role::Medical } else { Role::Frontline };
        let subject = StaffId::new("somebody").unwrap();
        Recorded {
            sequence: self.sequence,
            known_at: self.now(),
            meta: Meta {
                id: own,
                event_type,
                aggregate: AggregateId { kind, id: id(kind, n) },
                recorded_at: self.now(),
                actor: Actor { subject, role, centres: vec![], operator: None },
                concerns: Default::default(),
                command: None,
                historic: false,
                previous: None,
                traceparent: None,
            },
            event,
            body: Box::default(),
            hash: EventHash([0; 32]),
        }
    }

    fn now(&self) -> Timestamp {
        let begin: Timestamp = "2026-03-01T00:00:00Z".parse().unwrap();
        begin + SignedDuration::from_hours(self.sequence.cast_signed())
    }

    fn centre(&mut self) -> Uuid {
        id(AggregateKind::Centre, self.chance.random_range(0..3))
    }

    fn target(&mut self) -> Value {
        let n = self.chance.random_range(0..8);
        match self.chance.random_range(0..6) {
            0 => json!({"discussion": id(AggregateKind::Discussion, n % 3)}),
            1 | 2 => json!({"incident": id(AggregateKind::Incident, n % 4)}),
            _ => json!({"signal": id(AggregateKind::Signal, n)}),
        }
    }

    fn fresh(&mut self, from: u64, to: u64) -> Option<u64> {
        let n = self.chance.random_range(from..to);
        (!self.logged.contains(&n)).then(|| {
            self.logged.push(n);
            n
        })
    }

    fn happening(&mut self) -> (AggregateKind, u64, &'static str, Value) {
        use AggregateKind::{Case, Discussion, Incident, Signal};
        let (centre, to, now) = (self.centre(), self.target(), self.now());
        let any = self.chance.random_range(0..8);
        match self.chance.random_range(0..16) {
            0..=3 => {
                if let Some(n) = self.fresh(0, 8) {
                    return (Signal, n, "signal.logged", self.signal(centre));
                }
                (Signal, any, "signal.linked", json!({"to": to}))
            }
            4 | 5 => {
                if let Some(n) = self.fresh(100, 104) {
                    let body = json!({
                        "centre": centre, "source": "register", "register_number": n.to_string(),
                        "incident_type": "fight", "category": "violence", "level": "major", "occurred_at": now,
                    });
                    return (Incident, n - 100, "incident.registered", body);
                }
                // Nobody corrects what is not there.
                if !self.logged.contains(&(100 + any % 4)) {
                    return (Signal, any, "signal.linked", json!({"to": to}));
                }
                let level = ["minor", "critical"][self.chance.random_range(0..2)];
                let body = json!({"level": level, "incident_type": "threat"});
                (Incident, any % 4, "incident.reclassified", body)
            }
            6 => {
                if let Some(n) = self.fresh(200, 203) {
                    let held_at = now - SignedDuration::from_hours(self.chance.random_range(0..20));
                    let signals: Vec<Uuid> =
                        (0..2).map(|_| id(Signal, self.chance.random_range(0..8))).collect();
                    let body = json!({
                        "centre": centre, "kind": "multidisciplinary", "held_at": held_at, "signals": signals,
                        "participants": [], "voice": {},
                    });
                    return (Discussion, n - 200, "discussion.held", body);
                }
                (Signal, any, "signal.linked", json!({"to": to}))
            }
            7 | 8 => (Signal, any, "signal.linked", json!({"to": to})),
            9 => (Incident, any % 4, "incident.linked", json!({"to": to})),
            10 => (Signal, any, "signal.unlinked", json!({"to": to, "reason": "another_time"})),
            11 => {
                let severity = ["unsure", "low", "acute"][self.chance.random_range(0..3)];
                let body = json!({"severity": severity, "certainty": "reported", "blind": self.chance.random_bool(0.5)});
                (Signal, any, "signal.assessed", body)
            }
            12 => {
                let sealed = json!({"sealed": "AAAA", "key": format!("signal.{}", id(Signal, any)), "level": "team", "of": format!("{}#/note", id(Signal, 99))});
                (Signal, any, "signal.dismissed", json!({"note": sealed}))
            }
            13 => {
                if self.chance.random_bool(0.5) {
                    return (Signal, any, "signal.not_registered", json!({"reason": "no_time"}));
                }
                (Signal, any, "signal.feedback_given", json!({"to": "reporter", "kind": "outcome"}))
            }
            14 if self.logged.contains(&any) => {
                let sealed = json!({"sealed": "AAAA", "key": format!("signal.{}", id(Signal, any)), "level": "team", "of": format!("{}#/reason", id(Signal, 99))});
                let mut body = json!({"reason": sealed, "category": "self-harm", "involves_minor": self.chance.random_bool(0.5)});
                if self.chance.random_bool(0.5) {
                    body["occurred_place"] = json!(centre);
                }
                (Signal, any, "signal.corrected", body)
            }
            _ => {
                let about = self.events.get(self.chance.random_range(0..self.events.len().max(1)));
                let sealed = json!({"sealed": "AAAA", "key": format!("case.{}", id(Case, 1)), "level": "team", "of": format!("{}#/words", id(Case, 9))});
                (Case, 1, "case.response_added", json!({"words": sealed, "about": about}))
            }
        }
    }

    fn signal(&mut self, centre: Uuid) -> Value {
        let confidential = self.chance.random_bool(0.2);
        let mut body = json!({
            "centre": centre, "category": (["violence", "conflict"][self.chance.random_range(0..2)]),
            "severity": (["unsure", "moderate", "high"][self.chance.random_range(0..3)]),
            "certainty": (["unsure", "witnessed", "suspected"][self.chance.random_range(0..3)]),
            "source": (["frontline", "own_voice", "medical_note"][self.chance.random_range(0..3)]),
            "strength": self.chance.random_bool(0.05), "concerns_staff": confidential,
            "route": if confidential { "confidential" } else { "team" },
        });
        if self.chance.random_bool(0.3) {
            body["prompted_by"] =
                json!({"discussion": id(AggregateKind::Discussion, self.chance.random_range(0..3))});
        }
        if self.chance.random_bool(0.5) {
            body["accompaniment"] = json!((["parents", "unaccompanied"])[self.chance.random_range(0..2)]);
            body["involves_minor"] = json!(true);
        }
        body
    }
}

async fn empty_schema(client: &ClientWrapper, schema: &str) {
    let sql =
        format!("CREATE SCHEMA {schema}; SET search_path = {schema}; {} {}", Facts.ddl(), Facts.indexes());
    client.batch_execute(&sql).await.unwrap();
}

/// What each record said of itself at a sequence, and when it happened: the last word on each thing that anybody had said by then.
fn said(evidence: &Evidence, sequence: u64) -> Vec<String> {
    let captures = evidence.captures.iter().filter(|one| one.recorded_seq <= sequence && !one.strength);
    let mut said: Vec<String> = captures
        .map(|capture| {
            let mut one = capture.clone();
            let mut changes: Vec<_> = evidence.changes.iter().collect();
            changes.retain(|change| change.aggregate == one.aggregate && change.recorded_seq <= sequence);
            changes.sort_by_key(|change| change.recorded_seq);
            for change in changes.into_iter().cloned() {
                one.occurred_centre = change.occurred_centre.unwrap_or(one.occurred_centre);
                one.label = change.label.or(one.label);
                one.label_group = change.label_group.or(one.label_group);
                one.level = change.level.or(one.level);
                one.minors = change.minors.or(one.minors);
                one.occurred_at = change.occurred_at.or(one.occurred_at);
            }
            let at = one.occurred_at.unwrap_or(one.recorded_at);
            let what = (one.label, one.label_group, one.level, one.severity, one.minors, one.confidential);
            format!("{} {:?} {what:?} {at}", one.occurred_centre, one.list)
        })
        .collect();
    said.sort();
    said
}

async fn read(reader: &Reader, sequence: u64, period: (Timestamp, Timestamp)) -> Vec<String> {
    let mut read = Vec::new();
    for Records { of, at } in reader.records(period, Detail::All, sequence).await.unwrap() {
        let what = (of.label, of.group, of.level, of.severity, of.minors, of.confidential);
        read.extend(at.iter().map(|at| format!("{} {:?} {what:?} {at}", of.centre, of.list)));
    }
    read.sort();
    read
}

fn by_id(mut all: Vec<Occurrence>) -> Vec<Occurrence> {
    all.sort_by_key(|one| one.id);
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn at_every_sequence_the_ledger_says_what_the_union_find_and_the_corrections_say() {
    let database = fresh_database().await;
    let pool =
        Pool::builder(Manager::new(database.url().parse().unwrap(), NoTls)).max_size(3).build().unwrap();
    let client = Object::take(pool.get().await.unwrap());
    let [from, to] =
        ["2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"].map(|at| at.parse::<Timestamp>().unwrap());
    let (mut several, mut split, mut corrected) = (0, 0, 0);
    for seed in 0..12 {
        let schema = format!("ledger_{seed}");
        let reader = Reader::of_schema(pool.clone(), &schema).unwrap();
        empty_schema(&client, &schema).await;
        let chance = ChaCha8Rng::seed_from_u64(seed);
        let mut history = History { chance, sequence: 0, logged: vec![], events: vec![] };
        while history.sequence < 80 {
            let mut rows = Rows::new(Facts.tables());
            for _ in 0..history.chance.random_range(1..12) {
                Facts.apply(&history.next(), &mut rows).unwrap();
            }
            client.batch_execute("BEGIN").await.unwrap();
            let settlement = Settlement::new(&client, &schema, history.sequence);
            settlement.add(rows).await.unwrap();
            // Sometimes a batch waits for the next: a settlement takes in all that is new, in windows of a few records.
            if history.chance.random_bool(0.7) {
                in_windows(&settlement, 3).await.unwrap();
            }
            client.batch_execute("COMMIT").await.unwrap();
        }
        client.batch_execute("BEGIN").await.unwrap();
        let settlement = Settlement::new(&client, &schema, history.sequence);
        in_windows(&settlement, 1000).await.unwrap();
        in_windows(&settlement, 1000).await.unwrap();
        let all = settlement.query("SELECT DISTINCT aggregate FROM $schema.fact_capture", &[]).await.unwrap();
        let all: Vec<Uuid> = all.iter().map(|row| row.get(0)).collect();
        let evidence = near::evidence(&settlement, &all, i64::MAX).await.unwrap();
        client.batch_execute("COMMIT").await.unwrap();
        let mut open = evidence.clone();
        open.captures.retain(|capture| !capture.confidential);
        let mut before = 0;
        corrected += evidence.changes.len();
        for sequence in 0..=history.sequence {
            let known = said(&evidence, sequence);
            assert_eq!(read(&reader, sequence, (from, to)).await, known, "seed {seed}, sequence {sequence}");
            for (confidential, evidence) in [(true, &evidence), (false, &open)] {
                let told = reader.occurrences(sequence, confidential, from, to).await.unwrap();
                let pure = by_id(occurrences(evidence, sequence));
                assert_eq!(by_id(told), pure, "seed {seed}, sequence {sequence}, {confidential}");
                several += usize::from(pure.iter().any(|one| one.history.lists() > 1));
                if confidential {
                    split += usize::from(pure.len() > before && before > 0);
                    before = pure.len();
                }
            }
        }
    }
    assert!(several > 100 && split > 20, "the histories join and split: {several}, {split}");
    assert!(corrected > 40, "records are corrected: {corrected}");
}
