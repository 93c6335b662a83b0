//! A log, a database and a small projection that can be made to fail.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use deadpool_postgres::{Manager, Pool};
use nabij_log::{Log, LogConfig, MasterKey, Submission};
use nabij_model::signal::{Signal, SignalCommand, SignalEvent};
use nabij_model::{Actor, Event, Policies, Recorded, Role};
use nabij_testkit::{Database, Names, PATIENCE, fresh_database, fresh_names, stack};
use serde_json::json;
use tokio::task::JoinHandle;
use tokio_postgres::types::Type;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    ApplyError, EngineError, Projection, Rebuild, Row, Rows, Runner, Table, prepare_database, wait_for,
};

static SEEN: Table = Table {
    name: "seen",
    columns: &[
        ("recorded_seq", Type::INT8),
        ("known_at", Type::TIMESTAMPTZ),
        ("signal", Type::UUID),
        ("name", Type::TEXT),
        ("category", Type::TEXT),
    ],
};
static TABLES: [&Table; 1] = [&SEEN];

/// Writes down every event of a signal. Refuses the category `bad-event`; PostgreSQL refuses `bad-row`.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// From now on it takes everything, as a newer binary would.
    pub(super) mended: AtomicBool,
}

impl Projection for Seen {
    fn name(&self) -> &'static str {
        "seen"
    }

    fn version(&self) -> u32 {
        1
    }

    fn ddl(&self) -> &'static str {
        "CREATE TABLE seen (recorded_seq bigint NOT NULL, known_at timestamptz NOT NULL, signal uuid NOT NULL,
             name text NOT NULL, category text CHECK (category <> 'bad-row'))"
    }

    fn indexes(&self) -> &'static str {
        "CREATE INDEX ON seen (recorded_seq); CREATE INDEX ON seen (signal)"
    }

    fn tables(&self) -> &'static [&'static Table] {
        &TABLES
    }

    fn apply(&self, event: &Recorded, rows: &mut Rows) -> Result<(), ApplyError> {
        let Event::Signal(signal) = &event.event else { return Ok(()) };
        let mended = self.mended.load(Ordering::Relaxed);
        let category = match signal {
            SignalEvent::Logged(logged) => logged.category.as_ref().map(|category| category.as_str()),
            _ => None,
        };
        // A row before the refusal, so that the test sees it taken back.
        let category = category.filter(|category| !(mended && *category == "bad-row"));
        let row: Row<'_> = rows.row(&SEEN);
        row.put(event.sequence as i64)
            .put(event.known_at)
            .put(event.meta.aggregate.id)
            .put(event.meta.event_type.name)
            .put(category)
            .end()?;
        if category == Some("bad-event") && !mended {
            return Err(ApplyError::Inconsistent("nobody can read this".to_owned()));
        }
        Ok(())
    }
}

/// A log, a database, and a projection.
pub(super) struct Place {
    pub(super) log: Log,
    pub(super) pool: Pool,
    pub(super) seen: Arc<Seen>,
    pub(super) names: Names,
    _database: Database,
}

impl Place {
    pub(super) async fn new() -> Self {
        let (names, database) = (fresh_names(), fresh_database().await);
        let config = LogConfig {
            max_bytes: 64 << 20,
            ..LogConfig::at(&stack().nats_url, &names.stream, &names.vault, &names.prefix)
        };
        let log = Log::connect(config, MasterKey::from_bytes([7; 32])).await.unwrap();
        let manager = Manager::new(database.url().parse().unwrap(), tokio_postgres::NoTls);
        let pool = Pool::builder(manager).max_size(16).build().unwrap();
        prepare_database(&pool).await.unwrap();
        Self { log, pool, seen: Arc::default(), names, _database: database }
    }

    pub(super) fn projections(&self) -> Vec<Arc<dyn Projection>> {
        vec![Arc::clone(&self.seen) as Arc<dyn Projection>]
    }

    pub(super) fn runner(&self) -> Runner {
        Runner::new(self.pool.clone(), self.log.clone(), self.projections())
    }

    pub(super) fn rebuild(&self) -> Rebuild {
        Rebuild::new(self.pool.clone(), self.log.clone(), self.projections())
    }

    pub(super) fn run(&self) -> (JoinHandle<Result<(), EngineError>>, CancellationToken) {
        let (runner, stop) = (self.runner(), CancellationToken::new());
        let stopped = stop.clone();
        (tokio::spawn(async move { runner.run(&stopped).await }), stop)
    }

    fn by(who: &str) -> Submission {
        let actor =
            Actor { subject: who.parse().unwrap(), role: Role::Frontline, centres: vec![], operator: None };
        Submission::new(jiff::Timestamp::now(), actor, Arc::new(Policies::shipped()))
    }

    /// Logs a signal about `cases`; gives its id and sequence.
    pub(super) async fn signal(&self, category: &str, cases: &[Uuid]) -> (Uuid, u64) {
        let involved: Vec<_> = cases.iter().map(|case| json!({"case": case, "role": "affected"})).collect();
        let body = json!({"centre": Uuid::from_u128(1), "category": category, "cases": involved});
        let id = Uuid::now_v7();
        let command = SignalCommand::Log(serde_json::from_value(body).unwrap());
        let done = self.log.execute::<Signal>(id, command, &Self::by("reporter")).await.unwrap();
        (id, done.sequence)
    }

    /// Logs a confidential signal about staff that names these cases; gives the sequence.
    pub(super) async fn hidden(&self, category: &str, cases: &[Uuid]) -> u64 {
        let involved: Vec<_> = cases.iter().map(|case| json!({"case": case, "role": "affected"})).collect();
        let body = json!({
            "centre": Uuid::from_u128(1), "category": category, "cases": involved, "concerns_staff": true,
            "route": "confidential",
        });
        let command = SignalCommand::Log(serde_json::from_value(body).unwrap());
        let by = Self::by("reporter");
        self.log.execute::<Signal>(Uuid::now_v7(), command, &by).await.unwrap().sequence
    }

    /// Assesses a signal; gives the sequence.
    pub(super) async fn assess(&self, signal: Uuid) -> u64 {
        let body = json!({"severity": "low", "blind": true});
        let command = SignalCommand::Assess(serde_json::from_value(body).unwrap());
        self.log.execute::<Signal>(signal, command, &Self::by("colleague")).await.unwrap().sequence
    }

    pub(super) async fn visible(&self, sequence: u64) {
        wait_for(&self.pool, &["seen_v1"], sequence, PATIENCE).await.unwrap();
    }

    /// The sequences in the view, in the order in which they were written.
    pub(super) async fn sequences(&self) -> Vec<u64> {
        self.sequences_in("seen_v1").await
    }

    pub(super) async fn sequences_in(&self, schema: &str) -> Vec<u64> {
        let sql = format!("SELECT recorded_seq FROM \"{schema}\".seen ORDER BY ctid");
        let rows = self.pool.get().await.unwrap().query(&sql, &[]).await.unwrap();
        rows.iter().map(|row| row.get::<_, i64>(0) as u64).collect()
    }

    /// Everything in the view, as one hash.
    pub(super) async fn digest(&self, schema: &str) -> String {
        let sql =
            format!("SELECT md5(string_agg(s::text, '|' ORDER BY recorded_seq)) FROM \"{schema}\".seen s");
        self.pool.get().await.unwrap().query_one(&sql, &[]).await.unwrap().get(0)
    }

    pub(super) async fn end(self) {
        self.names.cleanup().await;
    }
}
