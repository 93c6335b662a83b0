//! Where one test runs the binary: a folder, streams and a database of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nabij_testkit::{Database, Names, fresh_database, fresh_names, stack};
use serde_json::Value;
use tempfile::TempDir;

/// A folder, streams, a database.
pub(crate) struct Place {
    dir: TempDir,
    names: Names,
    database: Database,
}

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Run {
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "out: {}\nerr: {}", self.out, self.err);
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error} in {}", self.out))
    }

    /// Standard error, which must be one sentence.
    #[track_caller]
    pub(crate) fn sentence(&self) -> &str {
        let sentence =
            self.err.strip_prefix("nabij: ").unwrap_or_else(|| panic!("no sentence: {}", self.err));
        assert_eq!(sentence.trim_end().lines().count(), 1, "{sentence}");
        sentence.trim_end()
    }
}

/// Where maps and policies lie.
pub(crate) fn deploy() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy")
}

/// A command without any setting of the caller's environment.
pub(crate) fn bare(dir: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nabij"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("NABIJ_") || name.ends_with("_URL"))
    {
        command.env_remove(name);
    }
    command.args(words).current_dir(dir).stdin(Stdio::null());
    command.env("NABIJ_DEPLOY__FOLDER", deploy());
    command
}

/// Runs it to its end.
pub(crate) fn run(command: &mut Command) -> Run {
    let output = command.output().unwrap();
    Run {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

impl Place {
    /// With keys, and nothing in the log.
    pub(crate) async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let place = Self { dir, names: fresh_names(), database: fresh_database().await };
        drop(place.nabij(&["keys", "create"]).exits(0));
        place
    }

    /// The folder.
    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Writes a file and gives its path as a word of a command line.
    pub(crate) fn file(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        let path = self.dir().join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    /// Runs `nabij WORDS` with its settings.
    pub(crate) fn nabij(&self, words: &[&str]) -> Run {
        run(&mut self.command(words))
    }

    /// `nabij WORDS` with its settings, not yet run.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = bare(self.dir(), words);
        command.envs([
            ("NATS_URL", stack().nats_url.as_str()),
            ("DATABASE_URL", self.database.url()),
            ("NABIJ_LOG__STREAM", &self.names.stream),
            ("NABIJ_LOG__VAULT", &self.names.vault),
            ("NABIJ_LOG__PREFIX", &self.names.prefix),
        ]);
        command
    }

    /// The names of its streams.
    pub(crate) fn names(&self) -> &Names {
        &self.names
    }

    /// How many events the log holds, as `verify` walks it.
    pub(crate) fn events(&self) -> u64 {
        self.nabij(&["verify", "--json"]).exits(0).json()["events"].as_u64().unwrap()
    }

    /// The servers lose everything.
    pub(crate) async fn lose(&self) {
        self.names.cleanup().await;
    }

    /// Takes the streams away.
    pub(crate) async fn end(self) {
        self.names.cleanup().await;
    }
}
