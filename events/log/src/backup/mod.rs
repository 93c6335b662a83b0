//! Backups in a format of our own, and restoring them; `deploy/recovery.md` describes it for whoever must read one without us.
//!
//! NATS' own snapshots restore sequences too, but hold its block files, which nobody else reads, and know nothing of erasures.
//! Here a message is its sequence, subject, headers and body. The server's time of arrival is not kept: nothing reads it,
//! `ce-time` is in the headers.
//!
//! What is read when: first the anchors, so that none speaks of what the backup does not hold; then the end of the log and the
//! events up to there; then audit and vault, so that every key that those events need is in it. Writers go on meanwhile.

mod against;
mod check;
mod erasures;
mod make;
mod manifest;
mod prune;
mod reading;
mod records;
mod restore;
mod room;
mod target;

use std::path::Path;

pub use self::against::Compared;
pub use self::check::Checked;
pub use self::erasures::{Erasure, Erasures};
pub use self::manifest::{EventsManifest, VaultManifest};
pub use self::prune::prune;
pub use self::restore::Restored;
use crate::error::{LogError, LogErrorKind};

/// How long a backup of the vault lives, in days: DESIGN section 5.
pub const VAULT_DAYS: i64 = 30;

fn unusable(path: &Path, doing: &str, error: impl ToString) -> LogError {
    LogError::because(
        LogErrorKind::Backup,
        format!("{} cannot be {doing}", path.display()),
        error.to_string(),
    )
}

fn refused(what: impl Into<String>) -> LogError {
    LogError::new(LogErrorKind::Backup, what)
}

fn forbidden(doing: &str, error: impl ToString) -> LogError {
    refused(format!(
        "{doing} failed ({}): restore as the NATS user `admin`, with its address in NATS_URL",
        error.to_string()
    ))
}
