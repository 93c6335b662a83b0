//! Messages into fresh streams, each at the sequence that it had.

use std::collections::VecDeque;
use std::path::Path;
use std::time::Duration;

use async_nats::HeaderMap;
use async_nats::jetstream::Context;
use async_nats::jetstream::context::{PublishAckFuture, PublishError, PublishErrorKind};
use async_nats::jetstream::publish::PublishAck;
use async_nats::jetstream::stream::Config;
use tokio::time::Instant;

use super::manifest::FileEntry;
use super::reading::{AHEAD, reading};
use super::{forbidden, refused};
use crate::error::LogError;
use crate::raw::Raw;

/// What is on its way, and which sequence it must get.
pub(super) type Acks = VecDeque<(PublishAckFuture, Option<u64>)>;

/// In which every server of a cluster hears which subjects a new stream takes: until then a message that is sent through it finds no stream.
const HEARD: Duration = Duration::from_secs(20);
/// Pause before such a message is sent again.
const PAUSE: Duration = Duration::from_millis(50);

/// Servers that are written to.
pub(super) struct Target<'a> {
    context: Context,
    /// Nothing was sent yet into the stream that was made last.
    fresh: bool,
    written: u64,
    progress: &'a mut dyn FnMut(u64),
}

impl<'a> Target<'a> {
    /// Nothing is written yet; `progress` hears how many messages were.
    pub(super) fn new(context: Context, progress: &'a mut dyn FnMut(u64)) -> Self {
        Self { context, fresh: false, written: 0, progress }
    }

    /// Makes a stream.
    pub(super) async fn create(&mut self, config: Config) -> Result<(), LogError> {
        let name = config.name.clone();
        let created = self.context.create_stream(config).await;
        created.map_err(|error| forbidden(&format!("creating the stream {name}"), error))?;
        self.fresh = true;
        Ok(())
    }

    /// From now on nothing is deleted from it: where something was missing, the stream was made without this.
    pub(super) async fn protect(&self, already: bool, config: Config) -> Result<(), LogError> {
        if already {
            return Ok(());
        }
        let updated = self.context.update_stream(config).await;
        updated.map(drop).map_err(|error| forbidden("protecting what was restored", error))
    }

    /// Copies a file into the stream that takes its subjects, every message at its old sequence.
    pub(super) async fn copy(
        &mut self,
        folder: &Path,
        file: &FileEntry,
        gap: &str,
        mut tell: impl FnMut(&Raw),
    ) -> Result<(), LogError> {
        let (mut acks, mut next, mut gaps) = (Acks::default(), 1, Vec::new());
        let mut stream = String::new();
        let mut records = reading(folder, file);
        while let Some(raw) = records.recv().await {
            let raw = raw?;
            while next < raw.sequence {
                let filler = Raw {
                    sequence: next,
                    subject: gap.to_owned(),
                    headers: HeaderMap::new(),
                    body: "{}".into(),
                };
                self.send(filler, Some(next), &mut acks).await?;
                gaps.push(next);
                next += 1;
            }
            tell(&raw);
            self.send(raw, Some(next), &mut acks).await?;
            next += 1;
        }
        while let Some((ack, expected)) = acks.pop_front() {
            stream = acknowledged(ack, expected).await?;
        }
        if !gaps.is_empty() {
            let handle = self.context.get_stream_no_info(&stream).await;
            let handle = handle.map_err(|error| LogError::unavailable("naming a stream", error))?;
            for sequence in gaps {
                let deleted = handle.delete_message(sequence).await;
                deleted.map_err(|error| forbidden("leaving out what was missing", error))?;
            }
        }
        Ok(())
    }

    /// Sends a message, which must get this sequence.
    pub(super) async fn send(
        &mut self,
        raw: Raw,
        expected: Option<u64>,
        acks: &mut Acks,
    ) -> Result<(), LogError> {
        self.settle(acks, AHEAD).await?;
        if std::mem::take(&mut self.fresh) {
            self.first(raw, expected).await?;
        } else {
            acks.push_back((self.publish(raw).await?, expected));
        }
        self.written += 1;
        (self.progress)(self.written);
        Ok(())
    }

    /// Sends the first message into a stream until the server that it goes through has heard of that: nothing is sent behind a message that
    /// may have to be sent again.
    async fn first(&self, raw: Raw, expected: Option<u64>) -> Result<(), LogError> {
        let until = Instant::now() + HEARD;
        loop {
            match self.publish(raw.clone()).await?.await {
                Err(error) if error.kind() == PublishErrorKind::StreamNotFound && Instant::now() < until => {
                    tokio::time::sleep(PAUSE).await;
                }
                ack => return taken(ack, expected).map(drop),
            }
        }
    }

    async fn publish(&self, raw: Raw) -> Result<PublishAckFuture, LogError> {
        let sent = self.context.publish_with_headers(raw.subject, raw.headers, raw.body).await;
        sent.map_err(|error| LogError::unavailable("restoring", error))
    }

    /// Waits until no more than `left` messages are on their way.
    pub(super) async fn settle(&self, acks: &mut Acks, left: usize) -> Result<(), LogError> {
        while acks.len() > left {
            let Some((ack, expected)) = acks.pop_front() else { break };
            acknowledged(ack, expected).await?;
        }
        Ok(())
    }
}

/// Gives the stream that took it.
async fn acknowledged(ack: PublishAckFuture, expected: Option<u64>) -> Result<String, LogError> {
    taken(ack.await, expected)
}

fn taken(ack: Result<PublishAck, PublishError>, expected: Option<u64>) -> Result<String, LogError> {
    let ack = ack.map_err(|error| LogError::unavailable("restoring", error))?;
    match expected {
        Some(expected) if ack.sequence != expected => Err(refused(format!(
            "a message of sequence {expected} was stored at {}: somebody else writes to these servers; stop every service, remove what was restored, and restore again",
            ack.sequence
        ))),
        _ => Ok(ack.stream),
    }
}
