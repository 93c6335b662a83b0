//! `nabij bench`: what the whole costs, each figure as a ratio to the raw limit of the same servers in the same run.
//!
//! | figure | raw limit |
//! |---|---|
//! | bulk import | the same messages published, pipelined |
//! | single commands over HTTP at 64 connections | the same messages published, 64 in flight |
//! | case file read over HTTP at 64 connections, with token, policy and audit | the same read without them |
//! | full rebuild of all views | COPY of the timeline's rows alone |
//! | append to visible | publish to a reader of the stream |
//! | acknowledged append to HQ's line, at 500 commands/s | publish to a reader of the stream |
//!
//! "The same" is meant: payloads, headers, message ids and expected sequences of what the measurement itself wrote are
//! sent once more into an empty stream.

mod alerts;
mod calls;
mod commands;
mod import;
mod place;
mod raw;
mod reads;
mod rebuild;
pub(crate) mod report;
mod servers;
mod visible;

use std::path::Path;

use anyhow::{Context as _, Result};
use nabij_api::tokens::Issuer;

use self::place::Place;
use self::report::Report;
use self::servers::Servers;
use crate::context::{AUDIENCE, ISSUER};

/// One measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Measurement {
    /// Bulk import.
    Import,
    /// Single commands over HTTP.
    Commands,
    /// Case files over HTTP.
    Reads,
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

/// Measures `what` on servers of its own, everything when it is empty; `said` hears what goes on.
pub(crate) async fn run(
    deploy: &Path,
    what: &[Measurement],
    amounts: Amounts,
    said: impl Fn(&str),
) -> Result<Report> {
    let wanted = |one: Measurement| what.is_empty() || what.contains(&one);
    let folder = tempfile::Builder::new().prefix("nabij-bench-").tempdir()?;
    // PostgreSQL may have to run as another user, who must be able to enter the folder.
    #[cfg(unix)]
    std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    said("starting servers");
    let servers = Servers::start(deploy, folder.path().join("stack"))?;
    let keys = servers.nabij("keys", &["keys", "create"])?.output()?;
    anyhow::ensure!(keys.status.success(), "nabij keys create failed");
    let pem = std::fs::read_to_string(servers.dir().join("keys/token.pem")).context("the token key")?;
    let issuer = Issuer::from_pem(&pem, ISSUER, AUDIENCE)?;
    let place = Place { servers, deploy: deploy.to_owned() };
    let mut figures = Vec::new();
    if wanted(Measurement::Import) {
        said("bulk import");
        figures.push(import::measure(&place, amounts.rows).await?);
    }
    if wanted(Measurement::Commands) {
        said("single commands over HTTP");
        figures.push(commands::measure(&place, &issuer, amounts.commands).await?);
    }
    if wanted(Measurement::Reads) {
        said("case file reads over HTTP");
        figures.extend(reads::measure(&place, &issuer, amounts.reads).await?);
    }
    if wanted(Measurement::Visible) {
        said("append to visible");
        figures.extend(visible::measure(&place, amounts.appends).await?);
    }
    if wanted(Measurement::Alerts) {
        said("append to HQ's line");
        figures.extend(alerts::measure(&place, &issuer, amounts.seconds).await?);
    }
    if wanted(Measurement::Rebuild) {
        said("full rebuild");
        figures.extend(rebuild::measure(&place, amounts.events).await?);
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    Ok(Report { cores, version: env!("CARGO_PKG_VERSION"), figures })
}
