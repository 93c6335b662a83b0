//! `nabij estimate`: the estimators of the reports on any table.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use nabij_underreporting::tables::lists::{Draws, lists};
use nabij_underreporting::tables::{Sheet, TableError, delays, numbers, proportion, rates, silences};
use serde::Serialize;
use serde_json::json;

use crate::context;
use crate::exit::Exit;

/// Estimates from a table of yours. It needs no servers.
///
/// The table is CSV with a header row. What cannot be estimated is an answer that says what is missing; a table that is wrong is
/// refused, and the refusal names row and reason.
#[derive(Debug, Args)]
pub(crate) struct Estimate {
    /// What its rows are.
    what: What,
    /// The table.
    #[arg(long, value_name = "FILE.csv")]
    table: PathBuf,
    /// Of lists: tables that are drawn for the bootstrap interval; 0 for none. Absent: 1,000 of up to eight lists, 100 of more.
    #[arg(long, value_name = "DRAWS", value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    bootstrap: Option<u32>,
    /// Where the draws start: the same seed gives the same interval.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum What {
    /// Capture histories: one column of 0 and 1 for each list, and `count`.
    Lists,
    /// Shares: `x` of `n`.
    Proportion,
    /// Rates: `centre`, `count`, `exposure` (resident-days).
    Rates,
    /// Waits: `start`, `end` (empty while it goes on), `observed_until`; days or times, or plain numbers.
    Delays,
    /// Register numbers: `number`, and `at` where numbers begin again each year.
    Numbers,
    /// Records: `centre`, `at`, and `exposure` (residents at that moment) if known.
    Silences,
}

impl Estimate {
    pub(crate) fn run(self, json: bool) -> anyhow::Result<Exit> {
        match self.answer(json) {
            Ok(()) => Ok(Exit::Done),
            Err(Refused::Table(problem)) => {
                if json {
                    let detail = problem.to_string();
                    let kind = "urn:nabij:problem:bad-table";
                    let problem = json!({"type": kind, "title": "The table is wrong", "detail": detail, "row": problem.row,
                        "line": problem.line, "column": problem.column, "reason": problem.reason});
                    println!("{}", json!({"problem": problem}));
                }
                Err(problem).with_context(|| self.table.display().to_string())
            }
            Err(Refused::Output(error)) => Err(error),
        }
    }

    fn answer(&self, json: bool) -> Result<(), Refused> {
        let sheet = Sheet::open(&self.table)?;
        let draws = Draws { replicates: self.bootstrap, seed: self.seed };
        match self.what {
            What::Lists => tell(json, &lists(&sheet, draws)?, |answer| answer.text()),
            What::Proportion => tell(json, &proportion::proportions(&sheet)?, |answer| answer.text()),
            What::Rates => tell(json, &rates::rates(&sheet)?, |answer| answer.text()),
            What::Delays => tell(json, &delays::delays(&sheet)?, |answer| answer.text()),
            What::Numbers => tell(json, &numbers::numbers(&sheet)?, |answer| answer.text()),
            What::Silences => tell(json, &silences::silences(&sheet)?, |answer| answer.text()),
        }
    }
}

enum Refused {
    Table(TableError),
    Output(anyhow::Error),
}

impl From<TableError> for Refused {
    fn from(error: TableError) -> Self {
        Self::Table(error)
    }
}

fn tell<T: Serialize>(json: bool, answer: &T, text: impl FnOnce(&T) -> String) -> Result<(), Refused> {
    context::tell(json, answer, text).map_err(Refused::Output)
}
