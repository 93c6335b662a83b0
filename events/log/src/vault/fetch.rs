//! Keys out of the vault's stream into this process.

use std::collections::HashSet;

use futures::FutureExt;
use uuid::Uuid;

use super::keys::VaultMessage;
use super::{Cached, Vault};
use crate::direct::MAX_SUBJECTS;
use crate::error::{LogError, LogErrorKind};
use crate::leader;
use crate::raw::Raw;

impl Vault {
    /// What is known of the keys of `id`; asks followers first and, where they know nothing, the leader.
    pub(super) async fn lookup(&self, id: Uuid) -> Result<Option<Cached>, LogError> {
        match self.inner.keys.get(&id) {
            Some(known) => Ok(Some(known)),
            None => self.fetch(id).boxed().await,
        }
    }

    async fn fetch(&self, id: Uuid) -> Result<Option<Cached>, LogError> {
        self.prefetch([id]).await?;
        match self.inner.keys.get(&id) {
            Some(known) => Ok(Some(known)),
            None => self.lookup_through_leader(id).await,
        }
    }

    pub(super) async fn lookup_through_leader(&self, id: Uuid) -> Result<Option<Cached>, LogError> {
        let found = leader::last(&self.inner.stream, &self.subject(id)).await?;
        found.map(|raw| self.take(&raw)).transpose().map(|taken| taken.map(|(_, cached)| cached))
    }

    /// Reads the keys of many aggregates at once, so that opening their fields asks nothing more. Unknown ones are no
    /// error.
    ///
    /// # Errors
    /// `Unavailable`, or `Key` when a key does not open with the master key.
    pub async fn prefetch(&self, ids: impl IntoIterator<Item = Uuid>) -> Result<(), LogError> {
        let absent: HashSet<Uuid> = ids.into_iter().filter(|id| !self.inner.keys.contains_key(id)).collect();
        let subjects: Vec<String> = absent.into_iter().map(|id| self.subject(id)).collect();
        for subjects in subjects.chunks(MAX_SUBJECTS) {
            for raw in self.direct().last_of(subjects).await? {
                self.take(&raw)?;
            }
        }
        Ok(())
    }

    /// Unwraps what a message holds and keeps it.
    fn take(&self, raw: &Raw) -> Result<(Uuid, Cached), LogError> {
        let damaged = || {
            LogError::new(
                LogErrorKind::Damaged,
                format!("message {} of the vault holds no keys", raw.sequence),
            )
        };
        let id = raw.subject.rsplit('.').next().and_then(|id| id.parse().ok()).ok_or_else(damaged)?;
        let cached = match parse(raw)? {
            VaultMessage::Erased(_) => Cached::Erased,
            VaultMessage::Root(_) => return Err(damaged()),
            VaultMessage::Wrapped(wrapped) => Cached::Keys {
                keys: wrapped.unwrap(&self.inner.keyring)?,
                owner: wrapped.aggregate.parse().map_err(|_| damaged())?,
            },
        };
        self.inner.keys.insert(id, cached.clone());
        Ok((id, cached))
    }
}

pub(super) fn parse(raw: &Raw) -> Result<VaultMessage, LogError> {
    serde_json::from_slice(&raw.body).map_err(|error| {
        LogError::because(
            LogErrorKind::Damaged,
            format!("message {} of the vault holds no keys", raw.sequence),
            error,
        )
    })
}
