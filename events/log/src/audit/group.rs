//! A message of the audit stream, as it is read back.

use async_nats::HeaderName;
use jiff::Timestamp;
use nabij_model::EventHash;

use super::record::AuditRecord;
use crate::envelope;
use crate::raw::{DecodeError, Raw};

/// Type of a group of records.
pub(super) const READ: &str = "nabij.audit.read.v1";
/// Type of the mark at the end of a chain.
pub(super) const ENDED: &str = "nabij.audit.ended.v1";
/// Running number in the chain, from 1.
pub(super) const NUMBER: HeaderName = HeaderName::from_static("ce-number");
/// Version of the program that wrote it.
pub(super) const BUILD: HeaderName = HeaderName::from_static("ce-build");

/// A message of the audit stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditGroup {
    /// Position in the audit stream, from 1 without gaps.
    pub sequence: u64,
    /// Its hash, which the next one of its chain carries.
    pub hash: EventHash,
    /// The process and boot whose chain it belongs to.
    pub process: String,
    /// See `process`.
    pub boot: String,
    /// Its running number there, from 1.
    pub number: u64,
    /// Hash of the message before it in the chain; absent on the first.
    pub previous: Option<EventHash>,
    /// Version of the program.
    pub build: String,
    /// When it was sent.
    pub at: Timestamp,
    /// What it holds.
    pub content: GroupContent,
}

/// What a message of the audit stream holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GroupContent {
    /// Records.
    Reads(Vec<AuditRecord>),
    /// The process ended in good order, after so many messages and records.
    Ended {
        /// Messages before this one.
        groups: u64,
        /// Records in them.
        records: u64,
    },
}

impl AuditGroup {
    /// Decodes a message of the audit stream.
    ///
    /// # Errors
    /// [`DecodeError`] names what does not fit.
    pub fn decode(raw: &Raw) -> Result<Self, DecodeError> {
        let subject = || DecodeError::Subject(raw.subject.clone());
        let (process, boot) =
            raw.subject.split_once('.').and_then(|(_, name)| name.split_once('.')).ok_or_else(subject)?;
        let header = |name: HeaderName, text| match raw.headers.get(name) {
            Some(value) => Ok(value.as_str()),
            None => Err(DecodeError::MissingHeader(text)),
        };
        let number = header(NUMBER, "ce-number")?;
        let wrong = |header, value: &str| DecodeError::WrongHeader { header, value: value.to_owned() };
        Ok(Self {
            sequence: raw.sequence,
            hash: raw.event_hash(),
            process: process.to_owned(),
            boot: boot.to_owned(),
            number: number.parse().map_err(|_| wrong("ce-number", number))?,
            previous: match raw.headers.get(envelope::PREVIOUS) {
                Some(text) => Some(text.as_str().parse().map_err(|_| wrong("ce-previous", text.as_str()))?),
                None => None,
            },
            build: header(BUILD, "ce-build")?.to_owned(),
            at: raw.recorded_at()?,
            content: GroupContent::decode(raw)?,
        })
    }

    /// Its records; none for an end mark.
    #[must_use]
    pub fn records(&self) -> &[AuditRecord] {
        match &self.content {
            GroupContent::Reads(records) => records,
            GroupContent::Ended { .. } => &[],
        }
    }
}

impl GroupContent {
    fn decode(raw: &Raw) -> Result<Self, DecodeError> {
        #[derive(serde::Deserialize)]
        struct Ended {
            groups: u64,
            records: u64,
        }
        let kind = raw.event_type()?;
        let damaged = |error: serde_json::Error| DecodeError::Audit(error.to_string());
        match kind {
            READ => serde_json::from_slice(&raw.body).map(Self::Reads).map_err(damaged),
            ENDED => serde_json::from_slice(&raw.body)
                .map(|Ended { groups, records }| Self::Ended { groups, records })
                .map_err(damaged),
            _ => Err(DecodeError::WrongHeader { header: "ce-type", value: kind.to_owned() }),
        }
    }
}
