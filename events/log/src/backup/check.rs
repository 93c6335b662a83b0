//! Reading a backup whole before anything is written.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use uuid::Uuid;

use super::manifest::{self, EventsManifest, FORMAT, FileEntry, VaultManifest};
use super::{Erasures, records, refused};
use crate::anchor::{Mark, PublicKey};
use crate::error::LogError;
use crate::vault;

/// A backup whose every byte was read and compared with its signed manifests.
#[derive(Debug)]
pub struct Checked {
    /// Of events, audit and anchors.
    pub events: EventsManifest,
    /// Of the vault.
    pub vault: VaultManifest,
    pub(super) folder: PathBuf,
    pub(super) vault_folder: PathBuf,
    pub(super) erased: HashSet<Uuid>,
}

impl Checked {
    /// Reads all of it.
    ///
    /// # Errors
    /// `Backup` with what is missing, damaged, changed or past its time.
    pub fn open(
        folder: &Path,
        vault_folder: &Path,
        key: &PublicKey,
        now: Timestamp,
    ) -> Result<Self, LogError> {
        let events: EventsManifest = manifest::read(folder, key)?;
        let vault: VaultManifest = manifest::read(vault_folder, key)?;
        if events.format != FORMAT || vault.format != FORMAT {
            return Err(refused(format!("this program reads backups of format {FORMAT} only")));
        }
        if vault.backup != events.backup && vault.made_at < events.made_at {
            return Err(refused(format!(
                "the backup of the vault was made at {}, before that of the events ({}): keys would be missing",
                vault.made_at, events.made_at
            )));
        }
        if vault.expires <= now {
            return Err(refused(format!(
                "the backup of the vault in {} expired at {}: it may hold keys of people who were erased since; use a later one and destroy this one with `nabij backup prune`",
                vault_folder.display(),
                vault.expires
            )));
        }
        let mut checked = Self {
            events,
            vault,
            folder: folder.to_owned(),
            vault_folder: vault_folder.to_owned(),
            erased: HashSet::new(),
        };
        let whole = |file: &FileEntry, folder: &Path, expected: Option<Mark>| {
            let mut mark = Mark::default();
            records::read(folder, file, |raw| {
                mark.take(&raw, raw.event_hash());
                Ok(())
            })?;
            match expected {
                Some(expected) if expected != mark => Err(refused(format!(
                    "{} does not hold what its manifest says; nothing was restored",
                    folder.join(&file.name).display()
                ))),
                _ => Ok(()),
            }
        };
        whole(checked.file("events.gz")?, folder, Some(checked.events.events))?;
        whole(checked.file("audit.gz")?, folder, Some(checked.events.audit))?;
        whole(checked.file("anchors.gz")?, folder, None)?;
        whole(checked.vault_file()?, vault_folder, Some(checked.vault.vault))?;
        let mut erased = HashSet::new();
        records::read(vault_folder, checked.vault_file()?, |raw| {
            erased.extend(vault::erased_id(&raw));
            Ok(())
        })?;
        checked.erased = erased;
        Ok(checked)
    }

    /// Refuses a list of erasures that is older than this backup: it would bring back whom the backup already lost.
    ///
    /// # Errors
    /// `Backup`.
    pub fn accepts(&self, erasures: &Erasures) -> Result<(), LogError> {
        let listed: HashSet<Uuid> = erasures.erased.iter().map(|one| one.id).collect();
        let older = erasures.made_at < self.vault.made_at;
        if older || !self.erased.is_subset(&listed) {
            return Err(refused(format!(
                "the list of erasures was made at {}, and the backup of the vault at {}: export a later one with `nabij erasures export`, or take the last that was kept; nothing was restored",
                erasures.made_at, self.vault.made_at
            )));
        }
        Ok(())
    }

    pub(super) fn file(&self, name: &str) -> Result<&FileEntry, LogError> {
        let found = self.events.files.iter().find(|file| file.name == name);
        found.ok_or_else(|| refused(format!("the manifest names no {name}; nothing was restored")))
    }

    pub(super) fn vault_file(&self) -> Result<&FileEntry, LogError> {
        let found = self.vault.files.iter().find(|file| file.name == "vault.gz");
        found.ok_or_else(|| refused("the manifest of the vault names no vault.gz; nothing was restored"))
    }
}
