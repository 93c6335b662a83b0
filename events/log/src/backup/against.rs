//! Whether the log still is what a backup saw, event by event.
//!
//! Anchors say between which two of them a log was rewritten; a backup holds every event, and names the first.

use std::path::Path;

use futures::{Stream, StreamExt};
use serde::Serialize;

use super::manifest::{self, EventsManifest};
use super::reading::reading;
use super::refused;
use crate::anchor::PublicKey;
use crate::error::{LogError, LogErrorKind};
use crate::finding::{Finding, Part};
use crate::log::Log;
use crate::raw::Raw;

/// Findings that are told one by one.
const TOLD: usize = 100;

/// What a comparison with a backup found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Compared {
    /// The end of the backup: nothing behind it was compared.
    pub through: u64,
    /// How many of its events the log holds as they were.
    pub same: u64,
    /// How many findings there are.
    pub found: u64,
    /// The first of them.
    pub findings: Vec<Finding>,
}

impl Compared {
    fn add(&mut self, finding: Finding) {
        self.found += 1;
        if self.findings.len() < TOLD {
            self.findings.push(finding);
        }
    }
}

impl Log {
    /// Compares every event of the backup in `folder` with the log: what was changed, lost or put in between since.
    ///
    /// # Errors
    /// `Backup` when the backup is not whole, or not signed by `key`; `Unavailable` when the log cannot be read.
    pub async fn compare(
        &self,
        folder: &Path,
        key: &PublicKey,
        mut progress: impl FnMut(u64),
    ) -> Result<Compared, LogError> {
        let backup: EventsManifest = manifest::read(folder, key)?;
        let file = backup.files.iter().find(|file| file.name == "events.gz");
        let file = file.ok_or_else(|| refused("the manifest names no events.gz"))?;
        let mut told = Compared { through: backup.events.through, same: 0, found: 0, findings: Vec::new() };
        let mut records = reading(folder, file);
        let end = self.head().await?.sequence;
        let mut log = Following { log: self, end, next: 1, stream: None };
        let mut is = log.next().await?;
        while let Some(was) = records.recv().await {
            let was = was?;
            progress(was.sequence);
            while let Some(more) = is.take_if(|is| is.sequence < was.sequence) {
                told.add(of(&more, "the backup holds no event there: it was put in since"));
                is = log.next().await?;
            }
            match is.take_if(|is| is.sequence == was.sequence) {
                None => told.add(of(&was, "the backup holds this event, and the log does not any more")),
                Some(is_now) => {
                    let (before, now) = (was.event_hash(), is_now.event_hash());
                    if before == now {
                        told.same += 1;
                    } else {
                        let what = "the event is another than the backup saw";
                        told.add(of(&is_now, what).between(before, now));
                    }
                    is = log.next().await?;
                }
            }
        }
        Ok(told)
    }
}

fn of(raw: &Raw, what: &str) -> Finding {
    let event_type = raw.event_type().unwrap_or_default().to_owned();
    Finding { subject: raw.subject.clone(), event_type, ..Finding::new(Part::Events, raw.sequence, what) }
}

/// The log up to its end, holes left out.
struct Following<'l, S> {
    log: &'l Log,
    end: u64,
    next: u64,
    stream: Option<S>,
}

type Reading = std::pin::Pin<Box<dyn Stream<Item = Result<Raw, LogError>> + Send>>;

impl Following<'_, Reading> {
    async fn next(&mut self) -> Result<Option<Raw>, LogError> {
        while self.next <= self.end {
            let stream = match &mut self.stream {
                Some(stream) => stream,
                None => self.stream.insert(Box::pin(self.log.read(self.next).await?)),
            };
            match stream.next().await {
                Some(Ok(raw)) => {
                    self.next = raw.sequence + 1;
                    return Ok(Some(raw));
                }
                Some(Err(error)) => {
                    let LogErrorKind::Gap { last, .. } = error.kind() else { return Err(error) };
                    self.next = last + 1;
                    self.stream = None;
                }
                None => return Ok(None),
            }
        }
        Ok(None)
    }
}
