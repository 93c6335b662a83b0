//! The raw limits: the same messages, sent without anything of ours around them.

use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use async_nats::header::{NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, NATS_MESSAGE_ID};
use async_nats::{Client, HeaderMap};
use bytes::Bytes;
use futures::StreamExt;
use nabij_log::Log;
use uuid::Uuid;

/// A message as the log stored it.
#[derive(Debug, Clone)]
pub(super) struct Message {
    subject: String,
    headers: HeaderMap,
    body: Bytes,
}

/// The first `most` messages of a log, ready to be sent once more to the log whose subjects begin with `prefix`: the same
/// payloads, headers, message ids and expectations.
///
/// Sent in order into an empty stream they get the same sequences, so the expectations hold there too. What a batch
/// did not have to carry (id and expectation of each message) is put in: the raw limit pays for every check.
pub(super) async fn messages(log: &Log, prefix: &str, most: usize) -> Result<Vec<Message>> {
    let head = usize::try_from(log.head().await?.sequence)?;
    let mut reader = log.read(1).await?;
    let mut messages = Vec::with_capacity(most.min(head));
    let mut last_on = std::collections::HashMap::new();
    while messages.len() < most.min(head) {
        let raw = reader.next().await.context("the log ended")??;
        let (_, aggregate) = raw.subject.split_once('.').context("a subject has two parts")?;
        let mut headers = HeaderMap::new();
        for (name, values) in raw.headers.iter() {
            let name = name.to_string();
            if !name.starts_with("Nats-") {
                values.iter().for_each(|value| headers.append(name.as_str(), value.clone()));
            }
        }
        headers.insert(NATS_MESSAGE_ID, raw.event_id()?.to_string());
        let before = last_on.insert(aggregate.to_owned(), raw.sequence).unwrap_or(0);
        headers.insert(NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, before.to_string());
        messages.push(Message { subject: format!("{prefix}.{aggregate}"), headers, body: raw.body });
    }
    Ok(messages)
}

/// Sends all, at most `in_flight` unanswered at a time; gives messages a second.
pub(super) async fn publish(client: &Client, messages: Vec<Message>, in_flight: usize) -> Result<f64> {
    let inbox = client.new_inbox();
    let mut answers = client.subscribe(format!("{inbox}.*")).await?;
    let count = messages.len();
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
    Ok(count as f64 / start.elapsed().as_secs_f64())
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
