//! The handle that everything else hangs on.

use std::fmt;
use std::sync::{Arc, Weak};

use async_nats::Client;
use async_nats::jetstream::Context;
use async_nats::jetstream::stream::Stream;
use futures::StreamExt;
use nabij_model::{AggregateId, AggregateKind};
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::anchor::Rolling;
use crate::cache::RootCache;
use crate::config::LogConfig;
use crate::error::LogError;
use crate::guard::{self, Gate};
use crate::keyring::Keyring;
use crate::outgoing::Outgoing;
use crate::raw::Raw;
use crate::setup::Resized;
use crate::vault::Vault;
use crate::{connection, direct, leader, setup};

/// The server takes 50 open batches per stream; other processes need some of them.
const OPEN_BATCHES: usize = 16;

/// The log of events. Cheap to clone; all clones share one connection, one cache and one guard.
#[derive(Clone)]
pub struct Log {
    inner: Arc<Inner>,
}

struct Inner {
    client: Client,
    context: Context,
    outgoing: Outgoing,
    config: LogConfig,
    gate: Gate,
    vault: Vault,
    roots: RootCache,
    batches: Semaphore,
    rolling: Rolling,
}

/// Where the log ends, and how full it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Sequence of the last event; 0 when there is none.
    pub sequence: u64,
    /// First sequence that the stream still holds; 1, since nothing is ever removed.
    pub first: u64,
    /// How many events it holds.
    pub events: u64,
    /// Bytes used on the servers.
    pub bytes: u64,
    /// Bytes from which on appends are refused.
    pub max_bytes: u64,
    /// The share of `max_bytes` that should make somebody act is used up.
    pub alarm: bool,
}

impl Log {
    /// Connects, creates the streams that are absent, and compares those that exist.
    ///
    /// # Errors
    /// `Unavailable` when no server answers, `Settings` when a stream is set up otherwise (the sentence names the
    /// setting), `Key` when the vault was written with another master key.
    pub async fn connect(config: LogConfig, keys: impl Into<Keyring>) -> Result<Self, LogError> {
        let gate = Gate::new();
        let (client, context) = connection::connect(&config, gate.clone()).await?;
        setup::streams(&context, &config).await?;
        let outgoing = Outgoing::new(client.clone());
        let vault = Vault::open_stream(&client, &context, &outgoing, &config, keys.into()).await?;
        let roots = RootCache::new(config.cached_roots);
        let batches = Semaphore::new(OPEN_BATCHES);
        let rolling = Rolling::default();
        let inner = Inner { client, context, outgoing, config, gate, vault, roots, batches, rolling };
        let log = Self { inner: Arc::new(inner) };
        tokio::spawn(guard::watch(log.clone()));
        log.forget_the_erased().await?;
        Ok(log)
    }

    /// Gives the streams that are there the room that the settings name (`max_bytes`, `audit_max_bytes`): what a full stream needs. Whoever may
    /// create streams may do it; services compare, so they are started again with the same settings afterwards.
    ///
    /// # Errors
    /// `Unavailable`; `Settings` when a stream is absent, differs in more than its room, or uses more than it would have.
    pub async fn resize(config: &LogConfig) -> Result<Vec<Resized>, LogError> {
        let (_client, context) = connection::connect(config, Gate::new()).await?;
        setup::resize(&context, config).await
    }

    /// What a process remembers of somebody goes as soon as any process destroys their keys: states hold opened profiles.
    async fn forget_the_erased(&self) -> Result<(), LogError> {
        let mut erased = self
            .client()
            .subscribe(self.config().erased_subject())
            .await
            .map_err(|error| LogError::unavailable("following erasures", error))?;
        let log = self.downgrade();
        tokio::spawn(async move {
            while let Some(message) = erased.next().await {
                let Some(log) = log.upgrade() else { return };
                for id in message.payload.chunks_exact(16).filter_map(|bytes| Uuid::from_slice(bytes).ok()) {
                    AggregateKind::ALL
                        .into_iter()
                        .for_each(|kind| log.roots().forget(AggregateId::new(kind, id)));
                }
            }
        });
        Ok(())
    }

    /// Where the log ends, as its leader knows it.
    ///
    /// # Errors
    /// `Unavailable` when no leader answers.
    pub async fn head(&self) -> Result<Head, LogError> {
        self.head_of(&self.config().stream).await
    }

    /// Where a stream that is only ever appended to ends.
    pub(crate) async fn head_of(&self, stream: &str) -> Result<Head, LogError> {
        let info = self
            .stream(stream)
            .await?
            .get_info()
            .await
            .map_err(|error| LogError::unavailable("reading the end of the log", error))?;
        let max_bytes = u64::try_from(info.config.max_bytes).unwrap_or(u64::MAX);
        #[expect(clippy::cast_precision_loss, reason = "a share of bytes needs no more")]
        let alarm = info.state.bytes as f64 >= max_bytes as f64 * self.config().alarm_share;
        Ok(Head {
            sequence: info.state.last_sequence,
            first: info.state.first_sequence,
            events: info.state.messages,
            bytes: info.state.bytes,
            max_bytes,
            alarm,
        })
    }

    /// The last sequence of a stream; `None` when there is no such stream.
    pub(crate) async fn end_of(&self, stream: &str) -> Result<Option<u64>, LogError> {
        match self.context().get_stream(stream).await {
            Ok(stream) => Ok(Some(stream.cached_info().state.last_sequence)),
            Err(error) if setup::is_absent(&error) => Ok(None),
            Err(error) => Err(LogError::unavailable(&format!("reading the stream {stream}"), error)),
        }
    }

    /// The event at `sequence`, through the leader; `None` when there is none.
    ///
    /// # Errors
    /// `Unavailable` when no leader answers.
    pub async fn event_at(&self, sequence: u64) -> Result<Option<Raw>, LogError> {
        self.message_at(&self.config().stream, sequence).await
    }

    /// The message at `sequence` of a stream, through its leader.
    pub(crate) async fn message_at(&self, stream: &str, sequence: u64) -> Result<Option<Raw>, LogError> {
        leader::message(&self.stream(stream).await?, sequence, None).await
    }

    /// The keys, and everything that opens sealed fields.
    #[must_use]
    pub fn vault(&self) -> &Vault {
        &self.inner.vault
    }

    /// Settings as given.
    #[must_use]
    pub fn config(&self) -> &LogConfig {
        &self.inner.config
    }

    /// The NATS connection, for what is no event (presence, invalidations).
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.inner.client
    }

    /// `<prefix>.<aggregate>.<uuid>`.
    #[must_use]
    pub fn subject(&self, aggregate: AggregateId) -> String {
        format!("{}.{aggregate}", self.config().prefix)
    }

    pub(crate) fn context(&self) -> &Context {
        &self.inner.context
    }

    pub(crate) fn outgoing(&self) -> &Outgoing {
        &self.inner.outgoing
    }

    pub(crate) fn gate(&self) -> &Gate {
        &self.inner.gate
    }

    /// The mark of the events, as far as they were read in this process.
    pub(crate) fn rolling(&self) -> &Rolling {
        &self.inner.rolling
    }

    pub(crate) fn roots(&self) -> &RootCache {
        &self.inner.roots
    }

    pub(crate) fn batches(&self) -> &Semaphore {
        &self.inner.batches
    }

    /// A handle on a stream, without asking the server.
    pub(crate) async fn stream(&self, name: &str) -> Result<Stream<()>, LogError> {
        self.context()
            .get_stream_no_info(name)
            .await
            .map_err(|error| LogError::unavailable("naming a stream", error))
    }

    /// Batched direct reads of the stream of events.
    pub(crate) fn direct(&self) -> direct::Reader<'_> {
        direct::Reader {
            client: self.client(),
            stream: &self.config().stream,
            timeout: self.config().timeout,
        }
    }

    pub(crate) fn downgrade(&self) -> WeakLog {
        WeakLog(Arc::downgrade(&self.inner))
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Log({})", self.config().stream)
    }
}

/// A handle that keeps nothing alive.
pub(crate) struct WeakLog(Weak<Inner>);

impl WeakLog {
    pub(crate) fn upgrade(&self) -> Option<Log> {
        self.0.upgrade().map(|inner| Log { inner })
    }
}
