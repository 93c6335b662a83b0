//! Destroying backups of the vault whose time is over.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::manifest::{self, VAULT, VaultManifest};
use super::unusable;
use crate::anchor::PublicKey;
use crate::error::LogError;

/// Overwrites and removes every expired backup of the vault in `folder` and below; gives their folders. One whose manifest is
/// not signed by this key is left alone and refused by name.
///
/// # Errors
/// `Backup` for the first that cannot be read or removed.
pub fn prune(folder: &Path, key: &PublicKey, now: Timestamp) -> Result<Vec<PathBuf>, LogError> {
    let mut pruned = Vec::new();
    if folder.join(VAULT).is_file() {
        let found: VaultManifest = manifest::read(folder, key)?;
        if found.expires <= now {
            // The manifest last: what is left of a run that was broken off is found again.
            let files = found.files.iter().map(|file| folder.join(&file.name));
            for file in files.chain([folder.join(VAULT)]).filter(|file| file.exists()) {
                destroy(&file).map_err(|error| unusable(&file, "destroyed", error))?;
            }
            pruned.push(folder.to_owned());
        }
    }
    for entry in folder.read_dir().map_err(|error| unusable(folder, "read", error))? {
        let entry = entry.map_err(|error| unusable(folder, "read", error))?;
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            pruned.extend(prune(&entry.path(), key, now)?);
        }
    }
    Ok(pruned)
}

fn destroy(file: &Path) -> std::io::Result<()> {
    let mut open = OpenOptions::new().write(true).open(file)?;
    let mut left = open.metadata()?.len();
    let zeros = vec![0; 1 << 16];
    while left > 0 {
        let part = usize::try_from(left).unwrap_or(zeros.len()).min(zeros.len());
        open.write_all(&zeros[..part])?;
        left -= part as u64;
    }
    open.sync_all()?;
    fs::remove_file(file)?;
    File::open(file.parent().unwrap_or(Path::new(".")))?.sync_all()
}
