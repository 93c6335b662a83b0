//! Where a benchmark happens: servers of its own, a log for each measurement.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use deadpool_postgres::{Manager, Pool};
use nabij_log::{Log, LogConfig, MasterKey};
use tokio_postgres::{Client, NoTls};

use super::servers::{Servers, Service};

/// One address and few callers make the load of a whole network: the budgets of `[limits]` would only measure refusals.
const UNLIMITED: [(&str, &str); 6] = [
    ("NABIJ_LIMITS__READS", BUDGET),
    ("NABIJ_LIMITS__WRITES", BUDGET),
    ("NABIJ_LIMITS__SIGNALS", BUDGET),
    ("NABIJ_LIMITS__MACHINES", BUDGET),
    ("NABIJ_LIMITS__ADDRESS_CALLS", BUDGET),
    ("NABIJ_LIMITS__ADDRESS_SIGNALS", BUDGET),
];
const BUDGET: &str = "{per_second=1000000,burst=1000000}";

/// Servers, and the folder `deploy` that they came from.
pub(super) struct Place {
    pub(super) servers: Servers,
    pub(super) deploy: PathBuf,
}

impl Place {
    /// A log with streams and a database of its own, on the keys that the `nabij` processes use too.
    pub(super) async fn fresh(&self, name: &str) -> Result<Log> {
        let server = connect(self.servers.database_url()).await?;
        server.batch_execute(&format!("CREATE DATABASE {name}")).await?;
        self.log(name).await
    }

    /// Streams of this name, created when absent.
    pub(super) async fn log(&self, name: &str) -> Result<Log> {
        let config = LogConfig {
            nats_url: self.servers.nats_url().to_owned(),
            stream: name.to_uppercase(),
            vault: format!("V_{}", name.to_uppercase()),
            prefix: name.to_owned(),
            ..LogConfig::default()
        };
        let key = MasterKey::from_file(&self.servers.dir().join("keys/master.key"))?;
        Log::connect(config, key).await.with_context(|| format!("the log {name} cannot be made"))
    }

    /// The interface on that log, at this address, taking as many calls as come.
    pub(super) fn serve_api(&self, name: &str, address: &str) -> Result<Service> {
        let listen = ("NABIJ_API__LISTEN", address);
        let settings: Vec<_> = UNLIMITED.into_iter().chain([listen]).collect();
        self.servers.serve(name, &["serve", "api"], &settings)
    }

    /// Connections to the same, as a service has them.
    pub(super) fn pool(&self, name: &str) -> Result<Pool> {
        let manager = Manager::new(self.servers.database_of(name).parse()?, NoTls);
        Ok(Pool::builder(manager).max_size(16).build()?)
    }

    /// The database of the views of one log.
    pub(super) async fn database(&self, name: &str) -> Result<Client> {
        connect(&self.servers.database_of(name)).await
    }
}

async fn connect(url: &str) -> Result<Client> {
    let (client, connection) =
        tokio_postgres::connect(url, NoTls).await.context("PostgreSQL cannot be reached")?;
    tokio::spawn(connection);
    Ok(client)
}
