//! A network on servers with TLS, where every service is a user and a role of its own.

use std::path::Path;
use std::process::{Command, Stdio};

use nabij_testkit::PrivateStack;
use tempfile::TempDir;

use crate::binary::{Run, binary};
use crate::service::Service;

/// Keys and log lines of one network on a stack of [`private_stack_secure`](nabij_testkit::private_stack_secure).
#[derive(Debug)]
pub struct Secure<'a> {
    /// Keys and log lines.
    pub dir: TempDir,
    stack: &'a PrivateStack,
}

impl<'a> Secure<'a> {
    /// With keys of its own. Nothing is set up and nothing runs yet.
    ///
    /// # Panics
    /// When the temporary folder cannot be written.
    pub fn on(stack: &'a PrivateStack) -> Self {
        let network = Self { dir: tempfile::tempdir().expect("the temporary folder can be written"), stack };
        drop(network.nabij("cli", &["keys", "create"]).exits(0));
        network
    }

    /// The same network on other servers, which hold nothing of it: its keys, a folder of its own.
    ///
    /// # Panics
    /// When the keys cannot be copied.
    pub fn elsewhere<'b>(&self, stack: &'b PrivateStack) -> Secure<'b> {
        let dir = tempfile::tempdir().expect("the temporary folder can be written");
        let (from, to) = (self.dir.path().join("keys"), dir.path().join("keys"));
        std::fs::create_dir(&to).expect("a folder for the keys");
        for key in std::fs::read_dir(from).expect("the keys") {
            let key = key.expect("a key").path();
            std::fs::copy(&key, to.join(key.file_name().expect("a name"))).expect("a copy of the key");
        }
        Secure { dir, stack }
    }

    /// `nabij WORDS` as the user and role of `service`, to be changed and run.
    pub fn command(&self, service: &str, words: &[&str]) -> Command {
        let deploy = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy");
        let mut command = Command::new(binary());
        for name in ["NATS_URL", "NATS_ADMIN_URL", "DATABASE_URL"] {
            command.env_remove(name);
        }
        command
            .args(words)
            .envs(self.stack.env_of(service))
            .env("NABIJ_KEYS__FOLDER", self.dir.path().join("keys"))
            .env("NABIJ_DEPLOY__FOLDER", deploy)
            .current_dir(self.dir.path())
            .stdin(Stdio::null());
        command
    }

    /// Runs it to its end.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn nabij(&self, service: &str, words: &[&str]) -> Run {
        Run::from(self.command(service, words).output().expect("the binary starts"))
    }

    /// Starts `nabij serve NAME` as that service; the interface listens on `listen`.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn serve(&self, name: &'static str, listen: &str) -> Service {
        let path = self.dir.path().join(format!("{name}.log"));
        let log = std::fs::OpenOptions::new().create(true).append(true).open(path).expect("a log file");
        let also = log.try_clone().expect("a second handle");
        let mut command = self.command(name, &["serve", name]);
        Service::start(name, command.env("NABIJ_API__LISTEN", listen).stdout(log).stderr(also))
    }

    /// What a service wrote.
    pub fn log(&self, name: &str) -> String {
        std::fs::read_to_string(self.dir.path().join(format!("{name}.log"))).unwrap_or_default()
    }
}
