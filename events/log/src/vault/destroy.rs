//! Destroying keys: what erases a person.

use uuid::Uuid;

use super::fetch::parse;
use super::keys::{Tombstone, VaultMessage};
use super::{Cached, Inner, Vault};
use crate::error::LogError;
use crate::leader;
use crate::publish::{self, Refused};

impl Vault {
    /// Destroys both keys of each of these aggregates, on disk too, and tells every other process. From then on their
    /// sealed fields read `{"erased": true}`. Doing it again does nothing; gives how many keys there were.
    ///
    /// # Errors
    /// `Unavailable`: some may be destroyed, call again.
    pub async fn destroy(&self, aggregates: &[Uuid]) -> Result<usize, LogError> {
        let mut destroyed = 0;
        for id in aggregates {
            destroyed += usize::from(self.destroy_one(*id).await?);
            self.inner.keys.insert(*id, Cached::Erased);
        }
        let told: Vec<u8> = aggregates.iter().flat_map(|id| id.into_bytes()).collect();
        self.inner
            .client
            .publish(self.inner.erased_subject.clone(), told.into())
            .await
            .map_err(|error| LogError::unavailable("telling of an erasure", error))?;
        self.inner
            .client
            .flush()
            .await
            .map_err(|error| LogError::unavailable("telling of an erasure", error))?;
        Ok(destroyed)
    }

    /// First a tombstone comes after the key, so that no process can make or wrap it again; then the key goes, and with it
    /// whatever an interrupted rotation or erasure left behind.
    async fn destroy_one(&self, id: Uuid) -> Result<bool, LogError> {
        let subject = self.subject(id);
        let tombstone = loop {
            let last = leader::last(&self.inner.stream, &subject).await?;
            let (expected, made) = match last.as_ref().map(|raw| (raw, parse(raw))) {
                None => (0, None),
                Some((raw, Ok(VaultMessage::Erased(_)))) => break raw.sequence,
                Some((raw, Ok(VaultMessage::Wrapped(wrapped)))) => {
                    (raw.sequence, Some(wrapped.made.unwrap_or(raw.sequence)))
                }
                Some((raw, _)) => (raw.sequence, Some(raw.sequence)),
            };
            let body = VaultMessage::Erased(Tombstone { erased: true, made, at: None, laid: None });
            let message = self.written(subject.clone(), &body)?.expecting(expected);
            match publish::single(&self.inner.client, message, self.inner.timeout).await {
                Ok(sequence) => break sequence,
                Err(Refused::Code(code, _)) if publish::is_wrong_sequence(code) => {}
                Err(refused) => return Err(refused.into_log_error("writing a tombstone")),
            }
        };
        self.delete_before(&subject, tombstone).await
    }

    /// Deletes every message on `subject` before `sequence` securely; gives whether there was one.
    pub(super) async fn delete_before(&self, subject: &str, sequence: u64) -> Result<bool, LogError> {
        let mut deleted = false;
        while let Some(raw) = leader::message(&self.inner.stream, 1, Some(subject)).await? {
            if raw.sequence >= sequence {
                break;
            }
            self.delete(raw.sequence).await?;
            deleted = true;
        }
        Ok(deleted)
    }

    /// Deletes a message securely; that another process was faster is no error.
    pub(super) async fn delete(&self, sequence: u64) -> Result<(), LogError> {
        let Inner { context, stream, stream_name, .. } = &*self.inner;
        match leader::delete_securely(context, stream_name, sequence).await {
            Err(error)
                if leader::message(stream, sequence, None)
                    .await?
                    .is_some_and(|there| there.sequence == sequence) =>
            {
                Err(error)
            }
            _ => Ok(()),
        }
    }
}
