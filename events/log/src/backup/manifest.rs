//! What a backup says of itself, signed with the anchor key and written last: without it there is no backup.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{refused, unusable};
use crate::anchor::{AnchorKey, Mark, PublicKey, signed};
use crate::error::LogError;

/// Name of the manifest of events, audit and anchors.
pub(super) const EVENTS: &str = "manifest.json";
/// Name of the manifest of the vault.
pub(super) const VAULT: &str = "vault.json";
/// Version of the format.
pub(super) const FORMAT: u32 = 1;

/// One file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileEntry {
    /// Its name in the folder of the manifest.
    pub name: String,
    /// How many messages it holds.
    pub records: u64,
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
}

/// Of events, audit and anchors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventsManifest {
    /// 1.
    pub format: u32,
    /// Tells backups apart.
    pub backup: Uuid,
    /// When the backup began.
    pub made_at: Timestamp,
    /// The program that made it.
    pub version: String,
    /// Name of the stream of events.
    pub stream: String,
    /// First token of every event's subject.
    pub prefix: String,
    /// How each stream was set up, as NATS says it.
    pub streams: Vec<serde_json::Value>,
    /// Everything that the file of events holds.
    pub events: Mark,
    /// Everything that the file of the audit stream holds.
    pub audit: Mark,
    /// How many anchors there are.
    pub anchors: u64,
    /// `events.gz`, `audit.gz`, `anchors.gz`.
    pub files: Vec<FileEntry>,
}

/// Of the vault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VaultManifest {
    /// 1.
    pub format: u32,
    /// The backup that it was made with.
    pub backup: Uuid,
    /// When the vault was read: after the events.
    pub made_at: Timestamp,
    /// From then on it is not used and is to be destroyed.
    pub expires: Timestamp,
    /// The ids of the master keys that open it.
    pub masters: Vec<String>,
    /// Everything that the file of the vault holds.
    pub vault: Mark,
    /// `vault.gz`.
    pub files: Vec<FileEntry>,
}

/// A manifest's name and kind.
pub(super) trait Manifest: Serialize + DeserializeOwned {
    const NAME: &'static str;
    const KIND: &'static str;
}

impl Manifest for EventsManifest {
    const NAME: &'static str = EVENTS;
    const KIND: &'static str = "nabij.backup.v1";
}

impl Manifest for VaultManifest {
    const NAME: &'static str = VAULT;
    const KIND: &'static str = "nabij.backup-vault.v1";
}

/// Makes an empty folder for its owner only.
pub(super) fn folder(path: &Path) -> Result<(), LogError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|error| unusable(path, "made", error))?;
    let mut entries = path.read_dir().map_err(|error| unusable(path, "read", error))?;
    match entries.next() {
        None => Ok(()),
        Some(_) => {
            Err(refused(format!("{} is not empty: name a new folder for each backup", path.display())))
        }
    }
}

/// Writes a manifest under another name first, so that it is there whole or not at all.
pub(super) fn write<M: Manifest>(folder: &Path, manifest: &M, key: &AnchorKey) -> Result<(), LogError> {
    write_text(&folder.join(M::NAME), &signed::sign(M::KIND, manifest, key)?)
}

pub(super) fn write_text(path: &Path, text: &str) -> Result<(), LogError> {
    let failed = |error: std::io::Error| unusable(path, "written", error);
    let mut partial = path.to_owned().into_os_string();
    partial.push(".partial");
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&partial)
        .map_err(failed)?;
    writeln!(file, "{text}").and_then(|()| file.sync_all()).map_err(failed)?;
    std::fs::rename(&partial, path).map_err(failed)?;
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(parent).and_then(|folder| folder.sync_all()).map_err(failed)
}

pub(super) fn read<M: Manifest>(folder: &Path, key: &PublicKey) -> Result<M, LogError> {
    let path = folder.join(M::NAME);
    let text = std::fs::read_to_string(&path).map_err(|error| {
        refused(format!(
            "{} holds no whole backup, its manifest {} cannot be read ({error}); nothing was restored",
            folder.display(),
            M::NAME
        ))
    })?;
    signed::open(text.trim_end(), M::KIND, key)
        .map_err(|what| refused(format!("{}: {what}; nothing was restored", path.display())))
}
