//! Destroying keys: what erases a person.

use serde_json::json;
use uuid::Uuid;

use super::fetch::parse;
use super::keys::VaultMessage;
use super::{Cached, Vault};
use crate::error::{LogError, LogErrorKind};
use crate::leader;
use crate::publish::{self, Message, Refused};

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

    /// First the key goes, then a tombstone comes in its place; a key that is made in between goes as well.
    async fn destroy_one(&self, id: Uuid) -> Result<bool, LogError> {
        let subject = self.subject(id);
        let mut destroyed = false;
        loop {
            while let Some(raw) = leader::message(&self.inner.stream, 1, Some(&subject)).await? {
                if matches!(parse(&raw), Ok(VaultMessage::Erased { .. })) {
                    return Ok(destroyed);
                }
                self.delete_securely(raw.sequence).await?;
                destroyed = true;
            }
            let tombstone = json!({"erased": true}).to_string();
            let message = Message::new(subject.clone(), tombstone.into()).expecting(0);
            match publish::single(&self.inner.client, message, self.inner.timeout).await {
                Ok(_) => return Ok(destroyed),
                Err(Refused::Code(code, _)) if publish::is_wrong_sequence(code) => {}
                Err(refused) => return Err(refused.into_log_error("writing a tombstone")),
            }
        }
    }

    /// The server overwrites the message on disk, unlike a purge or a plain delete.
    async fn delete_securely(&self, sequence: u64) -> Result<(), LogError> {
        let subject = format!("STREAM.MSG.DELETE.{}", self.inner.stream_name);
        let request = json!({"seq": sequence, "no_erase": false});
        let answer: serde_json::Value = self
            .inner
            .context
            .request(subject, &request)
            .await
            .map_err(|error| LogError::unavailable("destroying a key", error))?;
        if answer["success"] == true {
            return Ok(());
        }
        Err(LogError::new(
            LogErrorKind::Unavailable,
            format!("a key was not destroyed: {}", answer["error"]["description"]),
        ))
    }
}
