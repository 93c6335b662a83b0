//! The file of anchors outside NATS: one line each, synced before anybody relies on it.

use std::fs::{File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::error::{LogError, LogErrorKind};

/// Appends lines.
#[derive(Debug)]
pub(crate) struct AnchorFile {
    path: PathBuf,
    file: File,
}

impl AnchorFile {
    /// Opens or makes it; gives the lines that it holds. A last line that was cut off by a crash is taken away: its anchor
    /// stands in NATS and comes again.
    pub(crate) fn open(path: &Path) -> Result<(Self, Vec<String>), LogError> {
        let failed = |error| unusable(path, error);
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
        }
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path)
            .map_err(failed)?;
        let text = std::fs::read_to_string(path).map_err(failed)?;
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        if whole < text.len() {
            file.set_len(whole as u64).map_err(failed)?;
        }
        file.seek(SeekFrom::End(0)).map_err(failed)?;
        let lines = text[..whole].lines().map(str::to_owned).collect();
        Ok((Self { path: path.to_owned(), file }, lines))
    }

    pub(crate) fn append(&mut self, line: &str) -> Result<(), LogError> {
        let written = self.file.write_all(format!("{line}\n").as_bytes()).and_then(|()| self.file.sync_all());
        written.map_err(|error| unusable(&self.path, error))
    }
}

fn unusable(path: &Path, error: std::io::Error) -> LogError {
    LogError::because(
        LogErrorKind::Settings,
        format!("the file of anchors {} cannot be used", path.display()),
        error,
    )
}
