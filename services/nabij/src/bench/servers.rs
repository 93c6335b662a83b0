//! A private stack for one benchmark, and `nabij` processes on it.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

/// Servers of the benchmark's own; they end, and their data goes, with this value.
pub(super) struct Servers {
    script: PathBuf,
    dir: PathBuf,
    nats_url: String,
    database_url: String,
}

impl Servers {
    /// Starts them below `dir`.
    pub(super) fn start(deploy: &Path, dir: PathBuf) -> Result<Self> {
        let script = deploy.join("stack");
        let owner = std::process::id().to_string();
        let run = |words: &[&str]| -> Result<Output> {
            let done =
                Command::new(&script).args(words).arg("--dir").arg(&dir).stderr(Stdio::inherit()).output();
            let done = done.with_context(|| format!("{} cannot be run", script.display()))?;
            ensure!(done.status.success(), "{} {} failed", script.display(), words.join(" "));
            Ok(done)
        };
        run(&["up", "--temporary", "--owner", &owner])?;
        let env: Value = serde_json::from_slice(&run(&["env", "--json"])?.stdout)?;
        let address =
            |name: &str| env[name].as_str().map(str::to_owned).with_context(|| format!("no {name}"));
        let (nats_url, database_url) = (address("NATS_URL")?, address("DATABASE_URL")?);
        Ok(Self { script, dir, nats_url, database_url })
    }

    pub(super) fn nats_url(&self) -> &str {
        &self.nats_url
    }

    /// Where databases are created.
    pub(super) fn database_url(&self) -> &str {
        &self.database_url
    }

    /// The database of one log: views follow one log for ever.
    pub(super) fn database_of(&self, stream: &str) -> String {
        let server =
            self.database_url.rsplit_once('/').map_or(self.database_url.as_str(), |(server, _)| server);
        format!("{server}/{stream}")
    }

    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    /// `nabij WORDS` on these servers, with a stream of that name.
    pub(super) fn nabij(&self, stream: &str, words: &[&str]) -> Result<Command> {
        let mut command = Command::new(std::env::current_exe().context("the path of this program")?);
        let names = [
            ("NATS_URL", self.nats_url.clone()),
            ("DATABASE_URL", self.database_of(stream)),
            ("NABIJ_LOG__STREAM", stream.to_uppercase()),
            ("NABIJ_LOG__VAULT", format!("V_{}", stream.to_uppercase())),
            ("NABIJ_LOG__PREFIX", stream.to_owned()),
            ("NABIJ_KEYS__FOLDER", self.dir.join("keys").display().to_string()),
            ("NABIJ_ANCHORS__FOLDER", self.dir.join("anchors").join(stream).display().to_string()),
        ];
        command.args(words).envs(names).stdin(Stdio::null()).stderr(Stdio::inherit());
        Ok(command)
    }

    /// Runs it to its end; gives what it printed as JSON.
    pub(super) fn run(&self, stream: &str, words: &[&str]) -> Result<Value> {
        let done = self.nabij(stream, words)?.output()?;
        ensure!(done.status.success(), "nabij {} ended with {}", words.join(" "), done.status);
        let text = String::from_utf8(done.stdout)?;
        serde_json::from_str(&text)
            .with_context(|| format!("nabij {} printed no JSON: {text}", words.join(" ")))
    }

    /// Starts a service on it.
    pub(super) fn serve(&self, stream: &str, words: &[&str], settings: &[(&str, &str)]) -> Result<Service> {
        let mut command = self.nabij(stream, words)?;
        command.env("NABIJ_TELEMETRY__FILTER", "warn").envs(settings.iter().copied());
        Ok(Service(command.stdout(Stdio::null()).spawn()?))
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        // Best effort: the stack watches this process and ends by itself too.
        drop(Command::new(&self.script).args(["down", "--wipe", "--dir"]).arg(&self.dir).output());
    }
}

/// A running service; it ends with this value.
pub(super) struct Service(Child);

impl Service {
    /// Resident memory, MB.
    pub(super) fn memory_mb(&self) -> Option<f64> {
        memory_mb(self.0.id())
    }

    /// Whether it still runs.
    pub(super) fn runs(&mut self) -> Result<bool> {
        Ok(self.0.try_wait()?.is_none())
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn memory_mb(process: u32) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kilobytes: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes / 1024.0)
}
