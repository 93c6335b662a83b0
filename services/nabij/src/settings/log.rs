//! `[log]`: the streams of events and of keys.

use std::time::Duration;

use nabij_log::LogConfig;
use serde::{Deserialize, Serialize};

use super::secret::Address;

/// Where the log lies and how large it may grow.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct LogSettings {
    /// One or more NATS servers with commas between; also `NATS_URL`.
    pub(crate) nats_url: Address,
    /// The stream of events.
    pub(crate) stream: String,
    /// The stream of wrapped keys.
    pub(crate) vault: String,
    /// First token of every event's subject.
    pub(crate) prefix: String,
    /// Copies of each stream: 1, 3 or 5.
    pub(crate) replicas: usize,
    /// Bytes that the stream of events may reach; beyond it appends are refused.
    pub(crate) max_bytes: i64,
    /// Bytes that the stream of audit records may reach; beyond it reads are refused.
    pub(crate) audit_max_bytes: i64,
    /// Share of `max_bytes` from which on an alarm is raised, above 0 and at most 1.
    pub(crate) alarm_share: f64,
    /// How long one request may take, in milliseconds.
    pub(crate) timeout_ms: u64,
}

impl Default for LogSettings {
    fn default() -> Self {
        let config = LogConfig::default();
        Self {
            nats_url: Address::from(config.nats_url.as_str()),
            stream: config.stream,
            vault: config.vault,
            prefix: config.prefix,
            replicas: config.replicas,
            max_bytes: config.max_bytes,
            audit_max_bytes: config.audit_max_bytes,
            alarm_share: config.alarm_share,
            timeout_ms: config.timeout.as_millis().try_into().unwrap_or(u64::MAX),
        }
    }
}

impl LogSettings {
    /// As the log takes them.
    pub(crate) fn config(&self) -> LogConfig {
        LogConfig {
            nats_url: self.nats_url.reveal().to_owned(),
            stream: self.stream.clone(),
            vault: self.vault.clone(),
            prefix: self.prefix.clone(),
            replicas: self.replicas,
            max_bytes: self.max_bytes,
            audit_max_bytes: self.audit_max_bytes,
            alarm_share: self.alarm_share,
            timeout: Duration::from_millis(self.timeout_ms),
            ..LogConfig::default()
        }
    }

    /// What no type refuses: the key and what was expected.
    pub(super) fn check(&self) -> Result<(), (&'static str, String)> {
        let name = |text: &str| {
            !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
        };
        let fits = [
            ("nats_url", self.nats_url.reveal().contains("://"), "nats://[user:password@]host:port"),
            ("stream", name(&self.stream), "letters, digits, `_` and `-`"),
            ("vault", name(&self.vault), "letters, digits, `_` and `-`"),
            ("prefix", name(&self.prefix), "letters, digits, `_` and `-`"),
            ("replicas", [1, 3, 5].contains(&self.replicas), "1, 3 or 5"),
            ("max_bytes", self.max_bytes >= 1 << 20, "a number of bytes, at least 1048576"),
            ("audit_max_bytes", self.audit_max_bytes >= 1 << 20, "a number of bytes, at least 1048576"),
            ("alarm_share", self.alarm_share > 0.0 && self.alarm_share <= 1.0, "above 0 and at most 1"),
            ("timeout_ms", self.timeout_ms > 0, "a number of milliseconds above 0"),
        ];
        super::first_unfit(&fits)
    }
}
