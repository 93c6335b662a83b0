//! The command line: one file a command. To add one: its file with its arguments and `run`, a line in [`Command`], and what
//! the audit writes down of it in [`Command::audited`].

mod anchor;
mod backup;
mod bench;
mod compare;
mod config;
mod dead_letters;
mod erase;
mod erasures;
mod escalations;
mod estimate;
mod export;
mod import;
mod keys;
mod protocols;
mod rebuild;
mod replay;
mod report;
mod restore;
mod roster;
mod rules;
mod serve;
mod setup;
mod simulate;
mod token;
mod up;
mod verify;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::audit::{self, Audited};
use crate::context::Context;
use crate::exit::Exit;

/// Nabij: follow-up in a reception network, as events.
///
/// Exit codes: 0 done, 1 done with rejects or findings, 2 wrong use or settings, 3 a dependency is away or the log was
/// rewound.
#[derive(Debug, Parser)]
#[command(name = "nabij", version, propagate_version = true)]
pub(crate) struct Cli {
    /// Settings; absent: `nabij.toml` in the working directory, if there. The environment goes over it.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Results as one line of JSON.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Runs one service.
    Serve(serve::Serve),
    /// Runs all services in one process.
    Up(up::Up),
    /// Makes the streams and the control tables, as the administrator.
    Setup(setup::Setup),
    /// Fills the log with a simulated network.
    Simulate(simulate::Simulate),
    /// Imports registers and lists of others.
    Import(import::Import),
    /// Builds the views as they were at a moment.
    Replay(replay::Replay),
    /// Rebuilds the views from the whole log.
    Rebuild(rebuild::Rebuild),
    /// Estimates from a table of yours: totals from lists, shares, rates, delays, missing numbers, silences.
    Estimate(estimate::Estimate),
    /// Writes figures as a page that a director reads, with its data beside it.
    #[command(subcommand)]
    Report(report::Report),
    /// Writes the projected facts as files.
    Export(export::Export),
    /// Signs what the log is now.
    Anchor(anchor::Anchor),
    /// Keeps a copy of everything, or destroys old copies of the vault.
    Backup(backup::Backup),
    /// Brings a backup into empty servers.
    Restore(restore::Restore),
    /// The signed list of what a restore must not bring back.
    #[command(subcommand)]
    Erasures(erasures::Erasures),
    /// Walks the whole log and names the first bad event.
    Verify(verify::Verify),
    /// Shows events that are in the log but not in the views.
    #[command(subcommand)]
    DeadLetters(dead_letters::DeadLetters),
    /// Checks, back-tests and adopts the rules that raise escalations.
    #[command(subcommand)]
    Rules(rules::Rules),
    /// Shows notices of escalations that did not arrive, and sends them again.
    #[command(subcommand)]
    Escalations(escalations::Escalations),
    /// Shows and finishes erasures, and proposes them by the retention rules.
    #[command(subcommand)]
    Erase(erase::Erase),
    /// Measures the whole beside the raw limits of the same servers.
    Bench(bench::Bench),
    /// Prints a bearer token.
    Token(token::Token),
    /// Makes the keys that lie outside the servers.
    #[command(subcommand)]
    Keys(keys::Keys),
    /// Checks the step plans.
    #[command(subcommand)]
    Protocols(protocols::Protocols),
    /// Checks who is on call when.
    #[command(subcommand)]
    Roster(roster::RosterCommand),
    /// Shows and checks settings.
    #[command(subcommand)]
    Config(config::Config),
}

impl Command {
    /// Whether it runs until told to stop, and tells of itself in log lines.
    pub(crate) fn is_service(&self) -> bool {
        matches!(self, Self::Serve(_) | Self::Up(_))
    }

    /// What the audit writes down of it; `None` for what neither reads nor changes what the network holds: a service, which
    /// writes down each call itself, and what works on its own servers, on settings or on keys that nothing was sealed with yet. A setup and
    /// a restore find nothing that they could be written down in, and do so themselves once there is.
    fn audited(&self) -> Option<Audited> {
        let (name, scope) = match self {
            Self::Rules(command) if !command.touches_the_log() => return None,
            Self::Rules(command) => ("nabij rules", command.scope()),
            Self::Serve(_)
            | Self::Up(_)
            | Self::Setup(_)
            | Self::Bench(_)
            | Self::Config(_)
            | Self::Protocols(_)
            | Self::Roster(_)
            | Self::Estimate(_)
            | Self::Restore(_)
            | Self::Keys(keys::Keys::Create) => {
                return None;
            }
            Self::Keys(keys::Keys::Rotate(_)) => ("nabij keys rotate", Vec::new()),
            Self::Simulate(_) => ("nabij simulate", Vec::new()),
            Self::Import(command) => ("nabij import", command.scope()),
            Self::Replay(command) => ("nabij replay", command.scope()),
            Self::Rebuild(_) => ("nabij rebuild", Vec::new()),
            Self::Report(command) => ("nabij report", command.scope()),
            Self::Export(command) => ("nabij export", command.scope()),
            Self::Verify(_) => ("nabij verify", Vec::new()),
            Self::Anchor(_) => ("nabij anchor", Vec::new()),
            Self::Backup(_) => ("nabij backup", Vec::new()),
            Self::Erasures(_) => ("nabij erasures", Vec::new()),
            Self::DeadLetters(command) => ("nabij dead-letters", command.scope()),
            Self::Escalations(command) => ("nabij escalations", command.scope()),
            Self::Erase(command) => ("nabij erase", command.scope()),
            Self::Token(command) => ("nabij token", command.scope()),
        };
        Some(Audited { name, scope })
    }

    /// Runs it to its end, after it is written down who runs it.
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let Some(audited) = self.audited() else { return self.carry_out(context).await };
        let auditor = audit::begin(context, audited).await?;
        let ended = self.carry_out(context).await;
        audit::end(&auditor).await;
        ended
    }

    async fn carry_out(self, context: &Context) -> anyhow::Result<Exit> {
        match self {
            Self::Serve(command) => command.run(context).await,
            Self::Up(command) => command.run(context).await,
            Self::Setup(command) => command.run(context).await,
            Self::Import(command) => command.run(context).await,
            Self::Simulate(command) => command.run(context).await,
            Self::Replay(command) => command.run(context).await,
            Self::Rebuild(command) => command.run(context).await,
            Self::Report(command) => command.run(context).await,
            Self::Export(command) => command.run(context).await,
            Self::Anchor(command) => command.run(context).await,
            Self::Backup(command) => command.run(context).await,
            Self::Restore(command) => command.run(context).await,
            Self::Erasures(command) => command.run(context).await,
            Self::Verify(command) => command.run(context).await,
            Self::DeadLetters(command) => command.run(context).await,
            Self::Rules(command) => command.run(context).await,
            Self::Escalations(command) => command.run(context).await,
            Self::Erase(command) => command.run(context).await,
            Self::Bench(command) => command.run(context).await,
            Self::Estimate(command) => command.run(context.json),
            Self::Token(command) => command.run(context),
            Self::Keys(command) => command.run(context).await,
            Self::Protocols(command) => command.run(context),
            Self::Roster(command) => command.run(context),
            Self::Config(command) => command.run(context),
        }
    }
}
