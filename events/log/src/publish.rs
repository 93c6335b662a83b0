//! The protocol of writing to a stream: one message, or an atomic batch (ADR-50).
//!
//! Nothing here decides what an answer means; see [`append`](crate::append).

use std::time::Duration;

use async_nats::client::PublishErrorKind;
use async_nats::header::{
    NATS_BATCH_COMMIT, NATS_BATCH_COMMIT_FINAL, NATS_BATCH_ID, NATS_BATCH_SEQUENCE,
    NATS_EXPECTED_LAST_SUBJECT_SEQUENCE,
};
use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::publish::PublishAck;
use async_nats::jetstream::response::Response;
use async_nats::{Client, HeaderMap, Request, RequestError, RequestErrorKind};
use bytes::Bytes;
use uuid::Uuid;

use crate::error::{LogError, LogErrorKind};

/// The most messages that the server takes in one atomic batch.
pub const MAX_BATCH: usize = 1_000;

/// What is sent.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) subject: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Message {
    pub(crate) fn new(subject: String, body: Bytes) -> Self {
        Self { subject, headers: HeaderMap::new(), body }
    }

    /// Stored only if `sequence` is the last one on its subject; 0: if there is none.
    pub(crate) fn expecting(mut self, sequence: u64) -> Self {
        self.headers.insert(NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, sequence.to_string());
        self
    }
}

/// Why a stream did not acknowledge.
#[derive(Debug)]
pub(crate) enum Refused {
    /// The server said no.
    Code(ErrorCode, String),
    /// The server knows a message with this id.
    Duplicate,
    /// It is larger than the server takes; nothing was sent.
    TooLarge(String),
    /// Nobody answered in time, or there is no leader: it may be stored or not.
    NoAnswer(String),
}

impl Refused {
    pub(crate) fn into_log_error(self, doing: &str) -> LogError {
        match self {
            Self::Code(code, what) if is_full(code, &what) => {
                LogError::new(LogErrorKind::Full, format!("{doing}: the stream is full ({what})"))
            }
            Self::Code(_, what) => {
                LogError::new(LogErrorKind::Unavailable, format!("{doing}: NATS refused: {what}"))
            }
            Self::Duplicate => {
                LogError::new(LogErrorKind::Damaged, format!("{doing}: the message id was used before"))
            }
            Self::TooLarge(what) => LogError::new(LogErrorKind::Damaged, format!("{doing}: {what}")),
            Self::NoAnswer(what) => {
                LogError::new(LogErrorKind::Unavailable, format!("{doing}: NATS did not answer ({what})"))
            }
        }
    }
}

/// Whether the answer says that the subject has another last sequence than expected. In a cluster the leader says 10164
/// while the message that made it so is not committed yet.
pub(crate) fn is_wrong_sequence(code: ErrorCode) -> bool {
    code == ErrorCode::STREAM_WRONG_LAST_SEQUENCE || code.0 == 10_164
}

/// Whether the answer says that `max_bytes` is reached.
pub(crate) fn is_full(code: ErrorCode, what: &str) -> bool {
    matches!(code.0, 10_023 | 10_047) || (code.0 == 10_077 && what.contains("maximum"))
}

/// Sends one message; gives its sequence.
pub(crate) async fn single(client: &Client, message: Message, timeout: Duration) -> Result<u64, Refused> {
    let request = Request::new().headers(message.headers).payload(message.body).timeout(Some(timeout));
    acknowledged(client.send_request(message.subject, request).await)
}

/// Sends messages as one atomic batch; gives the sequence of the last one. They stand one after another in the stream.
///
/// Only the commit asks for an answer: the server checks everything then, and the answer says what was wrong.
pub(crate) async fn batch(
    client: &Client,
    mut messages: Vec<Message>,
    timeout: Duration,
) -> Result<u64, Refused> {
    let id = Uuid::now_v7().simple().to_string();
    for (number, message) in (1..).zip(&mut messages) {
        message.headers.insert(NATS_BATCH_ID, id.as_str());
        message.headers.insert(NATS_BATCH_SEQUENCE, number.to_string());
    }
    let Some(mut commit) = messages.pop() else { return Err(Refused::NoAnswer("an empty batch".into())) };
    commit.headers.insert(NATS_BATCH_COMMIT, NATS_BATCH_COMMIT_FINAL);
    for message in messages {
        client.publish_with_headers(message.subject, message.headers, message.body).await.map_err(
            |error| match error.kind() {
                PublishErrorKind::MaxPayloadExceeded => Refused::TooLarge(error.to_string()),
                _ => Refused::NoAnswer(error.to_string()),
            },
        )?;
    }
    single(client, commit, timeout).await
}

fn acknowledged(answer: Result<async_nats::Message, RequestError>) -> Result<u64, Refused> {
    let answer = answer.map_err(|error| match error.kind() {
        RequestErrorKind::MaxPayloadExceeded => Refused::TooLarge(error.to_string()),
        _ => Refused::NoAnswer(error.to_string()),
    })?;
    match serde_json::from_slice::<Response<PublishAck>>(&answer.payload) {
        Ok(Response::Ok(ack)) if ack.duplicate => Err(Refused::Duplicate),
        Ok(Response::Ok(ack)) => Ok(ack.sequence),
        Ok(Response::Err { error }) => Err(Refused::Code(error.error_code(), error.to_string())),
        Err(error) => Err(Refused::NoAnswer(error.to_string())),
    }
}
