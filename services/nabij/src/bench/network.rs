//! A network of one measurement's own, as in real use: encrypted, every service a user and a role with least rights, and everything
//! under its real name.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::{Context as _, Result, ensure};
use deadpool_postgres::Pool;
use nabij_api::tokens::Issuer;
use nabij_log::{Log, LogConfig};
use serde_json::Value;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use super::raw;
use super::service::Service;
use crate::context::Context;
use crate::settings::Settings;

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

/// Everybody who has a key at NATS and a role in PostgreSQL.
const USERS: [&str; 5] = ["admin", "api", "projector", "alerts", "cli"];

/// Its servers end, and its data goes, with this value.
pub(super) struct Network {
    deploy: PathBuf,
    dir: TempDir,
    /// What each user finds in its environment: asked for once, since that takes longer than a process of ours needs to start.
    variables: HashMap<&'static str, BTreeMap<String, String>>,
}

impl Network {
    /// Starts servers, makes keys and streams; `deploy` is the folder that the servers are started by.
    pub(super) fn start(deploy: &Path) -> Result<Self> {
        let dir = tempfile::Builder::new().prefix("nabij-bench-").tempdir()?;
        // PostgreSQL may have to run as another user, who must be able to enter the folder.
        #[cfg(unix)]
        std::fs::set_permissions(dir.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
        let mut network = Self { deploy: deploy.canonicalize()?, dir, variables: HashMap::new() };
        let owner = std::process::id().to_string();
        network.stack(&["up", "--secure", "--temporary", "--owner", &owner])?;
        for user in USERS {
            network.variables.insert(user, network.asked(user)?);
        }
        for (user, words) in [("cli", &["keys", "create"][..]), ("admin", &["setup"])] {
            let done = network.nabij(user, words)?.output()?;
            ensure!(done.status.success(), "nabij {} ended with {}", words.join(" "), done.status);
        }
        Ok(network)
    }

    /// Asks the stack where a user connects and as whom.
    fn asked(&self, user: &str) -> Result<BTreeMap<String, String>> {
        let told = self.stack(&["env", "--json", "--service", user])?;
        let mut variables: BTreeMap<String, String> = serde_json::from_slice(&told.stdout)?;
        let folders =
            [("KEYS", self.file("keys")), ("ANCHORS", self.file("anchors")), ("DEPLOY", self.deploy.clone())];
        for (section, folder) in folders {
            variables.insert(format!("NABIJ_{section}__FOLDER"), folder.display().to_string());
        }
        Ok(variables)
    }

    fn variables(&self, user: &str) -> Result<&BTreeMap<String, String>> {
        self.variables.get(user).with_context(|| format!("there is no user {user}"))
    }

    /// What a process of this user would have, within this process.
    fn context(&self, user: &str) -> Result<Context> {
        let settings = Settings::of(self.variables(user)?)?;
        Ok(Context { settings, json: false, stop: CancellationToken::new() })
    }

    /// The log, as `cli`.
    pub(super) async fn log(&self) -> Result<Log> {
        self.context("cli")?.log().await
    }

    /// An empty log on the same servers, for messages without anything of ours around them.
    pub(super) async fn raw(&self) -> Result<Log> {
        let context = self.context("admin")?;
        let config = LogConfig {
            stream: raw::NAME.to_uppercase(),
            vault: format!("V_{}", raw::NAME.to_uppercase()),
            prefix: raw::NAME.to_owned(),
            ..context.log_config()?
        };
        Log::connect(config, context.keyring()?).await.context("the log for the raw limit cannot be made")
    }

    /// The database of the views, as `cli` or a service.
    pub(super) fn pool(&self, user: &str) -> Result<Pool> {
        self.context(user)?.pool()
    }

    /// What signs tokens that the interface takes.
    pub(super) fn issuer(&self) -> Result<Issuer> {
        self.context("cli")?.issuer()
    }

    /// The files of `deploy`.
    pub(super) fn deploy(&self) -> &Path {
        &self.deploy
    }

    /// A file of the measurement's own.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Runs `nabij WORDS` as `cli` to its end; gives what it printed as JSON.
    pub(super) fn run(&self, words: &[&str]) -> Result<Value> {
        let done = self.nabij("cli", words)?.output()?;
        ensure!(done.status.success(), "nabij {} ended with {}", words.join(" "), done.status);
        let text = String::from_utf8(done.stdout)?;
        serde_json::from_str(&text)
            .with_context(|| format!("nabij {} printed no JSON: {text}", words.join(" ")))
    }

    /// Starts a service.
    pub(super) fn serve(&self, service: &str) -> Result<Service> {
        Service::start(&mut self.nabij(service, &["serve", service])?)
    }

    /// Starts the interface at this address, taking as many calls as come.
    pub(super) fn serve_api(&self, address: &str) -> Result<Service> {
        let mut command = self.nabij("api", &["serve", "api"])?;
        Service::start(command.envs(UNLIMITED).env("NABIJ_API__LISTEN", address))
    }

    /// Begins a rebuild of all views: as `cli` at the log, and as whoever writes them in the database.
    pub(super) fn rebuild(&self) -> Result<Service> {
        let writer = self.variables("projector")?.iter().filter(|(name, _)| name.contains("DATABASE"));
        Service::start(self.nabij("cli", &["rebuild", "--json"])?.envs(writer))
    }

    fn nabij(&self, user: &str, words: &[&str]) -> Result<Command> {
        let mut command = Command::new(std::env::current_exe().context("the path of this program")?);
        command.args(words).envs(self.variables(user)?).stdin(Stdio::null()).stderr(Stdio::inherit());
        Ok(command)
    }

    fn stack(&self, words: &[&str]) -> Result<Output> {
        let script = self.deploy.join("stack");
        let mut command = Command::new(&script);
        let done = command.args(words).arg("--dir").arg(self.file("stack")).stderr(Stdio::inherit()).output();
        let done = done.with_context(|| format!("{} cannot be run", script.display()))?;
        ensure!(done.status.success(), "{} {} failed", script.display(), words.join(" "));
        Ok(done)
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        // Best effort: the stack watches this process and ends by itself too.
        drop(self.stack(&["down", "--wipe"]));
    }
}
