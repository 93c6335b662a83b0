//! `nabij export`: the projected facts as files that analysts open elsewhere.
//!
//! ```text
//! snapshot of the views ── dataset (which rows, which columns) ── cells ──▶ Parquet, CSV or NDJSON
//! ```
//!
//! What leaves: facts as of one event, for who counts. Not the people:
//!
//! - In place of the id of a case, a record or an event stands its pseudonym, the one that `/v1/analytics/cases` tells: the same
//!   in every file, so that they join. Numbers of the official register are official entries of their own and stay, as do centres
//!   and operators: whoever may export counts by them, and every export is written down.
//! - Of a body only words of fixed lists, numbers and yes or no; no member of staff, no text; of what happened in a case the day. Figures
//!   are of records and have their moments, since delays are counted from them: who holds a file of the network beside an export can tell
//!   a record by its moment. No export is anonymous; it is for who counts.
//! - Nothing of what is for the safeguarding person alone, whichever table it lies in, and nothing of persons who are erased now, also when an
//!   earlier day is asked for.
//!
//! To add a dataset: a line in [`dataset`].

mod cell;
mod dataset;
pub(crate) mod figures;
mod parquet;
mod sink;
mod text;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::ValueEnum;
use futures::TryStreamExt;
use nabij_api::pseudonym::Pseudonyms;
use nabij_engine::Projection;
use serde::Serialize;
use tokio_postgres::IsolationLevel;
use tokio_postgres::types::ToSql;
use tokio_util::sync::CancellationToken;

use self::dataset::Dataset;
use self::sink::Sink;
use crate::context::Connected;

/// In which form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Apache Parquet, typed; DuckDB, pandas, R and Spark open it.
    Parquet,
    /// Comma-separated values with a header.
    Csv,
    /// One JSON object a line.
    Ndjson,
}

impl Format {
    fn extension(self) -> &'static str {
        match self {
            Self::Parquet => "parquet",
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
        }
    }
}

/// One file that was written.
#[derive(Debug, Serialize)]
pub(crate) struct Written {
    /// Which dataset.
    pub(crate) dataset: &'static str,
    /// Where it lies.
    pub(crate) file: PathBuf,
    /// How many rows it holds.
    pub(crate) rows: u64,
}

/// Writes every dataset of these projections into `folder`, each as of event `as_of`, from one snapshot of the
/// database. A file appears under its name only when it is complete.
pub(crate) async fn run(
    connected: &Connected,
    projections: &[std::sync::Arc<dyn Projection>],
    as_of: u64,
    format: Format,
    folder: &Path,
    stop: &CancellationToken,
    mut progress: impl FnMut(u64),
) -> Result<Vec<Written>> {
    std::fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    let pseudonyms = Pseudonyms::new(connected.log.vault());
    let mut client = connected.pool.get().await?;
    let snapshot = client
        .build_transaction()
        .isolation_level(IsolationLevel::RepeatableRead)
        .read_only(true)
        .start()
        .await?;
    let mut written = Vec::new();
    for dataset in dataset::all(projections) {
        let file = folder.join(format!("{}.{}", dataset.name, format.extension()));
        let part = file.with_extension("part");
        let mut sink = open(format, &dataset, &part)?;
        let rows = snapshot
            .query_raw(&dataset.sql, [&as_of.cast_signed() as &(dyn ToSql + Sync)])
            .await
            .with_context(|| {
                format!("the views of {} cannot be read: has the projector run?", dataset.name)
            })?;
        futures::pin_mut!(rows);
        let mut count = 0_u64;
        while let Some(row) = rows.try_next().await? {
            sink.row(&dataset, cell::cells(&row, &dataset.columns, &pseudonyms)?)?;
            count += 1;
            progress(1);
            if stop.is_cancelled() {
                drop(sink);
                // Best effort: a part under its own name misleads nobody.
                drop(std::fs::remove_file(&part));
                anyhow::bail!("stopped in the middle of {}: run it again", dataset.name);
            }
        }
        sink.finish(&dataset)?;
        std::fs::rename(&part, &file).with_context(|| format!("{} cannot be written", file.display()))?;
        written.push(Written { dataset: dataset.name, file, rows: count });
    }
    Ok(written)
}

fn open(format: Format, dataset: &Dataset, file: &Path) -> Result<Box<dyn Sink>> {
    let open =
        std::fs::File::create(file).with_context(|| format!("{} cannot be written", file.display()))?;
    Ok(match format {
        Format::Parquet => Box::new(parquet::Parquet::new(open, dataset)?),
        Format::Csv => Box::new(text::Csv::new(open, dataset)?),
        Format::Ndjson => Box::new(text::Ndjson::new(open)),
    })
}
