//! `[telemetry]`: what the process says of itself.

use serde::{Deserialize, Serialize};
use tracing_subscriber::EnvFilter;

/// Which log lines are written, and how; they go to standard error.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct TelemetrySettings {
    /// `info`, `warn,nabij_log=debug` ...
    pub(crate) filter: String,
    /// One JSON object a line.
    pub(crate) json: bool,
}

impl Default for TelemetrySettings {
    fn default() -> Self {
        Self { filter: "info,tokio_postgres=warn".into(), json: false }
    }
}

impl TelemetrySettings {
    /// What no type refuses: the key and what was expected.
    pub(super) fn check(&self) -> Result<(), (&'static str, String)> {
        let filter = EnvFilter::try_new(&self.filter);
        super::first_unfit(&[("filter", filter.is_ok(), "a filter like `info` or `warn,nabij_log=debug`")])
    }
}
