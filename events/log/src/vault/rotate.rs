//! A new master key: every wrap in the vault is replaced by one under it, and the old one is overwritten on disk.
//!
//! No event changes, since events know data keys only. It may be broken off and done again at any time: each message says
//! which master key wrapped it. Readers and writers go on meanwhile: the new wrap stands before the old one goes, and whoever
//! reads it finds the new key in its files.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};

use super::Vault;
use super::fetch::parse;
use super::keys::VaultMessage;
use super::press::is_weight;
use crate::error::{LogError, LogErrorKind};
use crate::leader;
use crate::log::Log;
use crate::publish::{self, Refused};

/// Wraps that are replaced at the same time.
const AT_ONCE: usize = 32;
/// Walks over the vault until none is found under another key: writers that learn late of a rotation add some.
const WALKS: u32 = 5;

/// What a rotation did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rotated {
    /// Wraps that were replaced.
    pub replaced: u64,
    /// Keys that are under the current master key now, those that were before included.
    pub current: u64,
}

impl Log {
    /// Brings every key of the vault under the current master key; this process must hold the one before it too.
    ///
    /// Afterwards nothing in the vault opens with any other master key.
    ///
    /// # Errors
    /// `Key` when a wrap was made by a key that this process does not hold, `Unavailable`: call again.
    pub async fn rotate(&self, mut progress: impl FnMut(u64)) -> Result<Rotated, LogError> {
        let vault = self.vault();
        vault.tell_of_rotation(self.config().rotated_subject()).await?;
        let mut replaced = 0;
        for _ in 0..WALKS {
            let (stale, current) = self.stale_wraps().await?;
            if stale.is_empty() {
                return Ok(Rotated { replaced, current });
            }
            let mut work = futures::stream::iter(stale.into_iter().map(|subject| vault.rewrap(subject)))
                .buffer_unordered(AT_ONCE);
            while let Some(done) = work.try_next().await? {
                replaced += u64::from(done);
                progress(replaced);
            }
        }
        Err(LogError::new(
            LogErrorKind::Unavailable,
            "a process goes on writing keys under another master key: give it the new key file or restart it, then rotate again",
        ))
    }

    /// Subjects on which a wrap of another master key stands, or more than the last word; and how many keys there are under the
    /// current one.
    async fn stale_wraps(&self) -> Result<(HashSet<String>, u64), LogError> {
        let current = self.vault().master_key_id();
        let name = self.config().vault.clone();
        let through = self.head_of(&name).await?.sequence;
        let (mut last_words, mut stale) = (HashMap::new(), HashSet::new());
        self.walk(&name, 1, through, |raw| {
            if is_weight(&raw) {
                return Ok(());
            }
            let (key, fine) = match parse(&raw)? {
                VaultMessage::Erased(_) => (false, true),
                VaultMessage::Root(wrapped) => (false, wrapped.master == current),
                VaultMessage::Wrapped(wrapped) => (true, wrapped.master == current),
            };
            let before = last_words.insert(raw.subject.clone(), key && fine);
            // A second message on a subject means that an older one waits to go.
            if !fine || before.is_some() {
                stale.insert(raw.subject);
            }
            Ok(())
        })
        .await?;
        let keys = last_words.into_values().filter(|current| *current).count() as u64;
        Ok((stale, keys))
    }
}

impl Vault {
    /// Replaces what stands on `subject`; gives whether a new wrap was written.
    async fn rewrap(&self, subject: String) -> Result<bool, LogError> {
        loop {
            let Some(last) = leader::last(&self.inner.stream, &subject).await? else { return Ok(false) };
            let keyring = &self.inner.keyring;
            let current = keyring.current();
            let rewrapped = match parse(&last)? {
                VaultMessage::Wrapped(wrapped) if wrapped.master != current.id() => {
                    let made = wrapped.made.unwrap_or(last.sequence);
                    VaultMessage::Wrapped(wrapped.rewrap(keyring, made)?)
                }
                VaultMessage::Root(wrapped) if wrapped.master != current.id() => {
                    VaultMessage::Root(wrapped.rewrap(keyring)?)
                }
                // An erasure was faster, or an earlier rotation got this far.
                _ => return self.delete_before(&subject, last.sequence).await.map(|_| false),
            };
            let message = self.written(subject.clone(), &rewrapped)?.expecting(last.sequence);
            match publish::single(&self.inner.client, message, self.inner.timeout).await {
                Ok(sequence) => return self.delete_before(&subject, sequence).await.map(|_| true),
                Err(Refused::Code(code, _)) if publish::is_wrong_sequence(code) => {}
                Err(refused) => return Err(refused.into_log_error("writing a key under the new master key")),
            }
        }
    }

    /// Every process reads its key files again, so that what it writes from now on is under the new key.
    async fn tell_of_rotation(&self, subject: String) -> Result<(), LogError> {
        let failed = |source| LogError::unavailable("telling of a rotation", source);
        let told = self.inner.client.publish(subject, Bytes::new()).await;
        told.map_err(|error| failed(Box::<dyn std::error::Error + Send + Sync>::from(error)))?;
        self.inner.client.flush().await.map_err(|error| failed(error.into()))
    }

    /// Reads the key files again when somebody rotates.
    pub(super) async fn follow_rotations(&self, subject: String) -> Result<(), LogError> {
        let subscribed = self.inner.client.subscribe(subject).await;
        let mut rotated = subscribed.map_err(|error| LogError::unavailable("following rotations", error))?;
        let keyring = Arc::downgrade(&self.inner.keyring);
        tokio::spawn(async move {
            while rotated.next().await.is_some() {
                let Some(keyring) = keyring.upgrade() else { return };
                // Files are read: not on a thread that serves others.
                drop(tokio::task::spawn_blocking(move || keyring.refresh()).await);
            }
        });
        Ok(())
    }
}
