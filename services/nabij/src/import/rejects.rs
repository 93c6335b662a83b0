//! The rows that were not taken: `line,column,reason`, then the row as it stands in the file.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::row::{Header, Reject, Row};

/// How many are told on standard error when there is no file for them.
const TOLD: u64 = 20;

/// Takes rejects, into a file or onto standard error.
#[derive(Debug)]
pub(crate) struct Rejects {
    file: Option<(PathBuf, csv::Writer<File>)>,
    /// How many there were.
    pub(crate) count: u64,
}

impl Rejects {
    /// Writes the header of the file at once: a file that cannot be written is known before anything is appended.
    pub(crate) fn open(path: Option<&Path>, header: &Header) -> anyhow::Result<Self> {
        let Some(path) = path else { return Ok(Self { file: None, count: 0 }) };
        let unwritable = || format!("the rejects file {} cannot be written", path.display());
        let mut writer = csv::WriterBuilder::new().flexible(true).from_path(path).with_context(unwritable)?;
        let names = ["line", "column", "reason"].into_iter().chain(header.names());
        writer.write_record(names).and_then(|()| Ok(writer.flush()?)).with_context(unwritable)?;
        Ok(Self { file: Some((path.to_owned(), writer)), count: 0 })
    }

    /// Takes one.
    pub(crate) fn take(&mut self, row: &Row, reject: &Reject) -> anyhow::Result<()> {
        self.count += 1;
        let Reject { column, reason } = reject;
        match &mut self.file {
            Some((path, writer)) => {
                let line = row.line.to_string();
                let cells = [line.as_str(), column, reason].into_iter().chain(&row.cells);
                writer.write_record(cells).with_context(|| format!("writing {}", path.display()))?;
            }
            None if self.count <= TOLD && column.is_empty() => eprintln!("line {}: {reason}", row.line),
            None if self.count <= TOLD => eprintln!("line {}, column {column}: {reason}", row.line),
            None if self.count == TOLD + 1 => eprintln!("and more: --rejects FILE takes them all"),
            None => {}
        }
        Ok(())
    }

    /// Ends the file.
    pub(crate) fn close(&mut self) -> anyhow::Result<()> {
        match &mut self.file {
            Some((path, writer)) => writer.flush().with_context(|| format!("writing {}", path.display())),
            None => Ok(()),
        }
    }
}
