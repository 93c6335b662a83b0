//! A reception network of a test's own.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use nabij_testkit::{Database, Names, Stack, eventually, free_address, fresh_names, stack};
use reqwest::Method;
use serde_json::Value;
use tempfile::TempDir;
use uuid::Uuid;

use crate::answer::Answer;
use crate::binary::{Run, binary};
use crate::service::Service;

/// A bearer token of one caller.
#[derive(Debug, Clone)]
pub struct Token(String);

impl Token {
    /// What an issuer gave.
    pub fn given(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// Its last part, which nobody makes who lacks the key.
    pub fn signature(&self) -> &str {
        self.0.rsplit('.').next().unwrap_or_default()
    }
}

/// Streams and a database of its own, keys of its own, an address of its own.
#[derive(Debug)]
pub struct Network {
    /// Files of the test: keys, imports, rejects.
    pub dir: TempDir,
    /// The streams' names.
    pub names: Names,
    database: Arc<Database>,
    settings: Vec<(&'static str, String)>,
    address: String,
    http: reqwest::Client,
}

impl Network {
    /// On the servers that all tests share.
    pub async fn new() -> Self {
        Self::on(stack()).await
    }

    /// On these servers. Nothing runs yet: see [`serve`](Self::serve).
    ///
    /// # Panics
    /// When the servers are away.
    pub async fn on(stack: &Stack) -> Self {
        let network = Self::named(stack, fresh_names()).await;
        drop(network.nabij(&["keys", "create"]).exits(0));
        network
    }

    /// The same network on other servers, which hold nothing of it: its names and its keys, a folder of its own.
    ///
    /// # Panics
    /// When the servers are away, or the keys cannot be copied.
    pub async fn elsewhere(&self, stack: &Stack) -> Self {
        let network = Self::named(stack, self.names.clone()).await;
        let keys = network.dir.path().join("keys");
        std::fs::create_dir(&keys).expect("a folder for the keys");
        for key in std::fs::read_dir(self.dir.path().join("keys")).expect("the keys") {
            let key = key.expect("a key").path();
            std::fs::copy(&key, keys.join(key.file_name().expect("a name"))).expect("a copy of the key");
        }
        network
    }

    /// The same network once more: another process of a service listens at another address, and writes its log in another folder.
    ///
    /// # Panics
    /// When the temporary folder cannot be written.
    pub fn beside(&self) -> Self {
        let address = free_address().to_string();
        let mut settings = self.settings.clone();
        settings.push(("NABIJ_API__LISTEN", address.clone()));
        Self {
            dir: tempfile::tempdir().expect("the temporary folder can be written"),
            names: self.names.clone(),
            database: Arc::clone(&self.database),
            settings,
            address,
            http: reqwest::Client::new(),
        }
    }

    async fn named(stack: &Stack, names: Names) -> Self {
        let dir = tempfile::tempdir().expect("the temporary folder can be written");
        let database = Database::on(&stack.database_url).await;
        let address = free_address().to_string();
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let settings = vec![
            ("NATS_URL", stack.nats_url.clone()),
            ("DATABASE_URL", database.url().to_owned()),
            ("NABIJ_LOG__STREAM", names.stream.clone()),
            ("NABIJ_LOG__VAULT", names.vault.clone()),
            ("NABIJ_LOG__PREFIX", names.prefix.clone()),
            ("NABIJ_LOG__REPLICAS", stack.replicas.to_string()),
            ("NABIJ_API__LISTEN", address.clone()),
            ("NABIJ_KEYS__FOLDER", dir.path().join("keys").display().to_string()),
            ("NABIJ_DEPLOY__FOLDER", root.join("deploy").display().to_string()),
        ];
        Self { dir, names, database: Arc::new(database), settings, address, http: reqwest::Client::new() }
    }

    /// `postgres://..` of its database.
    pub fn database_url(&self) -> &str {
        self.database.url()
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command.args(words).envs(self.settings.iter().map(|(name, value)| (name, value)));
        command.current_dir(self.dir.path()).stdin(Stdio::null());
        command
    }

    /// Runs `nabij WORDS` to its end.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn nabij(&self, words: &[&str]) -> Run {
        Run::from(self.command(words).output().expect("the binary starts"))
    }

    /// Starts `nabij serve NAME`; its log lines go to `NAME.log` in the test's folder.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn serve(&self, name: &'static str) -> Service {
        let path = self.dir.path().join(format!("{name}.log"));
        let log = std::fs::OpenOptions::new().create(true).append(true).open(path).expect("a log file");
        let also = log.try_clone().expect("a second handle");
        Service::start(name, self.command(&["serve", name]).stdout(log).stderr(also))
    }

    /// Starts the three services and waits until the interface is ready.
    ///
    /// # Panics
    /// When it does not become so.
    pub async fn serve_all(&self) -> [Service; 3] {
        let services = ["projector", "alerts", "api"].map(|name| self.serve(name));
        self.ready().await;
        services
    }

    /// Waits until the interface is ready.
    ///
    /// # Panics
    /// When it does not become so.
    pub async fn ready(&self) {
        let asked = || async {
            let asked = self.http.get(format!("http://{}/readyz", self.address)).send().await.ok()?;
            asked.status().is_success().then_some(())
        };
        eventually(asked)
            .await
            .unwrap_or_else(|| panic!("the interface is not ready; its log:\n{}", self.logs()));
    }

    /// Everything that the services wrote.
    pub fn logs(&self) -> String {
        let read =
            |name| std::fs::read_to_string(self.dir.path().join(format!("{name}.log"))).unwrap_or_default();
        ["projector", "alerts", "api"].map(read).concat()
    }

    /// A token from `nabij token`.
    ///
    /// # Panics
    /// When none is issued.
    pub fn token(&self, role: &str, sub: &str, centre: Option<Uuid>, operator: Option<&str>) -> Token {
        let centre = centre.map(|centre| centre.to_string());
        let mut words = vec!["token", "--role", role, "--sub", sub];
        for (flag, value) in [("--centre", centre.as_deref()), ("--operator", operator)] {
            words.extend(value.into_iter().flat_map(|value| [flag, value]));
        }
        Token(self.nabij(&words).exits(0).out.trim().to_owned())
    }

    /// `POST path` with a JSON body and a fresh idempotency key.
    pub async fn post(&self, token: &Token, path: &str, body: Value) -> Answer {
        let (key, body) = (Uuid::now_v7().to_string(), body.to_string());
        let key = [("idempotency-key", key.as_str())];
        Answer::patiently(|| self.send(Method::POST, token, path, &key, Some(body.clone()))).await
    }

    /// `GET path`.
    pub async fn get(&self, token: &Token, path: &str) -> Answer {
        Answer::patiently(|| self.send(Method::GET, token, path, &[], None)).await
    }

    /// Any request.
    ///
    /// # Panics
    /// When there is no answer at all.
    pub async fn send(
        &self,
        method: Method,
        token: &Token,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<String>,
    ) -> Answer {
        let mut request =
            self.http.request(method, format!("http://{}{path}", self.address)).bearer_auth(&token.0);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body);
        }
        Answer::read(request.send().await.expect("the interface answers")).await
    }

    /// `GET path` as a stream of bytes: server-sent events.
    ///
    /// # Panics
    /// When there is no answer.
    pub async fn stream(&self, token: &Token, path: &str) -> reqwest::Response {
        let request = self.http.get(format!("http://{}{path}", self.address)).bearer_auth(&token.0);
        request.send().await.expect("the interface answers")
    }
}
