//! `[log]`: the streams of events and of keys.

use std::path::PathBuf;
use std::time::Duration;

use nabij_log::{Access, LogConfig};
use serde::{Deserialize, Serialize};

use super::secret::Address;

/// Where the log lies and how large it may grow.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct LogSettings {
    /// One or more NATS servers with commas between; also `NATS_URL`.
    pub(crate) nats_url: Address,
    /// The NATS user that `nkey_file` belongs to: api, projector, alerts, cli or admin of deploy/nats/accounts.conf.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user: Option<String>,
    /// File of that user's NKey seed, in place of a user and password in `nats_url`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) nkey_file: Option<PathBuf>,
    /// Whether a server without TLS is spoken to; `ca_file` alone says `required` too.
    pub(crate) tls: Tls,
    /// PEM file of the authority that is believed; absent: those of the system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ca_file: Option<PathBuf>,
    /// PEM file of this client's certificate, where the servers ask for one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cert_file: Option<PathBuf>,
    /// PEM file of its key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key_file: Option<PathBuf>,
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

/// Whether the connection must be encrypted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Tls {
    /// When the server asks for it.
    #[default]
    Optional,
    /// Always.
    Required,
}

impl Default for LogSettings {
    fn default() -> Self {
        let config = LogConfig::default();
        Self {
            nats_url: Address::from(config.nats_url.as_str()),
            user: None,
            nkey_file: None,
            tls: Tls::default(),
            ca_file: None,
            cert_file: None,
            key_file: None,
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
    /// As the log takes them, the NKey apart: that is a file still to be read.
    pub(crate) fn config(&self) -> LogConfig {
        LogConfig {
            nats_url: self.nats_url.reveal().to_owned(),
            access: Access {
                user: None,
                ca_file: self.ca_file.clone(),
                certificate: self.cert_file.clone().zip(self.key_file.clone()),
                tls_required: self.tls == Tls::Required,
            },
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
            (
                "user",
                self.user.is_some() == self.nkey_file.is_some() && self.user.as_deref().is_none_or(name),
                "the NATS user that log.nkey_file belongs to, and both or neither",
            ),
            (
                "cert_file",
                self.cert_file.is_some() == self.key_file.is_some(),
                "a certificate with log.key_file, or neither",
            ),
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
