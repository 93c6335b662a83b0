//! `nabij bench`: what the whole costs, each figure as a ratio to the raw limit of the same servers in the same run.
//!
//! | figure | raw limit |
//! |---|---|
//! | bulk import | the same messages published, pipelined |
//! | single commands over HTTP at 64 connections | the same messages published, 64 in flight |
//! | case file read over HTTP at 64 connections, with token, policy and audit | the same read without them |
//! | audit record, alone and of 64 readers | the same bytes published by themselves |
//! | full rebuild of all views | COPY of the timeline's rows alone |
//! | append to visible | publish to a reader of the stream |
//! | acknowledged append to HQ's line, at 500 commands/s | publish to a reader of the stream |
//!
//! Every network is as in real use: TLS, a key for each service at NATS, a role for each in PostgreSQL.
//! "The same" is meant: payloads, headers, message ids and expected sequences of what the measurement itself wrote are
//! sent once more into an empty stream.

mod alerts;
mod audit;
mod calls;
mod commands;
mod import;
mod network;
mod raw;
mod reads;
mod rebuild;
pub(crate) mod report;
mod service;
mod visible;

use std::path::Path;

use anyhow::Result;

use self::network::Network;
use self::report::Report;

/// One measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Measurement {
    /// Bulk import.
    Import,
    /// Single commands over HTTP.
    Commands,
    /// Case files over HTTP.
    Reads,
    /// Audit records.
    Audit,
    /// From an append to its row in the view.
    Visible,
    /// From an append to HQ's line.
    Alerts,
    /// All views from the log.
    Rebuild,
}

/// How much of everything.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Amounts {
    /// Events of the rebuild.
    pub(crate) events: usize,
    /// Rows of the import.
    pub(crate) rows: usize,
    /// Commands over HTTP.
    pub(crate) commands: usize,
    /// Case files read over HTTP.
    pub(crate) reads: usize,
    /// Single appends.
    pub(crate) appends: usize,
    /// Seconds of alarms.
    pub(crate) seconds: u32,
}

/// Measures `what`, each on a network of its own, everything when it is empty; `said` hears what goes on.
pub(crate) async fn run(
    deploy: &Path,
    what: &[Measurement],
    amounts: Amounts,
    said: impl Fn(&str),
) -> Result<Report> {
    let wanted = |one: Measurement| what.is_empty() || what.contains(&one);
    let network = |what: &str| {
        said(what);
        Network::start(deploy)
    };
    let mut figures = Vec::new();
    if wanted(Measurement::Import) {
        let network = network("bulk import")?;
        figures.push(import::measure(&network, amounts.rows).await?);
    }
    if wanted(Measurement::Commands) {
        let network = network("single commands over HTTP")?;
        figures.push(commands::measure(&network, amounts.commands).await?);
    }
    if wanted(Measurement::Reads) {
        let network = network("case file reads over HTTP")?;
        figures.extend(reads::measure(&network, amounts.reads).await?);
    }
    if wanted(Measurement::Audit) {
        let network = network("audit records")?;
        figures.extend(audit::measure(&network).await?);
    }
    if wanted(Measurement::Visible) {
        let network = network("append to visible")?;
        figures.extend(visible::measure(&network, amounts.appends).await?);
    }
    if wanted(Measurement::Alerts) {
        let network = network("append to HQ's line")?;
        figures.extend(alerts::measure(&network, amounts.seconds).await?);
    }
    if wanted(Measurement::Rebuild) {
        let network = network("full rebuild")?;
        figures.extend(rebuild::measure(&network, amounts.events).await?);
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    Ok(Report { cores, version: env!("CARGO_PKG_VERSION"), figures })
}
