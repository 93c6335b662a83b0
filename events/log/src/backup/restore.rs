//! Restoring into empty servers.
//!
//! The vault first: a service that starts too early finds keys without events, never events without keys. Every sequence of
//! events, audit and anchors comes out as it was, so that checkpoints, chains and anchors hold; the vault's sequences go on
//! behind the old ones, and each message says where it first stood.

use std::collections::{HashMap, HashSet};

use async_nats::jetstream::stream::Config;
use nabij_model::EventHash;
use uuid::Uuid;

use super::check::Checked;
use super::reading::reading;
use super::room::make_room;
use super::target::{Acks, Target};
use super::{Erasures, records, refused};
use crate::config::LogConfig;
use crate::erasures::is_erasure;
use crate::error::LogError;
use crate::guard::Gate;
use crate::vault::{self, Reborn};
use crate::{connection, setup};

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
        let mut target = Target::new(context, &mut progress);
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
            if last.get(&raw.subject) != Some(&raw.sequence) || vault::is_weight(&raw) {
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
