//! Registers and lists of others, as events.
//!
//! ```text
//! file ── table ──▶ rows ── kind (map) ──▶ entries ── load ──▶ the log's bulk path
//!           │                 │                └───── dry ──▶ what would happen
//!      refused whole       rejects
//! ```
//!
//! Everything up to the entries (`reading.rs` and what it uses) knows no log and no settings: `tests/fuzz` compiles the
//! same files and throws at them what it can think of.
//!
//! A map (`deploy/maps/*.toml`) says how a file comes down to events: columns, formats, zone, translations. A file that
//! is not the one its map describes is refused whole; a bad row goes to the rejects and the good ones go in. The same row
//! again adds nothing.

mod cases;
mod centre;
mod centres;
mod day;
mod dry;
mod field;
mod incidents;
mod kind;
mod load;
mod moment;
mod occupancy;
mod reading;
mod rejects;
mod report;
mod row;
mod signals;
mod table;

use std::path::Path;
use std::time::Instant;

use anyhow::Context as _;
use nabij_log::{Log, LogError};
use nabij_model::Decider;
use nabij_model::centre::CentreCommand;
use serde::de::DeserializeOwned;

use self::centre::Place;
use self::centres::Centres;
use self::dry::{DryRun, Would};
use self::kind::{Entry, Kind};
use self::load::Load;
use self::reading::Placed;
use self::rejects::Rejects;
use self::row::{Named, Row};
use self::table::Table;
use crate::context::Context;

pub(crate) use cases::Cases;
pub(crate) use incidents::Incidents;
pub(crate) use occupancy::Occupancy;
pub(crate) use report::Report;
pub(crate) use signals::Signals;

/// What an import was asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) kind: &'static str,
    pub(crate) file: &'a Path,
    pub(crate) rejects: Option<&'a Path>,
    pub(crate) dry_run: bool,
}

/// Reads a map.
pub(crate) fn map<T: DeserializeOwned>(path: &Path) -> anyhow::Result<T> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("the map {} cannot be read", path.display()))?;
    toml::from_str(&text).with_context(|| format!("the map {}", path.display()))
}

/// Imports a file, or says what would happen.
pub(crate) async fn run<K: Kind>(context: &Context, kind: &K, asked: Asked<'_>) -> anyhow::Result<Report> {
    let table = reading::open(kind, asked.file)?;
    let rejects = Rejects::open(asked.rejects, table.header())?;
    let log = context.log().await?;
    let report = Report {
        kind: asked.kind,
        file: asked.file.display().to_string(),
        dry_run: asked.dry_run,
        ..Report::default()
    };
    let started = Instant::now();
    let centres = Centres::default();
    let mut import = Import { context, kind, table, rejects, report, centres, former: None };
    let done = if asked.dry_run { import.dry(&log).await } else { import.load(&log).await };
    let Import { mut rejects, mut report, .. } = import;
    rejects.close()?;
    report.rejected = rejects.count;
    report.seconds = started.elapsed().as_secs_f64();
    done.with_context(|| format!("{report}; import again, nothing is doubled"))?;
    Ok(report)
}

struct Import<'a, K> {
    context: &'a Context,
    kind: &'a K,
    table: Table,
    rejects: Rejects,
    report: Report,
    centres: Centres,
    /// Entries of the file stand in the log under ids that do not follow from operators; not known before the first entry.
    former: Option<bool>,
}

impl<K: Kind> Import<'_, K> {
    async fn load(&mut self, log: &Log) -> anyhow::Result<()> {
        let submission = self.context.submission("nabij-import", self.context.policies()?);
        let mut load = Load::new(log, self.kind, submission).await?;
        let bar = self.context.progress(self.table.lines.saturating_sub(1), "importing");
        for row in self.table.rows()? {
            if self.is_stopped() {
                break;
            }
            bar.inc(1);
            let row = row?;
            let Some((place, entry)) = self.entry(&row)? else { continue };
            let named = Named { header: self.table.header(), row: &row };
            match self.centres.meet(log, self.kind.frame().centre, named, &place).await? {
                Ok(None) => {}
                Ok(Some(new)) => {
                    load.register(place.id.into(), CentreCommand::Register(new), &entry).await?;
                }
                Err(reject) => {
                    self.rejects.take(&row, &reject)?;
                    continue;
                }
            }
            let entry = self.named(log, &place, entry).await?;
            load.push(row, entry, &mut self.report, &mut self.rejects).await?;
        }
        load.finish(&mut self.report, &mut self.rejects).await?;
        bar.finish_and_clear();
        Ok(())
    }

    async fn dry(&mut self, log: &Log) -> anyhow::Result<()> {
        let submission = self.context.submission("nabij-import", self.context.policies()?);
        let mut dry = DryRun::new(log, self.kind, submission);
        let bar = self.context.progress(self.table.lines.saturating_sub(1), "looking");
        for row in self.table.rows()? {
            if self.is_stopped() {
                break;
            }
            bar.inc(1);
            let row = row?;
            let Some((place, entry)) = self.entry(&row)? else { continue };
            let named = Named { header: self.table.header(), row: &row };
            let would = match self.centres.meet(log, self.kind.frame().centre, named, &place).await? {
                Ok(new) => {
                    self.report.centres_registered += u64::from(new.is_some());
                    let entry = self.named(log, &place, entry).await?;
                    dry.look(entry, self.centres.new_operator(&place)).await?
                }
                Err(reject) => Would::BeRejected(reject),
            };
            match would {
                Would::Add => self.report.added += 1,
                Would::BePresent => self.report.present += 1,
                Would::BeRejected(reject) => self.rejects.take(&row, &reject)?,
            }
        }
        bar.finish_and_clear();
        Ok(())
    }

    /// The entry under the id that it has with the operator of its centre. A file that was imported when ids did not follow from operators
    /// is told by its first entry, and is then present and not doubled.
    async fn named(
        &mut self,
        log: &Log,
        place: &Place,
        entry: Entry<K::Aggregate>,
    ) -> Result<Entry<K::Aggregate>, LogError> {
        let operator = self.centres.operator(place);
        let Some(id) = operator.and_then(|operator| self.kind.id_under(&entry, operator)) else {
            return Ok(entry);
        };
        if self.former != Some(false) {
            let root = log.load::<K::Aggregate>(entry.id).await?;
            let stands = K::Aggregate::concerns(entry.id, &root.state).centre == Some(place.id);
            self.former.get_or_insert(stands);
            if stands {
                return Ok(entry);
            }
        }
        Ok(Entry { id, ..entry })
    }

    fn is_stopped(&mut self) -> bool {
        self.report.stopped = self.context.stop.is_cancelled();
        self.report.stopped
    }

    /// The entry of a row; nothing when it is skipped or rejected.
    fn entry(&mut self, row: &Row) -> anyhow::Result<Option<Placed<K>>> {
        self.report.rows += 1;
        match reading::entry(self.kind, self.table.header(), row) {
            Ok(None) => {
                self.report.skipped += 1;
                Ok(None)
            }
            Ok(placed) => Ok(placed),
            Err(reject) => {
                self.rejects.take(row, &reject)?;
                Ok(None)
            }
        }
    }
}
