//! A log and a database of a test's own.

use deadpool_postgres::{Manager, Pool};
use nabij_log::{Log, LogConfig, MasterKey};
use nabij_testkit::{Database, Names, fresh_database, fresh_names, stack};

/// Streams and a prepared database that no other test has; the names are to be cleaned up, the database goes with its value.
pub(crate) async fn fresh() -> (Log, Pool, Names, Database) {
    let (names, database) = (fresh_names(), fresh_database().await);
    let config = LogConfig {
        max_bytes: 64 << 20,
        ..LogConfig::at(&stack().nats_url, &names.stream, &names.vault, &names.prefix)
    };
    let log = Log::connect(config, MasterKey::from_bytes([7; 32])).await.unwrap();
    let manager = Manager::new(database.url().parse().unwrap(), tokio_postgres::NoTls);
    let pool = Pool::builder(manager).build().unwrap();
    nabij_engine::prepare_database(&pool).await.unwrap();
    (log, pool, names, database)
}
