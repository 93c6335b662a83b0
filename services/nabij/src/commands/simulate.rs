//! `nabij simulate`: fills a log with a network that never was.

use std::fs::File;
use std::io::BufWriter;
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::Args;
use jiff::Timestamp;
use jiff::civil::{Date, date};
use nabij_log::Log;
use serde_json::json;

use crate::context::Context;
use crate::exit::Exit;
use crate::simulate::{self, Plan};

/// The same seed gives the same events on whatever day it runs, so the first day does not depend on today.
const FIRST_DAY: Date = date(2025, 1, 1);
/// Aggregates whose state and key are remembered; about a kilobyte each.
const ROOTS: u64 = 150_000;

/// Fills the log with a simulated reception network, and writes beside it what really happened.
///
/// Calibrated on published Belgian figures. The same seed gives the same events; a second run adds nothing, and goes on
/// where an earlier one was stopped.
#[derive(Debug, Args)]
pub(crate) struct Simulate {
    /// Reception centres.
    #[arg(long, default_value_t = 20)]
    centres: usize,
    /// Cases opened in all: who lives there at the start, and who arrives later.
    #[arg(long, default_value_t = 1000)]
    cases: usize,
    /// Days of follow-up.
    #[arg(long, default_value_t = 90)]
    days: u32,
    /// Everything follows from it.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The first day [default: 2025-01-01].
    #[arg(long)]
    start: Option<Date>,
    /// Where to write what really happened, one JSON object a line [default: truth-SEED.jsonl].
    #[arg(long, value_name = "FILE")]
    truth: Option<PathBuf>,
    /// Fill no log: say how many of the links that would be suggested are right, and what other seeds would weigh.
    #[arg(long, conflicts_with = "truth")]
    links: bool,
}

impl Simulate {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let plan = self.plan()?;
        if self.links {
            context.tell(&simulate::judge(plan), |judged| judged.table())?;
            return Ok(Exit::Done);
        }
        let mut config = context.log_config()?;
        config.cached_roots = config.cached_roots.max(ROOTS);
        config.cached_keys = config.cached_keys.max(ROOTS);
        let log = Log::connect(config, context.keyring()?).await?;
        let file = self.truth.unwrap_or_else(|| format!("truth-{}.jsonl", plan.seed).into());
        let mut truth = BufWriter::new(
            File::create(&file).with_context(|| format!("{} cannot be written", file.display()))?,
        );
        let bar = context.progress(plan.days.into(), "days");
        let policies = context.policies()?;
        let day = |day: u32| bar.set_position(day.into());
        let ran = simulate::run(&log, policies, plan, &mut truth, &context.stop, day).await?;
        bar.finish_and_clear();
        let refused: u64 = ran.refused.values().sum();
        let mut result = json!(ran);
        result["truth"] = json!(file);
        context.tell(&result, |_| {
            format!(
                "{} events added, {} were there already, {refused} commands refused\n{} occurrences, {} of them registered: {}\n{:.1} s, {} events/s{}",
                ran.added,
                ran.already,
                ran.occurrences,
                ran.registered,
                file.display(),
                ran.seconds,
                ran.events_per_second,
                if ran.stopped { "\nstopped before the last day: the same command goes on" } else { "" },
            )
        })?;
        Ok(if refused > 0 || ran.stopped { Exit::Findings } else { Exit::Done })
    }

    fn plan(&self) -> anyhow::Result<Plan> {
        let Self { centres, cases, days, seed, .. } = *self;
        if centres == 0 || cases == 0 || days == 0 {
            bail!("a network needs at least one centre, one case and one day");
        }
        let plan = Plan { centres, cases, days, seed, start: self.start.unwrap_or(FIRST_DAY) };
        if plan.end() > Timestamp::now() {
            bail!("the last day would lie in the future: give an earlier --start or fewer --days");
        }
        Ok(plan)
    }
}
