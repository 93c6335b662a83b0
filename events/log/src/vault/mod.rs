//! The vault: one message with two wrapped keys for each aggregate, in a stream of its own.
//!
//! A key is written and acknowledged before the first event that uses it. Erasing writes a tombstone, so that the key is
//! never made again, and deletes the message of the key securely (the server overwrites it on disk). A new master key does
//! the same with a new wrap. On a cluster what was destroyed is then pressed out of the servers' own logs (`press.rs`). So the last
//! message on a subject is what counts, and what stands before it is about to go.
//!
//! Subjects are `<prefix>-vault.<uuid>`: ids are unique over all aggregates, and a second aggregate that tries to take the
//! id of another is refused. `<prefix>-vault.root` holds what keyed hashes are derived from.

mod blind;
mod census;
mod destroy;
mod fetch;
mod keys;
mod make;
mod open;
mod press;
mod reborn;
mod root;
mod rotate;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_nats::Client;
use async_nats::jetstream::Context;
use async_nats::jetstream::stream::Stream;
use futures::StreamExt;
use moka::sync::Cache;
use nabij_model::AggregateId;
use uuid::Uuid;

pub use self::blind::BlindKey;
pub(crate) use self::census::{Census, Held};
pub(crate) use self::keys::{DataKey, Keys};
pub(crate) use self::make::{NewKeys, Unwritten};
pub(crate) use self::press::is_weight;
pub(crate) use self::reborn::{Reborn, erased_id, id_of, master_of, reborn, tombstone};
pub use self::rotate::Rotated;
use crate::config::LogConfig;
use crate::direct;
use crate::error::LogError;
use crate::keyring::Keyring;
use crate::outgoing::Outgoing;

/// The bound on how long a process that missed the word of an erasure can still open what was erased.
pub(crate) const KEEP: Duration = Duration::from_secs(600);

/// Wrapped keys in the log's servers, unwrapped ones in this process.
#[derive(Clone)]
pub struct Vault {
    inner: Arc<Inner>,
}

struct Inner {
    client: Client,
    context: Context,
    outgoing: Outgoing,
    stream: Stream<()>,
    stream_name: String,
    replicas: usize,
    prefix: String,
    erased_subject: String,
    timeout: Duration,
    keyring: Arc<Keyring>,
    root: root::Root,
    keys: Cache<Uuid, Cached>,
}

/// What is known of an aggregate's keys.
#[derive(Debug, Clone)]
pub(crate) enum Cached {
    /// They open.
    Keys {
        /// For whom they were made.
        owner: AggregateId,
        /// Unwrapped.
        keys: Keys,
    },
    /// They were destroyed.
    Erased,
}

impl Vault {
    pub(crate) async fn open_stream(
        client: &Client,
        context: &Context,
        outgoing: &Outgoing,
        config: &LogConfig,
        keyring: Keyring,
    ) -> Result<Self, LogError> {
        let stream = context
            .get_stream_no_info(&config.vault)
            .await
            .map_err(|error| LogError::unavailable("naming the vault", error))?;
        let prefix = config.vault_prefix();
        let root = root::read_or_make(client, &stream, &prefix, &keyring, config.timeout).await?;
        let vault = Self {
            inner: Arc::new(Inner {
                client: client.clone(),
                context: context.clone(),
                outgoing: outgoing.clone(),
                stream,
                stream_name: config.vault.clone(),
                replicas: config.replicas,
                prefix,
                erased_subject: config.erased_subject(),
                timeout: config.timeout,
                keyring: Arc::new(keyring),
                root,
                keys: Cache::builder().max_capacity(config.cached_keys).time_to_live(KEEP).build(),
            }),
        };
        vault.follow_erasures().await?;
        vault.follow_rotations(config.rotated_subject()).await?;
        Ok(vault)
    }

    /// The id of the master key that this process wraps with.
    #[must_use]
    pub fn master_key_id(&self) -> String {
        self.inner.keyring.current().id().to_owned()
    }

    pub(crate) fn keyring(&self) -> &Keyring {
        &self.inner.keyring
    }

    fn subject(&self, id: Uuid) -> String {
        format!("{}.{id}", self.inner.prefix)
    }

    fn direct(&self) -> direct::Reader<'_> {
        let Inner { client, stream_name, timeout, .. } = &*self.inner;
        direct::Reader { client, stream: stream_name, timeout: *timeout }
    }

    /// Forgets keys as soon as another process destroys them.
    async fn follow_erasures(&self) -> Result<(), LogError> {
        let mut erased = self
            .inner
            .client
            .subscribe(self.inner.erased_subject.clone())
            .await
            .map_err(|error| LogError::unavailable("following erasures", error))?;
        let vault = Arc::downgrade(&self.inner);
        tokio::spawn(async move {
            while let Some(message) = erased.next().await {
                let Some(vault) = vault.upgrade() else { return };
                for id in message.payload.chunks_exact(16).filter_map(|bytes| Uuid::from_slice(bytes).ok()) {
                    vault.keys.insert(id, Cached::Erased);
                }
            }
        });
        Ok(())
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vault({}, {:?})", self.inner.stream_name, self.inner.keyring)
    }
}
