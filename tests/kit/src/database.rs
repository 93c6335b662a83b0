//! A database of a test's own on the shared PostgreSQL.

use std::thread;

use tokio::runtime;
use tokio_postgres::NoTls;
use uuid::Uuid;

use crate::stack::stack;

/// An empty database, dropped with this value; connections that are still open then are ended by the server.
#[derive(Debug)]
pub struct Database {
    name: String,
    url: String,
    server: String,
}

/// Creates an empty database with a unique name on the server of [`stack`].
///
/// # Panics
/// When PostgreSQL cannot be reached.
pub async fn fresh_database() -> Database {
    Database::on(&stack().database_url).await
}

impl Database {
    /// Creates an empty database on the server of another stack.
    ///
    /// # Panics
    /// When PostgreSQL cannot be reached.
    pub async fn on(server: &str) -> Self {
        let name = format!("t_{}", Uuid::now_v7().simple());
        let (address, _) = server.rsplit_once('/').expect("DATABASE_URL ends in the name of a database");
        let url = format!("{address}/{name}");
        execute(server, &format!("CREATE DATABASE {name}")).await.unwrap_or_else(|error| panic!("{error:?}"));
        Self { name, url, server: server.to_owned() }
    }

    /// `postgres://user:password@host:port/name`.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let (server, drop) =
            (self.server.clone(), format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
        // A runtime of its own: the test's may be the one that is just ending. Best effort: a test that killed its server
        // must not fail here.
        let work = move || {
            let Ok(runtime) = runtime::Builder::new_current_thread().enable_all().build() else { return };
            let _ = runtime.block_on(execute(&server, &drop));
        };
        let _ = thread::spawn(work).join();
    }
}

async fn execute(url: &str, statement: &str) -> Result<(), tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    let driver = tokio::spawn(connection);
    let done = client.batch_execute(statement).await;
    drop(client);
    // The connection ends with its client; what it then says adds nothing to `done`.
    drop(driver.await);
    done
}
