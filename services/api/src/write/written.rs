//! What a write answers.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use nabij_log::Accepted;
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use crate::route::{Answer, schema_of};

/// The answer of a write.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Written {
    /// The record.
    pub(crate) id: Uuid,
    /// Where its last event stands in the log: `min_sequence` of a read that must show it.
    pub(crate) sequence: u64,
    /// The record's version, for `If-Match`.
    pub(crate) version: u64,
    /// When the file closes again that was opened in danger.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) until: Option<Timestamp>,
    /// An auditor will look at it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reviewed_afterwards: Option<bool>,
    /// Ids that were made on the way: `action`, `transfer`, `consent` ...
    #[serde(flatten)]
    pub(crate) parts: BTreeMap<&'static str, Uuid>,
    /// Of an erasure: records about this person alone, which go with them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) alone: Vec<Uuid>,
    /// Of an erasure: records that are about others too, whose words must be looked at by a person.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) shared: Vec<Uuid>,
    /// Of an erasure: whether the keys are gone already. If not they go as soon as the eraser runs; `/v1/erasures` says when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) done: Option<bool>,
}

/// What a command answers.
pub(crate) const DONE: Answer =
    Answer { status: 200, media: &["application/json"], schema: schema_of::<Written> };

/// What a call answers that makes a record.
pub(crate) const CREATED: Answer = Answer { status: 201, ..DONE };

impl Written {
    pub(crate) fn new(accepted: &Accepted) -> Self {
        Self {
            id: accepted.id,
            sequence: accepted.sequence,
            version: accepted.version,
            until: None,
            reviewed_afterwards: None,
            parts: BTreeMap::new(),
            alone: Vec::new(),
            shared: Vec::new(),
            done: None,
        }
    }

    /// The answer, with the record's address and its version as ETag.
    pub(crate) fn respond(&self, status: u16, collection: &str) -> Response {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
        let mut headers = HeaderMap::with_capacity(3);
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let text = [
            (header::ETAG, format!("\"{}\"", self.version)),
            (header::LOCATION, format!("/v1/{collection}/{}", self.id)),
        ];
        headers.extend(text.into_iter().filter_map(|(name, text)| Some((name, text.try_into().ok()?))));
        (status, headers, serde_json::to_vec(self).unwrap_or_default()).into_response()
    }
}
