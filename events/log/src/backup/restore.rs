//! Restoring into empty servers.
//!
//! The vault first: a service that starts too early finds keys without events, never events without keys. Every sequence of
//! events, audit and anchors comes out as it was, so that checkpoints, chains and anchors hold; the vault's sequences go on
//! behind the old ones, and each message says where it first stood.

use std::collections::{HashMap, HashSet, VecDeque};
use std::path::Path;

use async_nats::HeaderMap;
use async_nats::jetstream::Context;
use async_nats::jetstream::context::PublishAckFuture;
use async_nats::jetstream::stream::Config;
use nabij_model::EventHash;
use tokio::sync::mpsc;
use uuid::Uuid;

use super::check::Checked;
use super::erasures::is_erasure;
use super::manifest::FileEntry;
use super::{Erasures, records, refused};
use crate::config::LogConfig;
use crate::error::LogError;
use crate::guard::Gate;
use crate::raw::Raw;
use crate::vault::{self, Reborn};
use crate::{connection, setup};

/// Messages that are on their way at the same time.
const AHEAD: usize = 500;

/// What a restore did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Restored {
    /// Events as the backup has them.
    pub events: u64,
    /// Messages of the audit stream.
    pub audit: u64,
    /// Anchors.
    pub anchors: u64,
    /// Keys.
    pub keys: u64,
    /// Keys that the backup holds and the list of erasures forbids.
    pub withheld: u64,
    /// Events of erasures that came after the backup and were appended.
    pub appended: u64,
}

impl Checked {
    /// Writes everything. `progress` hears how many messages were written.
    ///
    /// # Errors
    /// `Backup` when anything is there already, or when this user may not; `Unavailable` when the servers fail: what was
    /// written must then be removed before the next try.
    pub async fn restore(
        &self,
        config: &LogConfig,
        erasures: &Erasures,
        mut progress: impl FnMut(u64),
    ) -> Result<Restored, LogError> {
        self.accepts(erasures)?;
        if config.prefix != self.events.prefix {
            return Err(refused(format!(
                "the backup's subjects begin with {}, and log.prefix is {}",
                self.events.prefix, config.prefix
            )));
        }
        let (_, context) = connection::connect(config, Gate::new()).await?;
        make_room(&context, config).await?;
        let mut target = Target { context, written: 0, progress: &mut progress };
        let mut restored = Restored::default();
        self.restore_vault(&mut target, config, erasures, &mut restored).await?;
        restored.appended = self.restore_events(&mut target, config, erasures).await?;
        restored.events = self.events.events.count;
        let whole = self.events.audit.count == self.events.audit.through;
        target.create(Config { deny_delete: whole, ..setup::audit(config) }).await?;
        target
            .copy(&self.folder, self.file("audit.gz")?, &format!("{}.gap", config.audit_prefix()), |_| {})
            .await?;
        target.protect(whole, setup::audit(config)).await?;
        restored.audit = self.events.audit.count;
        target.create(setup::anchors(config)).await?;
        target.copy(&self.folder, self.file("anchors.gz")?, "", |_| {}).await?;
        restored.anchors = self.events.anchors;
        Ok(restored)
    }

    async fn restore_vault(
        &self,
        target: &mut Target<'_>,
        config: &LogConfig,
        erasures: &Erasures,
        restored: &mut Restored,
    ) -> Result<(), LogError> {
        let file = self.vault_file()?;
        let mut last = HashMap::new();
        records::read(&self.vault_folder, file, |raw| {
            last.insert(raw.subject, raw.sequence);
            Ok(())
        })?;
        let first = self.vault.vault.through + 1;
        target.create(Config { first_sequence: Some(first), ..setup::vault(config) }).await?;
        let mut open: HashMap<Uuid, _> = erasures.erased.iter().map(|one| (one.id, one.at)).collect();
        let mut acks = Acks::default();
        let mut records = reading(&self.vault_folder, file);
        while let Some(raw) = records.recv().await {
            let raw = raw?;
            // Only the last word on a subject is one; what stood before it was about to go.
            if last.get(&raw.subject) != Some(&raw.sequence) {
                continue;
            }
            let erased = vault::id_of(&raw).and_then(|id| open.remove(&id));
            let (raw, what) = vault::reborn(raw, erased)?;
            match what {
                Reborn::Keys => restored.keys += 1,
                Reborn::Withheld => restored.withheld += 1,
                Reborn::Other => {}
            }
            target.send(raw, None, &mut acks).await?;
        }
        // Erased after the backup, and made after it too.
        for (id, at) in open {
            target.send(vault::tombstone(&config.vault_prefix(), id, at)?, None, &mut acks).await?;
        }
        target.settle(&mut acks, 0).await
    }

    /// Gives how many events of erasures were appended.
    async fn restore_events(
        &self,
        target: &mut Target<'_>,
        config: &LogConfig,
        erasures: &Erasures,
    ) -> Result<u64, LogError> {
        let protected = setup::events(config);
        let whole = self.events.events.count == self.events.events.through;
        target.create(Config { deny_delete: whole, ..protected.clone() }).await?;
        let subjects: HashSet<String> = erasures.events.iter().map(|event| event.raw().subject).collect();
        let mut there = HashSet::new();
        let mut last: HashMap<String, EventHash> = HashMap::new();
        let gap = format!("{}.gap", config.prefix);
        target
            .copy(&self.folder, self.file("events.gz")?, &gap, |raw| {
                if subjects.contains(&raw.subject) {
                    last.insert(raw.subject.clone(), raw.event_hash());
                    if is_erasure(raw) {
                        there.extend(raw.event_id().ok());
                    }
                }
            })
            .await?;
        target.protect(whole, protected).await?;
        let mut acks = Acks::default();
        let (mut appended, mut next) = (0, self.events.events.through);
        for event in &erasures.events {
            let mut raw = event.raw();
            // A case that the backup does not know needs nobody to forget it.
            let Some(previous) = last.get(&raw.subject).copied() else { continue };
            let Ok(id) = raw.event_id() else { continue };
            if !there.insert(id) {
                continue;
            }
            raw.headers.insert("ce-previous", previous.to_string());
            raw.headers.insert(async_nats::header::NATS_MESSAGE_ID, id.to_string());
            last.insert(raw.subject.clone(), raw.event_hash());
            next += 1;
            target.send(raw, Some(next), &mut acks).await?;
            appended += 1;
        }
        target.settle(&mut acks, 0).await?;
        Ok(appended)
    }
}

/// What is on its way, and which sequence it must get.
type Acks = VecDeque<(PublishAckFuture, Option<u64>)>;

struct Target<'a> {
    context: Context,
    written: u64,
    progress: &'a mut dyn FnMut(u64),
}

impl Target<'_> {
    async fn create(&self, config: Config) -> Result<(), LogError> {
        let name = config.name.clone();
        let created = self.context.create_stream(config).await;
        created.map(drop).map_err(|error| forbidden(&format!("creating the stream {name}"), error))
    }

    /// From now on nothing is deleted from it: where something was missing, the stream was made without this.
    async fn protect(&self, already: bool, config: Config) -> Result<(), LogError> {
        if already {
            return Ok(());
        }
        let updated = self.context.update_stream(config).await;
        updated.map(drop).map_err(|error| forbidden("protecting what was restored", error))
    }

    /// Copies a file into the stream that takes its subjects, every message at its old sequence.
    async fn copy(
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

    async fn send(&mut self, raw: Raw, expected: Option<u64>, acks: &mut Acks) -> Result<(), LogError> {
        self.settle(acks, AHEAD).await?;
        let sent = self.context.publish_with_headers(raw.subject, raw.headers, raw.body).await;
        acks.push_back((sent.map_err(|error| LogError::unavailable("restoring", error))?, expected));
        self.written += 1;
        (self.progress)(self.written);
        Ok(())
    }

    async fn settle(&self, acks: &mut Acks, left: usize) -> Result<(), LogError> {
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

/// Every stream must be absent or empty; the empty ones go, since their settings may be others.
async fn make_room(context: &Context, config: &LogConfig) -> Result<(), LogError> {
    let names = [&config.stream, &config.vault, &config.audit(), &config.anchors(), &config.snapshots()]
        .map(String::clone);
    let (mut full, mut empty) = (Vec::new(), Vec::new());
    for name in names {
        match context.get_stream(&name).await {
            Ok(stream) => match stream.cached_info().state.last_sequence {
                0 => empty.push(name),
                _ => full.push(format!("{name} ({} messages)", stream.cached_info().state.messages)),
            },
            Err(error) if setup::is_absent(&error) => {}
            Err(error) => return Err(LogError::unavailable(&format!("reading the stream {name}"), error)),
        }
    }
    if !full.is_empty() {
        return Err(refused(format!(
            "these servers are not empty: {}; restore into fresh ones, or stop every service and remove these streams as the NATS user `admin`; nothing was restored",
            full.join(", ")
        )));
    }
    for name in empty {
        context
            .delete_stream(&name)
            .await
            .map_err(|error| forbidden(&format!("removing the empty stream {name}"), error))?;
    }
    Ok(())
}

fn forbidden(doing: &str, error: impl ToString) -> LogError {
    refused(format!(
        "{doing} failed ({}): restore as the NATS user `admin`, with its address in NATS_URL",
        error.to_string()
    ))
}

/// Reads a file on a thread of its own.
fn reading(folder: &Path, file: &FileEntry) -> mpsc::Receiver<Result<Raw, LogError>> {
    let (sender, receiver) = mpsc::channel(AHEAD);
    let (folder, file) = (folder.to_owned(), file.clone());
    tokio::task::spawn_blocking(move || {
        let ended = || refused("the restore ended");
        let read = records::read(&folder, &file, |raw| sender.blocking_send(Ok(raw)).map_err(|_| ended()));
        if let Err(error) = read {
            drop(sender.blocking_send(Err(error)));
        }
    });
    receiver
}
