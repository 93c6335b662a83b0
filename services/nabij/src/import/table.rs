//! A CSV file: first looked through as a whole, then read row by row. Neither holds more than a row in memory.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use csv::{ReaderBuilder, StringRecord};
use serde::Deserialize;

use super::row::{Header, Row};

/// `[file]` of a map: what the file looks like.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Layout {
    /// What separates cells.
    delimiter: char,
    /// All columns in order: a file with any other header is another file. Absent: only the columns that the map uses
    /// must be there.
    header: Option<Vec<String>>,
}

impl Default for Layout {
    fn default() -> Self {
        Self { delimiter: ',', header: None }
    }
}

/// A file that is the one its map describes.
#[derive(Debug)]
pub(crate) struct Table {
    path: PathBuf,
    delimiter: u8,
    header: Header,
    /// Lines of text, for the progress bar: about as many rows, or more.
    pub(crate) lines: u64,
}

impl Table {
    /// Looks through the whole file: it must be UTF-8 with the header that the map describes.
    pub(crate) fn open(path: &Path, layout: &Layout, used: &[&str]) -> anyhow::Result<Self> {
        let delimiter = u8::try_from(layout.delimiter).ok().filter(u8::is_ascii);
        let delimiter = delimiter.context("file.delimiter of the map is no ASCII character")?;
        let lines = utf8_lines(path)?;
        let mut reader = reader(path, delimiter)?;
        let names = reader.headers().with_context(|| format!("the header of {}", path.display()))?.clone();
        ensure!(!names.is_empty(), "{} is empty: its first line must name the columns", path.display());
        let header = Header::new(names);
        is_described(&header, layout, used)
            .with_context(|| format!("{} is not the file that the map describes", path.display()))?;
        Ok(Self { path: path.to_owned(), delimiter, header, lines })
    }

    /// The names of its columns.
    pub(crate) fn header(&self) -> &Header {
        &self.header
    }

    /// Its rows, one after another; an error is the file's, not a row's.
    pub(crate) fn rows(&self) -> anyhow::Result<impl Iterator<Item = anyhow::Result<Row>> + use<>> {
        let mut reader = reader(&self.path, self.delimiter)?;
        let path = self.path.display().to_string();
        Ok(std::iter::from_fn(move || {
            let mut cells = StringRecord::new();
            match reader.read_record(&mut cells) {
                Ok(true) => {
                    let line = cells.position().map_or(0, csv::Position::line);
                    Some(Ok(Row { line, cells }))
                }
                Ok(false) => None,
                Err(error) => Some(Err(error).with_context(|| format!("reading {path}"))),
            }
        }))
    }
}

fn reader(path: &Path, delimiter: u8) -> anyhow::Result<csv::Reader<File>> {
    ReaderBuilder::new()
        .delimiter(delimiter)
        // A row with too few or too many cells is that row's mistake.
        .flexible(true)
        .from_path(path)
        .with_context(|| format!("{} cannot be read", path.display()))
}

fn is_described(header: &Header, layout: &Layout, used: &[&str]) -> anyhow::Result<()> {
    for column in used {
        match header.count(column) {
            1 => {}
            0 => bail!("it has no column {column:?}"),
            _ => bail!("it has several columns {column:?}"),
        }
    }
    let Some(expected) = &layout.header else { return Ok(()) };
    let names = header.names();
    for (place, expected) in expected.iter().enumerate() {
        let found = names.get(place).map(str::trim);
        ensure!(found == Some(expected), "column {} is {found:?}, not {expected:?}", place + 1);
    }
    ensure!(names.len() == expected.len(), "it has {} columns, not {}", names.len(), expected.len());
    Ok(())
}

/// How many lines; refuses what is not UTF-8 and names the line.
fn utf8_lines(path: &Path) -> anyhow::Result<u64> {
    let unreadable = || format!("{} cannot be read", path.display());
    let mut file = BufReader::with_capacity(1 << 16, File::open(path).with_context(unreadable)?);
    let (mut lines, mut line) = (0, Vec::new());
    loop {
        line.clear();
        if file.read_until(b'\n', &mut line).with_context(unreadable)? == 0 {
            return Ok(lines);
        }
        lines += 1;
        if std::str::from_utf8(&line).is_err() {
            bail!("{} is not UTF-8 at line {lines}: convert it first", path.display());
        }
    }
}
