//! The signed list of erasures: what a restore must not bring back.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::manifest::write_text;
use super::{refused, unusable};
use crate::anchor::{AnchorKey, PublicKey, signed};
use crate::error::LogError;
use crate::log::Log;
use crate::raw::Raw;
use crate::vault::Census;

const KIND: &str = "nabij.erasures.v1";

/// Keys that were destroyed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Erasure {
    /// Of which aggregate.
    pub id: Uuid,
    /// When, as the server of the vault knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
}

/// An event that says that a person was erased, as it is stored. Nothing of it is secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ErasedEvent {
    sequence: u64,
    subject: String,
    headers: BTreeMap<String, String>,
    body: String,
}

/// All of them, in the order in which they were made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Erasures {
    /// When the list was made.
    pub made_at: Timestamp,
    /// Whose keys are gone.
    pub erased: Vec<Erasure>,
    /// The events that say so.
    pub(crate) events: Vec<ErasedEvent>,
}

impl ErasedEvent {
    fn of(raw: &Raw) -> Self {
        let headers = raw.headers.iter().filter(|(name, _)| !name.to_string().starts_with("Nats-"));
        Self {
            sequence: raw.sequence,
            subject: raw.subject.clone(),
            headers: headers
                .filter_map(|(name, values)| Some((name.to_string(), values.first()?.to_string())))
                .collect(),
            body: String::from_utf8_lossy(&raw.body).into_owned(),
        }
    }

    pub(crate) fn raw(&self) -> Raw {
        let headers = self.headers.iter().fold(async_nats::HeaderMap::new(), |mut headers, (name, value)| {
            headers.insert(name.as_str(), value.as_str());
            headers
        });
        Raw {
            sequence: self.sequence,
            subject: self.subject.clone(),
            headers,
            body: self.body.clone().into(),
        }
    }
}

impl Erasures {
    /// Reads a list and refuses one that was not signed by this key.
    ///
    /// # Errors
    /// `Backup` names the file and what is wrong.
    pub fn read(path: &Path, key: &PublicKey) -> Result<Self, LogError> {
        let text = std::fs::read_to_string(path).map_err(|error| unusable(path, "read", error))?;
        signed::open(text.trim_end(), KIND, key).map_err(|what| {
            refused(format!("the list of erasures {}: {what}; nothing was restored", path.display()))
        })
    }

    /// Writes it, signed.
    ///
    /// # Errors
    /// `Backup` when the file cannot be written.
    pub fn write(&self, path: &Path, key: &AnchorKey) -> Result<(), LogError> {
        write_text(path, &signed::sign(KIND, self, key)?)
    }
}

impl Log {
    /// Everything that was erased up to now: to be kept apart from all backups, and exported anew after every erasure.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn erasure_list(&self, now: Timestamp) -> Result<Erasures, LogError> {
        let mut census = Census::default();
        self.census(1, &mut census).await?;
        let erased: Vec<Erasure> = census
            .erased
            .values()
            .map(|id| Erasure { id: *id, at: census.erased_at.get(id).copied() })
            .collect();
        let events = self.erasures().await?.iter().map(ErasedEvent::of).collect();
        Ok(Erasures { made_at: now, erased, events })
    }
}
