//! Batched direct reads (ADR-31): many messages for one request, from any copy of the stream.
//!
//! They can be stale: straight after an acknowledgement a follower may not have the message yet.

use std::time::Duration;

use async_nats::header::{NATS_SEQUENCE, NATS_SUBJECT};
use async_nats::{Client, Message, Request, StatusCode, Subscriber};
use futures::StreamExt;
use serde_json::{Value, json};

use crate::error::{LogError, LogErrorKind};
use crate::raw::Raw;

/// Messages for one request.
const BATCH: u64 = 500;
/// Status of the message that ends a batch.
const END_OF_BATCH: u16 = 204;
/// Every subject.
pub(crate) const ALL: &str = ">";
/// The server answers at most this many subjects at once.
pub(crate) const MAX_SUBJECTS: usize = 1024;

/// Reads one stream.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'a> {
    pub(crate) client: &'a Client,
    pub(crate) stream: &'a str,
    pub(crate) timeout: Duration,
}

/// What the end of a batch says.
struct End {
    /// Messages that match and did not fit.
    pending: u64,
}

impl Reader<'_> {
    /// Every message on `subject` from `sequence` on.
    pub(crate) async fn tail(&self, subject: &str, mut sequence: u64) -> Result<Vec<Raw>, LogError> {
        let mut found = Vec::new();
        loop {
            let request = json!({"seq": sequence, "next_by_subj": subject, "batch": BATCH});
            let end = self.request(&request, &mut found).await?;
            match found.last() {
                Some(last) if end.pending > 0 && last.sequence >= sequence => sequence = last.sequence + 1,
                _ => return Ok(found),
            }
        }
    }

    /// Every message on `subject` behind `known`, most often none. That the server tells from its index and reads no message for it; for a
    /// batch it would count through a block of the stream.
    pub(crate) async fn since(&self, subject: &str, known: u64) -> Result<Vec<Raw>, LogError> {
        if self.goes_on(subject, known + 1).await? {
            self.tail(subject, known + 1).await
        } else {
            Ok(Vec::new())
        }
    }

    /// Whether there is a message on `subject` from `sequence` on.
    async fn goes_on(&self, subject: &str, sequence: u64) -> Result<bool, LogError> {
        let request = Request::new()
            .payload(json!({"seq": sequence, "next_by_subj": subject}).to_string().into())
            .timeout(Some(self.timeout));
        let reply = self
            .client
            .send_request(format!("$JS.API.DIRECT.GET.{}", self.stream), request)
            .await
            .map_err(|error| LogError::unavailable("reading directly", error))?;
        match reply.status {
            Some(StatusCode::NOT_FOUND) => Ok(false),
            Some(status) => Err(refused(status, &reply)),
            None => Ok(true),
        }
    }

    /// The next messages from `sequence` on, as many as one request gives. Of all subjects: for some of them the server would look through
    /// all that it has, for every batch.
    pub(crate) async fn batch(&self, sequence: u64) -> Result<Vec<Raw>, LogError> {
        let mut found = Vec::new();
        let request = json!({"seq": sequence, "next_by_subj": ALL, "batch": BATCH});
        self.request(&request, &mut found).await?;
        Ok(found)
    }

    /// The last message of each of at most [`MAX_SUBJECTS`] subjects, where there is one.
    pub(crate) async fn last_of(&self, subjects: &[String]) -> Result<Vec<Raw>, LogError> {
        let mut found = Vec::new();
        self.request(&json!({"multi_last": subjects, "batch": MAX_SUBJECTS}), &mut found).await?;
        Ok(found)
    }

    async fn request(&self, request: &Value, into: &mut Vec<Raw>) -> Result<End, LogError> {
        let failed = |source: Box<dyn std::error::Error + Send + Sync>| {
            LogError::unavailable("reading directly", source)
        };
        let inbox = self.client.new_inbox();
        let mut replies =
            self.client.subscribe(inbox.clone()).await.map_err(|error| failed(Box::new(error)))?;
        let subject = format!("$JS.API.DIRECT.GET.{}", self.stream);
        self.client
            .publish_with_reply(subject, inbox, request.to_string().into())
            .await
            .map_err(|error| failed(Box::new(error)))?;
        loop {
            let reply = next(&mut replies, self.timeout).await?;
            match reply.status {
                Some(status) if status.as_u16() == END_OF_BATCH => {
                    return Ok(End { pending: number(&reply, "Nats-Num-Pending") });
                }
                Some(StatusCode::NOT_FOUND) => return Ok(End { pending: 0 }),
                Some(status) => return Err(refused(status, &reply)),
                None => into.push(raw(reply)?),
            }
        }
    }
}

async fn next(replies: &mut Subscriber, timeout: Duration) -> Result<Message, LogError> {
    match tokio::time::timeout(timeout, replies.next()).await {
        Ok(Some(reply)) => Ok(reply),
        Ok(None) => Err(LogError::new(LogErrorKind::Unavailable, "the connection to NATS was closed")),
        Err(_) => Err(LogError::new(LogErrorKind::Unavailable, "a direct read was not answered in time")),
    }
}

fn refused(status: StatusCode, reply: &Message) -> LogError {
    let what = reply.description.as_deref().unwrap_or("no reason given");
    LogError::new(LogErrorKind::Unavailable, format!("a direct read was refused: {status} {what}"))
}

fn number(reply: &Message, name: &str) -> u64 {
    let value = reply.headers.as_ref().and_then(|headers| headers.get(name));
    value.and_then(|value| value.as_str().parse().ok()).unwrap_or(0)
}

fn raw(reply: Message) -> Result<Raw, LogError> {
    let headers = reply.headers.unwrap_or_default();
    let sequence = headers.get(NATS_SEQUENCE).and_then(|value| value.as_str().parse().ok());
    let subject = headers.get(NATS_SUBJECT).map(ToString::to_string);
    match (sequence, subject) {
        (Some(sequence), Some(subject)) => Ok(Raw { sequence, subject, headers, body: reply.payload }),
        _ => Err(LogError::new(LogErrorKind::Damaged, "a direct read came without its place in the stream")),
    }
}
