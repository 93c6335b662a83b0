//! Log lines, set up once. Each is written to standard error before the call that made it returns, so that every exit,
//! also a hard one, finds all of them written.

use anyhow::Context;
use tracing::{Level, Metadata};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::settings::TelemetrySettings;

/// Sets it up for the process. A command for a terminal tells only what is wrong, unless a filter was asked for.
pub(crate) fn init(settings: &TelemetrySettings, service: bool) -> anyhow::Result<()> {
    let quiet = !service && settings.filter == TelemetrySettings::default().filter;
    let filter = if quiet { "warn" } else { &settings.filter };
    let filter = EnvFilter::try_new(filter).context("setting telemetry.filter")?;
    let registry = tracing_subscriber::registry().with(filter).with(filter_fn(tells_no_password));
    let layer = fmt::layer().with_writer(std::io::stderr).with_target(service).with_ansi(false);
    if settings.json {
        registry.with(layer.json().flatten_event(true)).try_init()
    } else {
        registry.with(layer).try_init()
    }
    .context("log lines were set up already")
}

/// Whatever the filter asks: the client of NATS tells at `debug` the address that it connects to, with the password.
fn tells_no_password(line: &Metadata<'_>) -> bool {
    *line.level() <= Level::INFO || !line.target().starts_with("async_nats")
}
