//! From rows to events: one pass, a bounded number of rows in memory.

use std::collections::{HashMap, HashSet};

use anyhow::Context as _;
use futures::{StreamExt, TryStreamExt, stream};
use nabij_log::{Bulk, ExecuteError, Log, LogError, Outcome, Submission};
use nabij_model::Refusal;
use nabij_model::centre::{Centre, CentreCommand};
use nabij_model::recorded::CommandRef;

use super::kind::{Entry, Kind};
use super::rejects::Rejects;
use super::report::Report;
use super::row::{Reject, Row};

/// Entries that are looked up together when the file was imported before.
const TOGETHER: usize = 512;
/// Entries that are looked up at the same time.
const AT_ONCE: usize = 64;

/// Sends entries through the log's bulk path and sorts what becomes of them.
pub(crate) struct Load<'a, K: Kind> {
    kind: &'a K,
    log: Log,
    bulk: Bulk,
    /// Some of the file is in the log already; not known before the first entry. What the log holds of an entry is then
    /// read first, many at a time: much faster than having each refused.
    again: Option<bool>,
    waiting: Vec<(Row, Entry<K::Aggregate>)>,
    submission: Submission,
    /// Where the log ended before: what lies there was present already.
    before: u64,
    pushed: u64,
    /// Rows on their way; a registration of a centre is no row.
    rows: HashMap<u64, Row>,
}

impl<'a, K: Kind> Load<'a, K> {
    pub(crate) async fn new(log: &Log, kind: &'a K, submission: Submission) -> Result<Self, LogError> {
        let before = log.head().await?.sequence;
        let (log, bulk) = (log.clone(), log.bulk());
        let (again, waiting, pushed, rows) = (None, Vec::new(), 0, HashMap::new());
        Ok(Self { kind, log, bulk, again, waiting, submission, before, pushed, rows })
    }

    fn submission(&self, entry: &Entry<K::Aggregate>, command: Option<CommandRef>) -> Submission {
        Submission {
            now: entry.recorded_at.unwrap_or(self.submission.now),
            command,
            historic: true,
            ..self.submission.clone()
        }
    }

    /// Registers the centre of an entry.
    pub(crate) async fn register(
        &mut self,
        id: uuid::Uuid,
        command: CentreCommand,
        entry: &Entry<K::Aggregate>,
    ) -> Result<(), LogError> {
        let submission = self.submission(entry, None);
        self.pushed += 1;
        self.bulk.push::<Centre>(id, command, submission).await
    }

    /// Sends an entry, and takes in what became of earlier ones.
    pub(crate) async fn push(
        &mut self,
        row: Row,
        entry: Entry<K::Aggregate>,
        report: &mut Report,
        rejects: &mut Rejects,
    ) -> anyhow::Result<()> {
        let again = match self.again {
            Some(again) => again || report.present > 0,
            None => self.log.load::<K::Aggregate>(entry.id).await?.exists(),
        };
        self.again = Some(again);
        self.waiting.push((row, entry));
        if again && self.waiting.len() < TOGETHER {
            return Ok(());
        }
        self.send(report, rejects).await
    }

    async fn send(&mut self, report: &mut Report, rejects: &mut Rejects) -> anyhow::Result<()> {
        let waiting = std::mem::take(&mut self.waiting);
        if self.again == Some(true) {
            let ids: HashSet<uuid::Uuid> = waiting.iter().map(|(_, entry)| entry.id).collect();
            let log = &self.log;
            let read =
                stream::iter(ids).map(|id| async move { log.load::<K::Aggregate>(id).await.map(drop) });
            read.buffer_unordered(AT_ONCE).try_collect::<()>().await?;
        }
        for (row, entry) in waiting {
            let submission = self.submission(&entry, Some(entry.repeat));
            self.rows.insert(self.pushed, row);
            self.pushed += 1;
            self.bulk.push::<K::Aggregate>(entry.id, entry.command, submission).await?;
        }
        for outcome in self.bulk.outcomes() {
            sort(self.kind, self.before, &mut self.rows, outcome, report, rejects)?;
        }
        Ok(())
    }

    /// Waits for all of them.
    pub(crate) async fn finish(mut self, report: &mut Report, rejects: &mut Rejects) -> anyhow::Result<()> {
        self.send(report, rejects).await?;
        for outcome in self.bulk.finish().await? {
            sort(self.kind, self.before, &mut self.rows, outcome, report, rejects)?;
        }
        Ok(())
    }
}

fn sort<K: Kind>(
    kind: &K,
    before: u64,
    rows: &mut HashMap<u64, Row>,
    outcome: Outcome,
    report: &mut Report,
    rejects: &mut Rejects,
) -> anyhow::Result<()> {
    let Some(row) = rows.remove(&outcome.index) else {
        return match outcome.result {
            Ok(_) => {
                report.centres_registered += 1;
                Ok(())
            }
            // Somebody else registered it in between.
            Err(ExecuteError::Refused(refusal)) if refusal.code == "centre-exists" => Ok(()),
            Err(error) => Err(error).context("a centre could not be registered"),
        };
    };
    match outcome.result {
        Ok(accepted) if accepted.replayed || accepted.sequence <= before => report.present += 1,
        Ok(_) => report.added += 1,
        Err(error) => rejects.take(&row, &reject(kind, &error))?,
    }
    Ok(())
}

fn reject<K: Kind>(kind: &K, error: &ExecuteError) -> Reject {
    match error {
        ExecuteError::Refused(refusal) => refused(kind, refusal),
        ExecuteError::KeyReused { .. } => differs(),
        error => Reject::new("", error.to_string()),
    }
}

/// What the rules said of a row.
pub(crate) fn refused<K: Kind>(kind: &K, refusal: &Refusal) -> Reject {
    Reject::new(refusal.pointer.map_or("", |field| kind.column_of(field)), refusal.detail.clone())
}

/// The entry was imported before, from a row that said something else.
pub(crate) fn differs() -> Reject {
    Reject::new("", "imported before with other content: events are not edited, correct it with a later one")
}
