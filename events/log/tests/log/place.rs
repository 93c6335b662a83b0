//! Where a test happens: streams of its own, on every kind of servers that there is.

use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::stream::Config;
use async_nats::{HeaderMap, HeaderName};
use futures::future::BoxFuture;
use futures::{StreamExt, TryStreamExt};
use jiff::Timestamp;
use nabij_log::{Accepted, ExecuteError, Log, LogConfig, MasterKey, Raw, Submission};
use nabij_model::recorded::CommandRef;
use nabij_model::signal::{Signal, SignalCommand};
use nabij_model::{Actor, CommandId, EventHash, Policies, Role};
use nabij_testkit::{Names, Stack, cluster, connect, eventually, fresh_names, stack};
use serde_json::json;
use uuid::Uuid;

/// The master key of every test.
pub(crate) const MASTER: [u8; 32] = [42; 32];

/// Streams of a test's own.
pub(crate) struct Place {
    pub(crate) log: Log,
    pub(crate) config: LogConfig,
    pub(crate) names: Names,
    pub(crate) stack: Stack,
}

impl Place {
    pub(crate) async fn on(stack: &Stack) -> Self {
        Self::with(stack, |config| config).await
    }

    pub(crate) async fn with(stack: &Stack, settings: impl FnOnce(LogConfig) -> LogConfig) -> Self {
        let names = fresh_names();
        let config = settings(config(stack, &names));
        let log = Log::connect(config.clone(), MasterKey::from_bytes(MASTER)).await.unwrap();
        Self { log, config, names, stack: stack.clone() }
    }

    /// Another process on the same streams: it shares nothing with the first one.
    pub(crate) async fn another(&self) -> Log {
        Log::connect(self.config.clone(), MasterKey::from_bytes(MASTER)).await.unwrap()
    }

    /// Another process that waits only so long for an answer. It connects at last, however often a stall is longer than that.
    pub(crate) async fn hasty(&self, timeout: Duration) -> Log {
        let config = LogConfig { timeout, ..self.config.clone() };
        let connected = || async { Log::connect(config.clone(), MasterKey::from_bytes(MASTER)).await.ok() };
        eventually(connected).await.unwrap()
    }

    /// Everything in the log.
    pub(crate) async fn events(&self) -> Vec<Raw> {
        let end = usize::try_from(self.log.head().await.unwrap().sequence).unwrap();
        self.log.read(1).await.unwrap().take(end).try_collect().await.unwrap()
    }

    /// Puts other events in place of the log, without these sequences: what no server allows while it is protected.
    pub(crate) async fn rewrite(&self, events: &[Raw], without: &[u64]) {
        self.rewrite_stream(&self.names.stream, events, without).await;
    }

    /// The same with another of this place's streams.
    pub(crate) async fn rewrite_stream(&self, name: &str, events: &[Raw], without: &[u64]) {
        let admin = async_nats::jetstream::new(connect(&self.stack.nats_admin_url).await);
        let config = admin.get_stream(name).await.unwrap().cached_info().config.clone();
        admin.delete_stream(name).await.unwrap();
        let unprotected = Config { deny_delete: false, ..config.clone() };
        let stream = admin.create_stream(unprotected).await.unwrap();
        for event in events {
            let own = |name: &&HeaderName| !name.to_string().starts_with("Nats-");
            let headers = event.headers.iter().filter(|(name, _)| own(name)).fold(
                HeaderMap::new(),
                |mut headers, (name, values)| {
                    headers.insert(name.clone(), values[0].clone());
                    headers
                },
            );
            let sent = admin.publish_with_headers(event.subject.clone(), headers, event.body.clone()).await;
            sent.unwrap().await.unwrap();
        }
        for sequence in without {
            stream.delete_message(*sequence).await.unwrap();
        }
        admin.update_stream(config).await.unwrap();
    }

    pub(crate) async fn cleanup(self) {
        self.names.cleanup_on(&self.stack).await;
    }
}

pub(crate) fn config(stack: &Stack, names: &Names) -> LogConfig {
    LogConfig {
        replicas: stack.replicas,
        max_bytes: 256 << 20,
        ..LogConfig::at(&stack.nats_url, &names.stream, &names.vault, &names.prefix)
    }
}

/// Runs a test on a single server, and on a cluster where there is one.
pub(crate) async fn everywhere(test: impl Fn(Place) -> BoxFuture<'static, ()>) {
    test(Place::on(stack()).await).await;
    if let Some(cluster) = cluster() {
        test(Place::on(&cluster).await).await;
    }
}

pub(crate) fn staff(name: &str) -> Actor {
    let subject = name.parse().unwrap();
    Actor { subject, role: Role::Psychosocial, centres: vec![], operator: None }
}

/// A submission by `name`, now.
pub(crate) fn by(name: &str) -> Submission {
    Submission::new(Timestamp::now(), staff(name), Arc::new(Policies::shipped()))
}

/// The same under an idempotency key, with a body that hashes to `body`.
pub(crate) fn keyed(name: &str, key: u128, body: u8) -> Submission {
    let command = CommandRef { id: CommandId(Uuid::from_u128(key)), body: EventHash([body; 32]) };
    Submission { command: Some(command), ..by(name) }
}

/// A signal with these words.
pub(crate) fn logged(note: &str) -> SignalCommand {
    let centre = "01890000-0000-7000-8000-000000000001";
    SignalCommand::Log(serde_json::from_value(json!({"centre": centre, "note": note})).unwrap())
}

/// A signal without words: nothing of it is sealed.
pub(crate) fn logged_bare() -> SignalCommand {
    let centre = "01890000-0000-7000-8000-000000000001";
    SignalCommand::Log(serde_json::from_value(json!({"centre": centre, "category": "conflict"})).unwrap())
}

/// Somebody was told what became of the signal: allowed as often as you like.
pub(crate) fn feedback() -> SignalCommand {
    let feedback = json!({"to": "reporter", "kind": "acknowledged"});
    SignalCommand::GiveFeedback(serde_json::from_value(feedback).unwrap())
}

pub(crate) fn dismissed() -> SignalCommand {
    SignalCommand::Dismiss(serde_json::from_value(json!({"note": "a game"})).unwrap())
}

pub(crate) async fn signal(log: &Log, id: Uuid, command: SignalCommand) -> Result<Accepted, ExecuteError> {
    log.execute::<Signal>(id, command, &by("reporter")).await
}
