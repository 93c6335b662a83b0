//! Taking a backup, while writers go on.

use std::collections::BTreeSet;
use std::path::Path;

use futures::StreamExt;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::manifest::{self, EventsManifest, FORMAT, VaultManifest};
use super::records::Writer;
use super::{VAULT_DAYS, refused};
use crate::anchor::{AnchorKey, Mark};
use crate::error::{LogError, LogErrorKind};
use crate::log::Log;
use crate::raw::Raw;
use crate::vault;

impl Log {
    /// Writes the events, the audit stream and the anchors into `folder`, and the vault into `vault`, both new or empty. Each
    /// gets its manifest last, that of the events as the very last. `progress` hears the sequence of the event that is read.
    ///
    /// # Errors
    /// `Backup` when a folder cannot be used, `Unavailable` when the log cannot be read: what was written is then no backup.
    pub async fn backup(
        &self,
        folder: &Path,
        vault: &Path,
        key: &AnchorKey,
        now: Timestamp,
        mut progress: impl FnMut(u64),
    ) -> Result<(EventsManifest, VaultManifest), LogError> {
        manifest::folder(folder)?;
        manifest::folder(vault)?;
        let config = self.config();
        let mut streams = Vec::new();
        for name in [&config.stream, &config.vault, &config.audit(), &config.anchors()] {
            streams.extend(self.stream_config(name).await?);
        }
        let (_, anchors) = self.copy(folder, "anchors.gz", &config.anchors()).await?;
        let (events, events_file) = self.copy_events(folder, &mut progress).await?;
        let (audit, audit_file) = self.copy(folder, "audit.gz", &config.audit()).await?;
        let backup = Uuid::now_v7();
        let vault_manifest = self.copy_vault(vault, backup, now).await?;
        manifest::write(vault, &vault_manifest, key)?;
        let events_manifest = EventsManifest {
            format: FORMAT,
            backup,
            made_at: now,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            stream: config.stream.clone(),
            prefix: config.prefix.clone(),
            streams,
            events,
            audit,
            anchors: anchors.records,
            files: vec![events_file, audit_file, anchors],
        };
        manifest::write(folder, &events_manifest, key)?;
        Ok((events_manifest, vault_manifest))
    }

    async fn copy_events(
        &self,
        folder: &Path,
        progress: &mut impl FnMut(u64),
    ) -> Result<(Mark, manifest::FileEntry), LogError> {
        let through = self.head().await?.sequence;
        let mut writer = Writer::create(folder, "events.gz")?;
        let (mut mark, mut next) = (Mark::default(), 1);
        while next <= through {
            // What is missing stays missing: the sequences behind a gap are what everything else points at.
            let behind = |error: LogError| match error.kind() {
                LogErrorKind::Gap { last, .. } => Ok(last + 1),
                _ => Err(error),
            };
            let events = match self.read(next).await {
                Ok(events) => events,
                Err(error) => {
                    next = behind(error)?;
                    continue;
                }
            };
            let mut events = std::pin::pin!(events);
            while next <= through {
                match events.next().await {
                    Some(Ok(raw)) => {
                        next = raw.sequence + 1;
                        mark.take(&raw, raw.event_hash());
                        writer.write(&raw)?;
                        progress(raw.sequence);
                    }
                    Some(Err(error)) => {
                        next = behind(error)?;
                        break;
                    }
                    None => return Err(refused("the reader of the log ended")),
                }
            }
        }
        Ok((mark, writer.finish()?))
    }

    async fn copy(
        &self,
        folder: &Path,
        name: &str,
        stream: &str,
    ) -> Result<(Mark, manifest::FileEntry), LogError> {
        self.copy_telling(folder, name, stream, |_| {}).await
    }

    async fn copy_telling(
        &self,
        folder: &Path,
        name: &str,
        stream: &str,
        mut tell: impl FnMut(&Raw),
    ) -> Result<(Mark, manifest::FileEntry), LogError> {
        let through = self.end_of(stream).await?.unwrap_or(0);
        let mut writer = Writer::create(folder, name)?;
        let mut mark = Mark::default();
        if through > 0 {
            self.walk(stream, 1, through, |raw| {
                mark.take(&raw, raw.event_hash());
                tell(&raw);
                writer.write(&raw)
            })
            .await?;
        }
        Ok((mark, writer.finish()?))
    }

    async fn copy_vault(
        &self,
        folder: &Path,
        backup: Uuid,
        now: Timestamp,
    ) -> Result<VaultManifest, LogError> {
        let config = self.config();
        let mut masters = BTreeSet::new();
        let (vault, file) = self
            .copy_telling(folder, "vault.gz", &config.vault, |raw| masters.extend(vault::master_of(raw)))
            .await?;
        Ok(VaultManifest {
            format: FORMAT,
            backup,
            made_at: now,
            expires: now + SignedDuration::from_hours(24 * VAULT_DAYS),
            masters: masters.into_iter().collect(),
            vault,
            files: vec![file],
        })
    }

    async fn stream_config(&self, name: &str) -> Result<Option<serde_json::Value>, LogError> {
        match self.context().get_stream(name).await {
            Ok(stream) => Ok(serde_json::to_value(&stream.cached_info().config).ok()),
            Err(error) if crate::setup::is_absent(&error) => Ok(None),
            Err(error) => Err(LogError::unavailable(&format!("reading the stream {name}"), error)),
        }
    }
}
