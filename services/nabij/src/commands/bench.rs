//! `nabij bench`: what the whole costs.

use anyhow::ensure;
use clap::Args;

use crate::bench::{self, Amounts, Measurement};
use crate::context::Context;
use crate::exit::Exit;

/// How much of everything.
#[derive(Debug, Args)]
pub(crate) struct Bench {
    /// Only these; everything when none is named.
    what: Vec<Measurement>,
    /// Events of the full rebuild.
    #[arg(long, default_value_t = 1_000_000)]
    events: usize,
    /// Rows of the bulk import.
    #[arg(long, default_value_t = 200_000)]
    rows: usize,
    /// Single commands over HTTP.
    #[arg(long, default_value_t = 60_000)]
    commands: usize,
    /// Case files read over HTTP.
    #[arg(long, default_value_t = 40_000)]
    reads: usize,
    /// Single appends whose way into the view is timed.
    #[arg(long, default_value_t = 2_000)]
    appends: usize,
    /// Seconds of commands and alarms at 500 commands a second.
    #[arg(long, default_value_t = 60)]
    seconds: u32,
}

impl Bench {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        ensure!(!cfg!(debug_assertions), "a benchmark of a debug build says nothing: build with --release");
        let Self { what, events, rows, commands, reads, appends, seconds } = self;
        let amounts = Amounts { events, rows, commands, reads, appends, seconds };
        let folder = context.settings.deploy.folder();
        let report = bench::run(&folder, &what, amounts, |step| eprintln!("bench: {step}")).await?;
        context.tell(&report, bench::report::Report::table)?;
        Ok(Exit::Done)
    }
}
