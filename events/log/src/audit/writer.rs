//! One task a process: gathers records into groups, sends one group at a time, and never guesses what became of it.
//!
//! A group whose outcome stays unknown is given up together with its chain: its reads are refused, and the next group
//! begins a chain under another boot id. Should the lost message arrive after all, it continues the old chain as it should.

use std::sync::Arc;
use std::time::Duration;

use async_nats::Client;
use async_nats::jetstream::{Context, ErrorCode};
use bytes::Bytes;
use jiff::Timestamp;
use nabij_model::EventHash;
use tokio::sync::{mpsc, oneshot};

use super::chain::{Chain, Link};
use crate::config::LogConfig;
use crate::error::{LogError, LogErrorKind};
use crate::guard::Gate;
use crate::leader;
use crate::publish::{self, Refused};

/// Records in one group.
const MOST: usize = 512;
/// Bytes of the records in one group; NATS takes 1 MiB.
const BYTES: usize = 512 << 10;
/// How often a group is sent.
const SENDS: u32 = 3;
/// Pause between two sends or looks.
const PAUSE: Duration = Duration::from_millis(50);

/// A record that waits, as JSON.
pub(super) struct Entry {
    pub(super) record: Bytes,
    pub(super) at: Timestamp,
    pub(super) answer: oneshot::Sender<Result<u64, LogError>>,
}

/// What a writer is asked.
pub(super) enum Asked {
    Write(Entry),
    End { at: Timestamp, answer: oneshot::Sender<Result<u64, LogError>> },
}

/// Owns the chain.
pub(super) struct Writer {
    client: Client,
    context: Context,
    stream: String,
    prefix: String,
    process: String,
    timeout: Duration,
    gate: Gate,
    chain: Chain,
}

impl Writer {
    pub(super) fn new(
        client: Client,
        context: Context,
        config: &LogConfig,
        gate: Gate,
        process: &str,
    ) -> Self {
        let prefix = config.audit_prefix();
        Self {
            chain: Chain::begin(&prefix, process),
            stream: config.audit(),
            timeout: config.timeout,
            process: process.to_owned(),
            client,
            context,
            prefix,
            gate,
        }
    }

    /// Runs until its process is done with it.
    pub(super) async fn run(mut self, mut asked: mpsc::Receiver<Asked>) {
        while let Some(first) = asked.recv().await {
            let mut group = Vec::new();
            let mut end = None;
            let mut bytes = 0;
            take(first, &mut group, &mut end, &mut bytes);
            // Reads that are ready at this very moment come along.
            tokio::task::yield_now().await;
            while end.is_none() && group.len() < MOST && bytes < BYTES {
                let Ok(next) = asked.try_recv() else { break };
                take(next, &mut group, &mut end, &mut bytes);
            }
            // Who gave up waiting was refused already, and nothing was shown.
            group.retain(|entry: &Entry| !entry.answer.is_closed());
            if let Some(at) = group.iter().map(|entry| entry.at).max() {
                let records: Vec<Bytes> = group.iter().map(|entry| entry.record.clone()).collect();
                let link = self.chain.group(&records, at);
                let stored = self.store(&link).await;
                answer(group.into_iter().map(|entry| entry.answer), stored);
            }
            if let Some((at, told)) = end {
                let link = self.chain.end(at);
                answer(std::iter::once(told), self.store(&link).await);
                return;
            }
        }
    }

    /// Sends a link until its outcome is known, or gives the chain up.
    async fn store(&mut self, link: &Link) -> Result<u64, LogError> {
        self.gate.not_rewound()?;
        let mut lost = None;
        for send in 1..=SENDS {
            let sent = publish::single(&self.client, link.message.clone(), self.timeout).await;
            let unknown = match sent {
                Ok(sequence) => return self.acknowledged(link, sequence),
                Err(refused @ (Refused::Duplicate | Refused::NoAnswer(_))) => refused,
                Err(Refused::Code(code, what)) if is_open(code) => Refused::Code(code, what),
                // The server said no, and why: nothing of this send is stored.
                Err(refused) => {
                    if lost.is_some() {
                        self.give_up();
                    }
                    return Err(refused.into_log_error("writing audit records"));
                }
            };
            match self.look(link).await {
                Ok(Some(sequence)) => return self.acknowledged(link, sequence),
                Ok(None) => lost = Some(unknown.into_log_error("writing audit records")),
                Err(error) if error.is_rewound() => return Err(error),
                Err(error) => lost = Some(error),
            }
            tokio::time::sleep(PAUSE * send).await;
        }
        self.give_up();
        let what = lost.map_or_else(String::new, |error| error.to_string());
        Err(LogError::new(LogErrorKind::Unavailable, what))
    }

    /// Looks for the link through the leader. When it is absent, what was acknowledged before must still be there.
    async fn look(&self, link: &Link) -> Result<Option<u64>, LogError> {
        let stream = self
            .context
            .get_stream_no_info(&self.stream)
            .await
            .map_err(|error| LogError::unavailable("naming a stream", error))?;
        let subject = self.chain.subject();
        let found = leader::message(&stream, self.chain.sequence() + 1, Some(&subject)).await?;
        if let Some(raw) = found.filter(|raw| raw.event_hash() == link.hash) {
            return Ok(Some(raw.sequence));
        }
        if let Some((sequence, hash)) = self.chain.last() {
            let there = leader::message(&stream, sequence, None).await?.map(|raw| raw.event_hash());
            if there != Some(hash) {
                return Err(self.rewound(sequence, hash));
            }
        }
        Ok(None)
    }

    fn acknowledged(&mut self, link: &Link, sequence: u64) -> Result<u64, LogError> {
        if let Some((last, hash)) = self.chain.last()
            && sequence <= last
        {
            return Err(self.rewound(last, hash));
        }
        self.chain.took(link, sequence);
        Ok(sequence)
    }

    fn rewound(&self, sequence: u64, hash: EventHash) -> LogError {
        let what = format!(
            "the audit stream was rewound: it no longer holds the records at sequence {sequence} ({hash}) that it had acknowledged; restore a backup"
        );
        tracing::error!("{what}");
        self.gate.rewound(&what)
    }

    fn give_up(&mut self) {
        tracing::warn!(
            subject = self.chain.subject(),
            "the outcome of audit records is unknown: their reads are refused, and another chain begins"
        );
        self.chain = Chain::begin(&self.prefix, &self.process);
    }
}

/// Whether the answer leaves open what is stored.
fn is_open(code: ErrorCode) -> bool {
    publish::is_wrong_sequence(code) || code == ErrorCode::CLUSTER_NOT_AVAILABLE
}

fn take(
    asked: Asked,
    group: &mut Vec<Entry>,
    end: &mut Option<(Timestamp, oneshot::Sender<Result<u64, LogError>>)>,
    bytes: &mut usize,
) {
    match asked {
        Asked::Write(entry) => {
            *bytes += entry.record.len();
            group.push(entry);
        }
        Asked::End { at, answer } => *end = Some((at, answer)),
    }
}

/// Tells everybody of a group. Who no longer listens was refused already.
fn answer(
    waiting: impl Iterator<Item = oneshot::Sender<Result<u64, LogError>>>,
    stored: Result<u64, LogError>,
) {
    match stored {
        Ok(sequence) => waiting.for_each(|one| drop(one.send(Ok(sequence)))),
        Err(error) => {
            let (kind, detail): (_, Arc<str>) = (error.kind(), error.to_string().into());
            waiting.for_each(|one| drop(one.send(Err(LogError::new(kind, detail.to_string())))));
        }
    }
}
