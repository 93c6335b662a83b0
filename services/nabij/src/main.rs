//! `nabij`: all services and the command line, one binary.
//!
//! ```text
//! main ── settings ── telemetry ── context ──▶ commands/ ──▶ the crates that do the work
//! ```
//!
//! | folder | holds |
//! |---|---|
//! | `commands/` | one file a command: its arguments and its run |
//! | `settings/` | one file a section |
//! | `audit.rs` | who ran a command, written down before it runs |
//! | `services.rs` | the services that `serve` and `up` run |
//! | `issuer.rs` | the demo issuer that `serve issuer` runs |
//! | `simulate/` | a made-up network with its truth |
//! | `bench/` | what everything costs |
//! | `import/` | registers and lists of others, as events |

mod audit;
mod bench;
mod channels;
mod commands;
mod context;
mod encrypted;
mod exit;
mod export;
mod import;
mod issuer;
mod moment;
mod secret_file;
mod services;
mod settings;
mod shutdown;
mod simulate;
mod syncing;
mod telemetry;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::Parser;

use crate::commands::{Cli, Command};
use crate::context::Context;
use crate::exit::Exit;
use crate::settings::Settings;

/// Every header of every event is a string of its own: a replay spends a quarter of its time on allocation with glibc's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What calls under way need beyond the interface's own soft stop.
const GRACE: Duration = Duration::from_secs(5);

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(exit) => exit.into(),
        Err(error) => {
            eprintln!("nabij: {}", exit::sentence(&error));
            ExitCode::from(exit::code(&error))
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<Exit> {
    let command = match cli.command {
        // An analyst's machine has neither servers nor their settings.
        Command::Estimate(estimate) => return estimate.run(cli.json),
        other => other,
    };
    let settings = Settings::read(cli.config.as_deref())?;
    telemetry::init(&settings.telemetry, command.is_service())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("the runtime")?;
    let ended = runtime.block_on(async {
        let stop = shutdown::on_signals(settings.limits().soft_stop + GRACE)?;
        let context = Context { settings, json: cli.json, stop };
        command.run(&context).await
    });
    // A task that still reads a file or asks a server has nothing to lose.
    runtime.shutdown_background();
    ended
}
