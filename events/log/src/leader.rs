//! Reads through a stream's leader: never stale, one message at a time.

use async_nats::jetstream::Context;
use async_nats::jetstream::message::StreamMessage;
use async_nats::jetstream::stream::{RawMessageError, RawMessageErrorKind, Stream};
use serde_json::{Value, json};

use crate::error::{LogError, LogErrorKind};
use crate::raw::Raw;

/// The message at `sequence`, or with a `subject` the first one on it from `sequence` on.
pub(crate) async fn message(
    stream: &Stream<()>,
    sequence: u64,
    subject: Option<&str>,
) -> Result<Option<Raw>, LogError> {
    let mut request = stream.raw_message_builder().sequence(sequence);
    if let Some(subject) = subject {
        request = request.next_by_subject(subject);
    }
    found(request.send().await)
}

/// The last message on `subject`.
pub(crate) async fn last(stream: &Stream<()>, subject: &str) -> Result<Option<Raw>, LogError> {
    found(stream.raw_message_builder().last_by_subject(subject).send().await)
}

fn found(answer: Result<StreamMessage, RawMessageError>) -> Result<Option<Raw>, LogError> {
    match answer {
        Ok(message) => Ok(Some(Raw {
            sequence: message.sequence,
            subject: message.subject.to_string(),
            headers: message.headers,
            body: message.payload,
        })),
        Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => Ok(None),
        Err(error) => Err(LogError::unavailable("reading through the leader", error)),
    }
}

/// Every message on `subject` from `sequence` on.
pub(crate) async fn tail(
    stream: &Stream<()>,
    subject: &str,
    mut sequence: u64,
) -> Result<Vec<Raw>, LogError> {
    let mut found = Vec::new();
    while let Some(raw) = message(stream, sequence, Some(subject)).await? {
        sequence = raw.sequence + 1;
        found.push(raw);
    }
    Ok(found)
}

/// Deletes a message so that the server overwrites it on disk, unlike a purge or a plain delete.
pub(crate) async fn delete_securely(context: &Context, stream: &str, sequence: u64) -> Result<(), LogError> {
    let request = json!({"seq": sequence, "no_erase": false});
    let answer: Value = context
        .request(format!("STREAM.MSG.DELETE.{stream}"), &request)
        .await
        .map_err(|error| LogError::unavailable("deleting securely", error))?;
    if answer["success"] == true {
        return Ok(());
    }
    Err(LogError::new(
        LogErrorKind::Unavailable,
        format!("message {sequence} of {stream} was not deleted: {}", answer["error"]["description"]),
    ))
}
