//! Messages into fresh streams, each at the sequence that it had.

use std::collections::VecDeque;
use std::path::Path;
use std::time::Duration;

use async_nats::HeaderMap;
use async_nats::jetstream::Context;
use async_nats::jetstream::context::PublishAckFuture;
use async_nats::jetstream::stream::Config;

use super::manifest::FileEntry;
use super::reading::{AHEAD, reading};
use super::{forbidden, refused};
use crate::error::LogError;
use crate::raw::Raw;

/// What is on its way, and which sequence it must get.
pub(super) type Acks = VecDeque<(PublishAckFuture, Option<u64>)>;

/// In which every server of a cluster hears which subjects a new stream takes: a message that is sent through another one before that
/// finds no stream.
const HEARD: Duration = Duration::from_secs(1);

/// Servers that are written to.
pub(super) struct Target<'a> {
    context: Context,
    written: u64,
    progress: &'a mut dyn FnMut(u64),
}

impl<'a> Target<'a> {
    /// Nothing is written yet; `progress` hears how many messages were.
    pub(super) fn new(context: Context, progress: &'a mut dyn FnMut(u64)) -> Self {
        Self { context, written: 0, progress }
    }

    /// Makes a stream.
    pub(super) async fn create(&self, config: Config) -> Result<(), LogError> {
        let (name, replicas) = (config.name.clone(), config.num_replicas);
        let created = self.context.create_stream(config).await;
        created.map_err(|error| forbidden(&format!("creating the stream {name}"), error))?;
        if replicas > 1 {
            tokio::time::sleep(HEARD).await;
        }
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
        let sent = self.context.publish_with_headers(raw.subject, raw.headers, raw.body).await;
        acks.push_back((sent.map_err(|error| LogError::unavailable("restoring", error))?, expected));
        self.written += 1;
        (self.progress)(self.written);
        Ok(())
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
    let ack = ack.await.map_err(|error| LogError::unavailable("restoring", error))?;
    match expected {
        Some(expected) if ack.sequence != expected => Err(refused(format!(
            "a message of sequence {expected} was stored at {}: somebody else writes to these servers; stop every service, remove what was restored, and restore again",
            ack.sequence
        ))),
        _ => Ok(ack.stream),
    }
}
