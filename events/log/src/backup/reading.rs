//! A file of records, read beside what is done with them.

use std::path::Path;

use tokio::sync::mpsc;

use super::manifest::FileEntry;
use super::{records, refused};
use crate::error::LogError;
use crate::raw::Raw;

/// Messages that are read, or on their way, at the same time.
pub(super) const AHEAD: usize = 500;

/// Reads a file on a thread of its own.
pub(super) fn reading(folder: &Path, file: &FileEntry) -> mpsc::Receiver<Result<Raw, LogError>> {
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
