//! `nabij dead-letters`: events that are in the log but not in the views.

use clap::Subcommand;
use nabij_engine::{DeadLetter, accept_gap, dead_letters, prepare_database, retry};
use serde::Serialize;
use serde_json::json;

use crate::context::Context;
use crate::exit::Exit;

/// What to do with them.
#[derive(Debug, Subcommand)]
pub(crate) enum DeadLetters {
    /// Lists those that could not be applied, and those that wait behind them.
    List,
    /// Shows one event and why it could not be applied, and whether this binary could apply it.
    Show {
        /// Where it stands in the log.
        sequence: u64,
    },
    /// Says that it is known why events are missing from the log: projections then go on past them.
    AcceptGap {
        /// The first missing sequence.
        first: u64,
        /// The last missing sequence.
        last: u64,
    },
}

#[derive(Debug, Serialize)]
struct Shown {
    letters: Vec<DeadLetter>,
    /// Those that fail with this binary too; when none does, a rebuild takes all of them in.
    failing: Vec<DeadLetter>,
}

impl DeadLetters {
    /// For the audit: what was done, with which events.
    pub(super) fn scope(&self) -> Vec<String> {
        match self {
            Self::List => vec!["list".into()],
            Self::Show { sequence } => vec![format!("show={sequence}")],
            Self::AcceptGap { first, last } => vec![format!("accept_gap={first}-{last}")],
        }
    }

    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        match self {
            Self::List => list(context).await,
            Self::Show { sequence } => show(context, sequence).await,
            Self::AcceptGap { first, last } => accept(context, first, last).await,
        }
    }
}

async fn list(context: &Context) -> anyhow::Result<Exit> {
    let pool = context.pool()?;
    prepare_database(&pool).await?;
    let letters = dead_letters(&pool).await?;
    context.tell(&letters, |letters| {
        if letters.is_empty() {
            return "no dead letters".to_owned();
        }
        letters.iter().map(line).collect::<Vec<_>>().join("\n")
    })?;
    Ok(if letters.is_empty() { Exit::Done } else { Exit::Findings })
}

async fn show(context: &Context, sequence: u64) -> anyhow::Result<Exit> {
    let connected = context.connect().await?;
    prepare_database(&connected.pool).await?;
    let mut letters = dead_letters(&connected.pool).await?;
    letters.retain(|letter| letter.sequence == sequence);
    if letters.is_empty() {
        anyhow::bail!("event {sequence} is no dead letter: `nabij dead-letters list` shows them");
    }
    let projections = nabij_projector::projections(&connected.log);
    let mut failing = retry(&connected.pool, &connected.log, &projections).await?;
    failing.retain(|letter| letter.sequence == sequence);
    context.tell(&Shown { letters, failing }, |shown| {
        let mut lines: Vec<String> = shown.letters.iter().map(line).collect();
        lines.push(match shown.failing.first().and_then(|letter| letter.error.as_deref()) {
            Some(error) => format!("this binary cannot apply it either: {error}"),
            None => "this binary can apply it: `nabij rebuild` takes it in".to_owned(),
        });
        lines.join("\n")
    })?;
    Ok(Exit::Findings)
}

async fn accept(context: &Context, first: u64, last: u64) -> anyhow::Result<Exit> {
    anyhow::ensure!(
        first > 0 && first <= last,
        "a gap goes from its first to its last missing sequence, both above 0"
    );
    let pool = context.pool()?;
    prepare_database(&pool).await?;
    accept_gap(&pool, first, last).await?;
    context.tell(&json!({"first": first, "last": last}), |_| {
        format!("events {first} to {last} are accepted as missing: start the projector again")
    })?;
    Ok(Exit::Done)
}

fn line(letter: &DeadLetter) -> String {
    let DeadLetter { sequence, projection, version, event_type, aggregate, .. } = letter;
    let why = letter.error.as_deref().unwrap_or("waits behind another of its aggregate");
    format!("{sequence:>10}  {projection}_v{version}  {event_type} of {aggregate}: {why}")
}
