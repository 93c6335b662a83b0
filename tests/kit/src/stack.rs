//! The servers that tests share.

use std::env;
use std::sync::OnceLock;

use crate::command::{deploy_stack, root};

/// Addresses of one stack. NATS addresses carry user and password and are separated by commas in a cluster;
/// async-nats takes neither from one string, see [`connect`](crate::connect()).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stack {
    /// The user that services connect as. It may not delete or purge the streams `NABIJ` and `VAULT`.
    pub nats_url: String,
    /// A user without that restriction.
    pub nats_admin_url: String,
    /// A role that may create databases; see [`fresh_database`](crate::fresh_database).
    pub database_url: String,
    /// How many copies of a stream the servers can hold: 1, or 3 in a cluster.
    pub replicas: usize,
}

impl Stack {
    /// From the lines of `deploy/stack env --json`. A stack without PostgreSQL has an empty `database_url`.
    pub(crate) fn parse(json: &str) -> Self {
        let told: serde_json::Value =
            serde_json::from_str(json).expect("deploy/stack env --json prints JSON");
        let text = |key: &str| told[key].as_str().unwrap_or_default().to_owned();
        Self {
            nats_url: text("NATS_URL"),
            nats_admin_url: text("NATS_ADMIN_URL"),
            database_url: text("DATABASE_URL"),
            replicas: text("NABIJ_REPLICAS").parse().unwrap_or(1),
        }
    }
}

/// The servers that all tests share: those of `NATS_URL`, `NATS_ADMIN_URL` and `DATABASE_URL`, else a stack in
/// `target/test-stack` that is started when needed and left running for the next run
/// (`deploy/stack down --dir target/test-stack` ends it).
///
/// Tests run beside each other here: use [`fresh_database`](crate::fresh_database) and [`fresh_names`](crate::fresh_names).
pub fn stack() -> &'static Stack {
    static SHARED: OnceLock<Stack> = OnceLock::new();
    SHARED.get_or_init(|| from_environment().unwrap_or_else(start))
}

fn from_environment() -> Option<Stack> {
    Some(Stack {
        nats_url: env::var("NATS_URL").ok()?,
        nats_admin_url: env::var("NATS_ADMIN_URL").ok()?,
        database_url: env::var("DATABASE_URL").ok()?,
        replicas: env::var("NABIJ_REPLICAS").ok().and_then(|count| count.parse().ok()).unwrap_or(1),
    })
}

fn start() -> Stack {
    let dir = root().join("target/test-stack");
    deploy_stack(&["up", "--fast"], &dir);
    Stack::parse(&deploy_stack(&["env", "--json"], &dir))
}

/// A cluster of three NATS servers from `NABIJ_TEST_CLUSTER_URL` (and `NABIJ_TEST_CLUSTER_ADMIN_URL`), with the shared
/// PostgreSQL; `deploy/test` starts one. `None`, with a printed line, when there is none.
pub fn cluster() -> Option<Stack> {
    let Ok(nats_url) = env::var("NABIJ_TEST_CLUSTER_URL") else {
        println!("skipped: NABIJ_TEST_CLUSTER_URL names no cluster (deploy/test starts one)");
        return None;
    };
    let nats_admin_url = env::var("NABIJ_TEST_CLUSTER_ADMIN_URL").unwrap_or_else(|_| nats_url.clone());
    Some(Stack { nats_url, nats_admin_url, database_url: stack().database_url.clone(), replicas: 3 })
}
