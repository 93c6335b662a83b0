//! A `nabij` process of a measurement.

use std::process::{Child, Command, Stdio};

use anyhow::Result;

/// It ends with this value.
pub(super) struct Service(Child);

impl Service {
    /// Starts it; of its log only warnings are shown, unless the caller asks for more.
    pub(super) fn start(command: &mut Command) -> Result<Self> {
        command.env("NABIJ_TELEMETRY__FILTER", "warn");
        Ok(Self(command.stdout(Stdio::null()).spawn()?))
    }

    /// Resident memory, MB.
    pub(super) fn memory_mb(&self) -> Option<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id())).ok()?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
        let kilobytes: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
        Some(kilobytes / 1024.0)
    }

    /// Whether it still runs.
    pub(super) fn runs(&mut self) -> Result<bool> {
        Ok(self.0.try_wait()?.is_none())
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}
