//! Servers of a test's own, which it may kill, pause and damage.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process;

use uuid::Uuid;

use crate::command::{deploy_stack, deploy_stack_async};
use crate::stack::Stack;

/// One or three NATS servers and a PostgreSQL. They end, and their data goes, with this value; also when the test's process
/// is killed.
#[derive(Debug)]
pub struct PrivateStack {
    dir: PathBuf,
    stack: Stack,
}

/// Starts servers of the test's own; `nodes` NATS servers, 1 or 3.
///
/// # Panics
/// When they do not start.
pub async fn private_stack(nodes: usize) -> PrivateStack {
    started(nodes, &[]).await
}

/// The same as in real use: with TLS, and a user and a role with least rights for each service; see
/// [`PrivateStack::env_of`].
///
/// # Panics
/// When they do not start.
pub async fn private_stack_secure(nodes: usize) -> PrivateStack {
    started(nodes, &["--secure"]).await
}

async fn started(nodes: usize, more: &[&str]) -> PrivateStack {
    // Not tempfile's folder: that one is closed to other users, and PostgreSQL may have to run as one.
    let dir = env::temp_dir().join(format!("nabij-test-{}", Uuid::now_v7().simple()));
    fs::create_dir(&dir).expect("the temporary folder can be written");
    let words =
        ["up", "--fast", "--temporary", "--nodes", &nodes.to_string(), "--owner", &process::id().to_string()];
    let words = words.iter().chain(more).map(|word| (*word).to_owned()).collect();
    deploy_stack_async(words, dir.clone()).await;
    let stack = Stack::parse(&deploy_stack_async(vec!["env".into(), "--json".into()], dir.clone()).await);
    PrivateStack { dir, stack }
}

impl PrivateStack {
    /// Its addresses. They stay the same when a server is started again.
    pub fn stack(&self) -> &Stack {
        &self.stack
    }

    /// What a service of a secure stack finds in its environment: where it connects, as whom, and the files of its secrets.
    ///
    /// # Panics
    /// When there is no such service.
    pub fn env_of(&self, service: &str) -> BTreeMap<String, String> {
        let told = deploy_stack(&["env", "--json", "--service", service], &self.dir);
        serde_json::from_str(&told).expect("deploy/stack env --json prints JSON")
    }

    /// Everything that the servers write lies here.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Where NATS server `node` (from 1) keeps the messages of a stream: `msgs/*.blk` and their indexes. Stop the server
    /// before you change them.
    pub fn stream_dir(&self, node: usize, stream: &str) -> PathBuf {
        self.dir.join(format!("nats/n{node}/data/jetstream/NABIJ/streams/{stream}"))
    }

    /// The end of a NATS server by SIGKILL.
    pub async fn kill_nats(&self, node: usize) {
        self.signal(&format!("n{node}"), "KILL").await;
    }

    /// The end of a NATS server in good order.
    pub async fn stop_nats(&self, node: usize) {
        self.run(&["stop", &format!("n{node}")]).await;
    }

    /// Starts a NATS server again, on its old address, and waits until it is ready.
    pub async fn start_nats(&self, node: usize) {
        self.run(&["start", &format!("n{node}")]).await;
    }

    /// A NATS server that hangs: it keeps its connections and answers nothing until [`Self::resume_nats`].
    pub async fn pause_nats(&self, node: usize) {
        self.signal(&format!("n{node}"), "STOP").await;
    }

    /// Undoes [`Self::pause_nats`].
    pub async fn resume_nats(&self, node: usize) {
        self.signal(&format!("n{node}"), "CONT").await;
    }

    /// The end of PostgreSQL by SIGKILL.
    pub async fn kill_postgres(&self) {
        self.signal("postgres", "KILL").await;
    }

    /// The end of PostgreSQL in good order; its clients are cut off.
    pub async fn stop_postgres(&self) {
        self.run(&["stop", "postgres"]).await;
    }

    /// Starts PostgreSQL again, on its old address, and waits until it is ready.
    pub async fn start_postgres(&self) {
        self.run(&["start", "postgres"]).await;
    }

    async fn signal(&self, server: &str, signal: &str) {
        self.run(&["signal", server, signal]).await;
    }

    async fn run(&self, words: &[&str]) {
        deploy_stack_async(words.iter().map(|word| (*word).to_owned()).collect(), self.dir.clone()).await;
    }
}

impl Drop for PrivateStack {
    fn drop(&mut self) {
        // A second panic while a failed test unwinds would hide the first; the watch of the stack ends it in that case.
        if !std::thread::panicking() {
            deploy_stack(&["down", "--wipe"], &self.dir);
        }
    }
}
