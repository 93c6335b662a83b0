//! A log, a database, and a projector of the caseload.

use std::sync::Arc;

use deadpool_postgres::{Manager, Pool};
use jiff::{Timestamp, ToSpan};
use nabij_caseload::{Caseload, Reader};
use nabij_engine::{EngineError, Projection, Rebuild, Runner, prepare_database, wait_for};
use nabij_log::{ExecuteError, Log, LogConfig, MasterKey, Submission};
use nabij_model::case::{Case, CaseCommand, ErasureScope};
use nabij_model::centre::{Centre, CentreCommand};
use nabij_model::discussion::{Discussion, DiscussionCommand};
use nabij_model::referral::{Referral, ReferralCommand};
use nabij_model::signal::{Signal, SignalCommand};
use nabij_model::{Actor, Decider, Policies, Role};
use nabij_testkit::{Database, Names, PATIENCE, fresh_database, fresh_names, stack};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// When every history begins.
pub(crate) const BEGIN: &str = "2026-01-05T08:00:00Z";

/// A log, a database, and a projector.
pub(crate) struct Place {
    pub(crate) log: Log,
    pub(crate) pool: Pool,
    pub(crate) reader: Reader,
    pub(crate) policies: Arc<Policies>,
    stop: CancellationToken,
    projector: JoinHandle<Result<(), EngineError>>,
    names: Names,
    _database: Database,
}

/// A JSON value as a payload.
pub(crate) fn payload<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

impl Place {
    pub(crate) async fn new() -> Self {
        let (names, database) = (fresh_names(), fresh_database().await);
        let config = LogConfig {
            max_bytes: 64 << 20,
            ..LogConfig::at(&stack().nats_url, &names.stream, &names.vault, &names.prefix)
        };
        let log = Log::connect(config, MasterKey::from_bytes([7; 32])).await.unwrap();
        let manager = Manager::new(database.url().parse().unwrap(), tokio_postgres::NoTls);
        let pool = Pool::builder(manager).max_size(16).build().unwrap();
        prepare_database(&pool).await.unwrap();
        let runner = Runner::new(pool.clone(), log.clone(), projections(&log));
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        let projector = tokio::spawn(async move { runner.run(&stopped).await });
        let reader = Reader::new(pool.clone());
        let policies = Arc::new(Policies::shipped());
        Self { log, pool, reader, policies, stop, projector, names, _database: database }
    }

    pub(crate) fn rebuild(&self) -> Rebuild {
        Rebuild::new(self.pool.clone(), self.log.clone(), projections(&self.log))
    }

    /// A moment of the history.
    pub(crate) fn hour(&self, hour: i64) -> Timestamp {
        BEGIN.parse::<Timestamp>().unwrap() + hour.hours()
    }

    /// Carries a command out in an hour of the history; gives its sequence, or `None` when the rules refuse it.
    pub(crate) async fn try_as<A: Decider>(
        &self,
        who: &str,
        hour: i64,
        id: Uuid,
        command: A::Command,
    ) -> Option<u64> {
        let actor = Actor {
            subject: who.parse().unwrap(),
            role: Role::Psychosocial,
            centres: vec![],
            operator: None,
        };
        let submission = Submission::new(self.hour(hour), actor, Arc::clone(&self.policies));
        match self.log.execute::<A>(id, command, &submission).await {
            Ok(accepted) => Some(accepted.sequence),
            Err(ExecuteError::Refused(_)) => None,
            Err(error) => panic!("{error}"),
        }
    }

    pub(crate) async fn case(&self, hour: i64, id: Uuid, command: CaseCommand) -> u64 {
        self.try_as::<Case>("team", hour, id, command).await.unwrap()
    }

    /// One person asks that a case is erased, another agrees.
    pub(crate) async fn erase(&self, hour: i64, case: Uuid) -> u64 {
        self.try_erase(hour, case, &[]).await.unwrap()
    }

    /// The same, with the order naming what is alone and what is shared among `signals`; `None` when the rules refuse it.
    pub(crate) async fn try_erase(&self, hour: i64, case: Uuid, signals: &[Uuid]) -> Option<u64> {
        let asked = CaseCommand::RequestErasure(payload(serde_json::json!({"ground": "person_asked"})));
        self.try_as::<Case>("first", hour, case, asked).await;
        let listed_at = self.log.head().await.unwrap().sequence;
        let mut scope = ErasureScope { listed_at, ..ErasureScope::default() };
        for &signal in signals {
            let about = self.log.load::<Signal>(signal).await.unwrap().state.cases.clone();
            if about.iter().any(|involved| involved.case.0 == case) {
                let records = if about.len() == 1 { &mut scope.alone } else { &mut scope.shared };
                records.signals.push(signal.into());
            }
        }
        self.try_as::<Case>("second", hour, case, CaseCommand::Erase(scope)).await
    }

    /// Destroys the keys of a case.
    pub(crate) async fn destroy(&self, case: Uuid) {
        self.log.vault().destroy(&[case]).await.unwrap();
    }

    pub(crate) async fn signal(&self, who: &str, hour: i64, id: Uuid, command: SignalCommand) -> u64 {
        self.try_as::<Signal>(who, hour, id, command).await.unwrap()
    }

    pub(crate) async fn discuss(&self, hour: i64, held: Value) -> u64 {
        let command = DiscussionCommand::Hold(payload(held));
        self.try_as::<Discussion>("team", hour, Uuid::now_v7(), command).await.unwrap()
    }

    pub(crate) async fn referral(&self, hour: i64, id: Uuid, command: ReferralCommand) -> u64 {
        self.try_as::<Referral>("team", hour, id, command).await.unwrap()
    }

    pub(crate) async fn centre(&self, hour: i64, id: Uuid, command: CentreCommand) -> u64 {
        self.try_as::<Centre>("team", hour, id, command).await.unwrap()
    }

    pub(crate) async fn visible(&self, sequence: u64) {
        wait_for(&self.pool, &["caseload_v5"], sequence, PATIENCE).await.unwrap();
    }

    /// Everything in each table of a schema, as a hash of its ordered rows.
    pub(crate) async fn digests(&self, schema: &str) -> Vec<(&'static str, i64, Option<String>)> {
        let client = self.pool.get().await.unwrap();
        let mut digests = Vec::new();
        for table in projections(&self.log)[0].tables() {
            let sql = format!(
                "SELECT count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {schema}.{} t",
                table.name
            );
            let row = client.query_one(&sql, &[]).await.unwrap();
            digests.push((table.name, row.get(0), row.get(1)));
        }
        digests
    }

    /// The tables with a row of a case.
    pub(crate) async fn rows_naming(&self, schema: &str, case: Uuid) -> Vec<&'static str> {
        let client = self.pool.get().await.unwrap();
        let mut found = Vec::new();
        for table in projections(&self.log)[0].tables() {
            if table.columns.iter().any(|(name, _)| *name == "case_id") {
                let sql = format!("SELECT EXISTS (SELECT FROM {schema}.{} WHERE case_id = $1)", table.name);
                if client.query_one(&sql, &[&case]).await.unwrap().get::<_, bool>(0) {
                    found.push(table.name);
                }
            }
        }
        found
    }

    /// Whether the id of an erased case stands in a body of anything but its own erasure.
    pub(crate) async fn named_in_a_body(&self, schema: &str, case: Uuid) -> bool {
        let sql = format!(
            "SELECT EXISTS (SELECT FROM {schema}.timeline
             WHERE body LIKE $1 AND event_type NOT LIKE 'nabij.case.eras%')"
        );
        let client = self.pool.get().await.unwrap();
        client.query_one(&sql, &[&format!("%{case}%")]).await.unwrap().get(0)
    }

    /// Whether a phrase stands anywhere in a schema.
    pub(crate) async fn mentions(&self, schema: &str, phrase: &str) -> bool {
        let client = self.pool.get().await.unwrap();
        for table in projections(&self.log)[0].tables() {
            let sql = format!("SELECT EXISTS (SELECT FROM {schema}.{} t WHERE t::text LIKE $1)", table.name);
            if client.query_one(&sql, &[&format!("%{phrase}%")]).await.unwrap().get::<_, bool>(0) {
                return true;
            }
        }
        false
    }

    pub(crate) async fn end(self) {
        self.stop.cancel();
        self.projector.await.unwrap().unwrap();
        self.names.cleanup().await;
    }
}

pub(crate) fn projections(log: &Log) -> Vec<Arc<dyn Projection>> {
    vec![Arc::new(Caseload::new(log))]
}
