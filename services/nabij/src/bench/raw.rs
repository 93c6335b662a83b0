//! The raw limits: the same messages, sent without anything of ours around them.

use std::collections::HashMap;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use async_nats::header::{NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, NATS_MESSAGE_ID};
use async_nats::{Client, HeaderMap};
use bytes::Bytes;
use futures::StreamExt;
use nabij_log::{Log, Raw};
use uuid::Uuid;

/// The name of what takes the same messages: its stream, in capitals, and the first token of its subjects.
pub(super) const NAME: &str = "raw";

/// A message as the log stored it.
#[derive(Debug, Clone)]
pub(super) struct Message {
    subject: String,
    headers: HeaderMap,
    body: Bytes,
}

/// The messages of a log once more, for the empty one: the same payloads, headers, message ids
/// and expectations.
///
/// Sent in order into an empty stream they get the same sequences, so the expectations hold there too. What a batch
/// did not have to carry (id and expectation of each message) is put in: the raw limit pays for every check.
#[derive(Default)]
pub(super) struct Again {
    read: u64,
    last_on: HashMap<String, u64>,
}

impl Again {
    /// The next messages of `log`, as many as there are and at most `most`.
    pub(super) async fn next(&mut self, log: &Log, most: usize) -> Result<Vec<Message>> {
        let head = log.head().await?.sequence;
        let mut reader = log.read(self.read + 1).await?;
        let mut messages = Vec::new();
        while messages.len() < most && self.read < head {
            let raw = reader.next().await.context("the log ended")??;
            self.read = raw.sequence;
            messages.push(self.message(raw)?);
        }
        Ok(messages)
    }

    fn message(&mut self, raw: Raw) -> Result<Message> {
        let (_, aggregate) = raw.subject.split_once('.').context("a subject has two parts")?;
        let mut headers = HeaderMap::new();
        for (name, values) in raw.headers.iter() {
            let name = name.to_string();
            if !name.starts_with("Nats-") {
                values.iter().for_each(|value| headers.append(name.as_str(), value.clone()));
            }
        }
        headers.insert(NATS_MESSAGE_ID, raw.event_id()?.to_string());
        let before = self.last_on.insert(aggregate.to_owned(), raw.sequence).unwrap_or(0);
        headers.insert(NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, before.to_string());
        Ok(Message { subject: format!("{NAME}.{aggregate}"), headers, body: raw.body })
    }
}

/// Sends all, at most `in_flight` unanswered at a time; gives the seconds that it took.
pub(super) async fn publish(client: &Client, messages: Vec<Message>, in_flight: usize) -> Result<f64> {
    let inbox = client.new_inbox();
    let mut answers = client.subscribe(format!("{inbox}.*")).await?;
    let start = Instant::now();
    let mut open = 0;
    for (number, message) in messages.into_iter().enumerate() {
        if open == in_flight {
            acknowledged(answers.next().await)?;
            open -= 1;
        }
        let reply = format!("{inbox}.{number}");
        client.publish_with_reply_and_headers(message.subject, reply, message.headers, message.body).await?;
        open += 1;
    }
    for _ in 0..open {
        acknowledged(answers.next().await)?;
    }
    Ok(start.elapsed().as_secs_f64())
}

fn acknowledged(answer: Option<async_nats::Message>) -> Result<()> {
    let answer = answer.context("NATS is gone")?;
    if answer.payload.windows(7).any(|window| window == b"\"error\"") {
        bail!("the raw publish was refused: {}", String::from_utf8_lossy(&answer.payload));
    }
    Ok(())
}

/// Publish to subscriber, through a stream: seconds from each publish until a reader of the log has the message.
pub(super) async fn round_trips(log: &Log, messages: Vec<Message>) -> Result<Vec<f64>> {
    let from = log.head().await?.sequence + 1;
    let mut reader = log.read(from).await?;
    let client = log.client();
    let mut seconds = Vec::with_capacity(messages.len());
    for message in messages {
        let start = Instant::now();
        let mut headers = message.headers;
        headers.insert(NATS_MESSAGE_ID, Uuid::now_v7().to_string());
        client.publish_with_headers(message.subject, headers, message.body).await?;
        reader.next().await.context("the log ended")??;
        seconds.push(start.elapsed().as_secs_f64());
    }
    Ok(seconds)
}
