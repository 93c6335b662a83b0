//! A small network on real servers: a log, the running projection, and a reader of its facts.
#![expect(unreachable_pub, reason = "each test file compiles this module for itself")]
#![expect(clippy::unwrap_used, reason = "a test stops where its servers do")]

use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{Manager, Pool};
use jiff::Timestamp;
use nabij_engine::{Runner, wait_for};
use nabij_log::{Log, LogConfig, MasterKey, Submission};
use nabij_model::text::StaffId;
use nabij_model::{Actor, Decider, Policies, Role};
use nabij_testkit::{Database, Names, fresh_database, fresh_names, stack};
use nabij_underreporting::facts::{Facts, SCHEMA};
use nabij_underreporting::reader::Reader;
use tokio_postgres::NoTls;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

pub struct Network {
    pub log: Log,
    pub pool: Pool,
    pub reader: Reader,
    stop: CancellationToken,
    names: Names,
    _database: Database,
}

impl Network {
    pub async fn start() -> Self {
        let (database, names) = (fresh_database().await, fresh_names());
        let config = LogConfig::at(&stack().nats_url, &names.stream, &names.vault, &names.prefix);
        let log = Log::connect(config, MasterKey::from_bytes([7; 32])).await.unwrap();
        let manager = Manager::new(database.url().parse().unwrap(), NoTls);
        let pool = Pool::builder(manager).max_size(6).build().unwrap();
        let stop = CancellationToken::new();
        let runner = Runner::new(pool.clone(), log.clone(), vec![Arc::new(Facts)]);
        let until = stop.clone();
        tokio::spawn(async move { runner.run(&until).await.unwrap() });
        Self { log, reader: Reader::live(pool.clone()), pool, stop, names, _database: database }
    }

    /// Carries a command out and gives the sequence of its last event.
    pub async fn does<A: Decider>(&self, id: impl Into<Uuid>, command: A::Command, now: Timestamp) -> u64 {
        let submission = submission("reporter", now);
        self.log.execute::<A>(id.into(), command, &submission).await.unwrap().sequence
    }

    /// Waits until the facts show this event.
    pub async fn shows(&self, sequence: u64) {
        let limit = Duration::from_secs(30);
        // The first event may come before the runner has made its tables.
        for _ in 0..50 {
            if wait_for(&self.pool, &[SCHEMA], sequence, limit).await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("event {sequence} did not become visible");
    }

    pub async fn end(self) {
        self.stop.cancel();
        self.names.cleanup().await;
    }
}

pub fn submission(who: &str, now: Timestamp) -> Submission {
    let actor = Actor {
        subject: StaffId::new(who).unwrap(),
        role: Role::Psychosocial,
        centres: vec![],
        operator: None,
    };
    Submission::new(now, actor, Arc::new(Policies::shipped()))
}

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}
