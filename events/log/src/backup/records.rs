//! A file of records: gzip over `NABIJ-RECORDS-1\n` and then one frame a message.
//!
//! A frame: sequence (u64), subject (text), number of header lines (u32), name and value of each (text), body (text). Numbers
//! are little endian; a text is its length in bytes (u32) and its bytes. A header of several values has as many lines. Of the
//! server's own headers (`Nats-`) only the message id is kept: the others tell how a message came, not what it says.

use std::fs::{File, OpenOptions};
use std::io::{BufReader, BufWriter, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use async_nats::HeaderMap;
use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

use super::manifest::FileEntry;
use super::{refused, unusable};
use crate::error::LogError;
use crate::raw::Raw;

/// The one header of the server's that is ours: it keeps a message from being stored twice.
const MESSAGE_ID: &str = "Nats-Msg-Id";
const MAGIC: &[u8] = b"NABIJ-RECORDS-1\n";
/// No message is larger: a length beyond it is damage.
const MOST: u32 = 64 << 20;

/// Hashes and counts what goes into a file.
struct Hashing {
    file: BufWriter<File>,
    hasher: Sha256,
    bytes: u64,
}

impl Write for Hashing {
    fn write(&mut self, buffer: &[u8]) -> std::io::Result<usize> {
        let written = self.file.write(buffer)?;
        self.hasher.update(&buffer[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

/// Writes records.
pub(super) struct Writer {
    path: PathBuf,
    name: String,
    records: u64,
    gzip: GzEncoder<Hashing>,
}

impl Writer {
    /// A new file `name` in `folder`, for its owner only.
    pub(super) fn create(folder: &Path, name: &str) -> Result<Self, LogError> {
        let path = folder.join(name);
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        let file = BufWriter::new(file.map_err(|error| unusable(&path, "written", error))?);
        let mut gzip = GzEncoder::new(Hashing { file, hasher: Sha256::new(), bytes: 0 }, Compression::fast());
        gzip.write_all(MAGIC).map_err(|error| unusable(&path, "written", error))?;
        Ok(Self { path, name: name.to_owned(), records: 0, gzip })
    }

    pub(super) fn write(&mut self, raw: &Raw) -> Result<(), LogError> {
        let mut frame = Vec::with_capacity(raw.body.len() + 1024);
        let text = |frame: &mut Vec<u8>, bytes: &[u8]| {
            frame.extend_from_slice(&u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes());
            frame.extend_from_slice(bytes);
        };
        frame.extend_from_slice(&raw.sequence.to_le_bytes());
        text(&mut frame, raw.subject.as_bytes());
        let lines: Vec<(&str, &str)> = raw
            .headers
            .iter()
            .flat_map(|(name, values)| values.iter().map(move |value| (name.as_ref(), value.as_str())))
            .filter(|(name, _): &(&str, _)| !name.starts_with("Nats-") || *name == MESSAGE_ID)
            .collect();
        frame.extend_from_slice(&u32::try_from(lines.len()).unwrap_or(u32::MAX).to_le_bytes());
        for (name, value) in lines {
            text(&mut frame, name.as_bytes());
            text(&mut frame, value.as_bytes());
        }
        text(&mut frame, &raw.body);
        self.records += 1;
        self.gzip.write_all(&frame).map_err(|error| unusable(&self.path, "written", error))
    }

    /// Ends the file; it is on the disk then.
    pub(super) fn finish(self) -> Result<FileEntry, LogError> {
        let Self { path, name, records, gzip } = self;
        let ended = gzip.finish().and_then(|mut out| {
            out.file.flush()?;
            out.file.get_ref().sync_all()?;
            Ok((out.bytes, hex::encode(out.hasher.finalize())))
        });
        let (bytes, sha256) = ended.map_err(|error| unusable(&path, "written", error))?;
        Ok(FileEntry { name, records, bytes, sha256 })
    }
}

/// Reads every record of a file, after its bytes and hash were compared with `entry`.
pub(super) fn read(
    folder: &Path,
    entry: &FileEntry,
    mut take: impl FnMut(Raw) -> Result<(), LogError>,
) -> Result<(), LogError> {
    let path = folder.join(&entry.name);
    let damaged =
        |what: &str| refused(format!("{} is damaged: {what}; nothing was restored", path.display()));
    let file = File::open(&path).map_err(|error| unusable(&path, "read", error))?;
    let mut hasher = Sha256::new();
    let bytes = std::io::copy(&mut BufReader::new(&file), &mut hasher)
        .map_err(|error| unusable(&path, "read", error))?;
    if bytes != entry.bytes || hex::encode(hasher.finalize()) != entry.sha256 {
        return Err(damaged("it is not the file that the manifest names"));
    }
    let file = File::open(&path).map_err(|error| unusable(&path, "read", error))?;
    let mut reader = BufReader::new(MultiGzDecoder::new(BufReader::new(file)));
    let mut magic = [0; MAGIC.len()];
    reader.read_exact(&mut magic).map_err(|error| damaged(&error.to_string()))?;
    if magic != MAGIC {
        return Err(damaged("it holds no records"));
    }
    for _ in 0..entry.records {
        take(frame(&mut reader).map_err(|error| damaged(&error.to_string()))?)?;
    }
    match reader.read(&mut [0]) {
        Ok(0) => Ok(()),
        _ => Err(damaged("it holds more records than the manifest says")),
    }
}

fn frame(reader: &mut impl Read) -> std::io::Result<Raw> {
    let mut sequence = [0; 8];
    reader.read_exact(&mut sequence)?;
    let subject = string(reader)?;
    let mut headers = HeaderMap::new();
    for _ in 0..number(reader)? {
        let (name, value) = (string(reader)?, string(reader)?);
        headers.append(name, value);
    }
    let body = text(reader)?.into();
    Ok(Raw { sequence: u64::from_le_bytes(sequence), subject, headers, body })
}

fn number(reader: &mut impl Read) -> std::io::Result<u32> {
    let mut number = [0; 4];
    reader.read_exact(&mut number)?;
    Ok(u32::from_le_bytes(number))
}

fn text(reader: &mut impl Read) -> std::io::Result<Vec<u8>> {
    let length = number(reader)?;
    if length > MOST {
        return Err(std::io::Error::other("a length that no message has"));
    }
    let mut bytes = vec![0; length as usize];
    reader.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn string(reader: &mut impl Read) -> std::io::Result<String> {
    String::from_utf8(text(reader)?).map_err(std::io::Error::other)
}
