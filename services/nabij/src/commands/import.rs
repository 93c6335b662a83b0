//! `nabij import`: registers and lists of others, as events.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use nabij_log::AuditRecord;

use crate::context::Context;
use crate::exit::Exit;
use crate::import::{self, Asked, Cases, Incidents, Occupancy, Signals};

/// Imports a CSV file as its map says. The same file again adds nothing.
#[derive(Debug, Args)]
pub(crate) struct Import {
    /// What its rows are.
    what: What,
    /// The file: CSV, UTF-8, a header row.
    file: PathBuf,
    /// How it comes down to events; examples lie in deploy/maps.
    #[arg(long, value_name = "MAP.toml")]
    map: PathBuf,
    /// Says what would happen and appends nothing.
    #[arg(long)]
    dry_run: bool,
    /// Where rows go that cannot be taken: line, column, reason and the row. Absent: the first ones are told.
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum What {
    /// Entries of an official register.
    Incidents,
    /// How many people lived in a centre on a day.
    Occupancy,
    /// Residents that are followed up.
    Cases,
    /// What staff noticed or were told.
    Signals,
}

impl Import {
    /// For the audit: which kind of rows, and whether they went in; the file only as a hash of its name.
    pub(super) fn scope(&self) -> Vec<String> {
        let kind = self.what.to_possible_value().map(|value| format!("what={}", value.get_name()));
        let file = format!("file={}", AuditRecord::hashed(&self.file.to_string_lossy()));
        kind.into_iter().chain([file, format!("dry_run={}", self.dry_run)]).collect()
    }

    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let asked =
            |kind| Asked { kind, file: &self.file, rejects: self.rejects.as_deref(), dry_run: self.dry_run };
        let report = match self.what {
            What::Incidents => {
                let kind = Incidents::new(import::map(&self.map)?)?;
                import::run(context, &kind, asked("incidents")).await?
            }
            What::Occupancy => {
                let kind = Occupancy::new(import::map(&self.map)?)?;
                import::run(context, &kind, asked("occupancy")).await?
            }
            What::Cases => {
                let kind = Cases::new(import::map(&self.map)?)?;
                import::run(context, &kind, asked("cases")).await?
            }
            What::Signals => {
                let kind = Signals::new(import::map(&self.map)?)?;
                import::run(context, &kind, asked("signals")).await?
            }
        };
        context.tell(&report, ToString::to_string)?;
        Ok(if report.rejected > 0 || report.stopped { Exit::Findings } else { Exit::Done })
    }
}
