//! `nabij export`: the projected facts as files.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::Serialize;

use crate::context::Context;
use crate::exit::Exit;
use crate::export::{self, Format, Written};
use crate::moment::Moment;

/// Writes the projected facts as files: cases and records under pseudonyms, no texts, nothing that is confidential.
#[derive(Debug, Args)]
pub(crate) struct Export {
    /// In which form.
    #[arg(long, value_enum, default_value = "parquet")]
    format: Format,
    /// The folder; made when absent, files of the same names are replaced.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// What the network knew then: a time or a sequence. Absent: now.
    #[arg(long, value_name = "TIME|SEQUENCE")]
    as_of: Option<Moment>,
}

/// What was written.
#[derive(Debug, Serialize)]
struct Exported {
    as_of: u64,
    files: Vec<Written>,
}

impl Export {
    /// For the audit: in which form, as of when; where the files went stays out.
    pub(super) fn scope(&self) -> Vec<String> {
        let as_of = self.as_of.map_or_else(|| "latest".to_owned(), |moment| moment.to_string());
        let format = self.format.to_possible_value().map(|value| format!("format={}", value.get_name()));
        format.into_iter().chain([format!("as_of={as_of}")]).collect()
    }

    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let connected = context.connect().await?;
        let as_of = match self.as_of {
            Some(moment) => moment.sequence(&connected.pool).await?,
            None => Moment::latest(&connected.pool).await?,
        };
        let bar = context.progress(0, "rows");
        let projections = nabij_projector::projections(&connected.log);
        let files =
            export::run(&connected, &projections, as_of, self.format, &self.out, &context.stop, |rows| {
                bar.inc_length(rows);
                bar.inc(rows);
            })
            .await?;
        bar.finish_and_clear();
        context.tell(&Exported { as_of, files }, |exported| {
            let lines =
                exported.files.iter().map(|file| format!("{:>10} rows  {}", file.rows, file.file.display()));
            std::iter::once(format!("as of event {}", exported.as_of))
                .chain(lines)
                .collect::<Vec<_>>()
                .join("\n")
        })?;
        Ok(Exit::Done)
    }
}
