//! `[notify]`: how people are told of escalations, beside server-sent events.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Signed webhooks and e-mail. Addresses stand in the roster; secrets lie in files.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct NotifySettings {
    /// Where whoever is told finds the escalation: an address in which `{escalation}` stands for its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) link: Option<String>,
    /// Files of the secrets that sign webhooks (`whsec_...`), the newest first; two while one is rotated. None: no webhooks.
    pub(crate) webhook_secret_files: Vec<PathBuf>,
    /// How long a receiver of webhooks may take, in milliseconds.
    pub(crate) webhook_timeout_ms: u64,
    /// Whether webhooks may go to another machine without TLS: behind a proxy that adds it.
    pub(crate) webhook_in_the_clear: bool,
    /// The mail server; absent: no e-mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) smtp: Option<MailServer>,
}

/// `[notify.smtp]`: the mail server.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MailServer {
    /// Its name, as in its certificate.
    pub(crate) host: String,
    /// Its port; absent: 465, or 587 with `starttls`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    port: Option<u16>,
    /// How the connection is encrypted.
    #[serde(default)]
    pub(crate) tls: MailTls,
    /// PEM file of an authority that is believed beside those of the system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ca_file: Option<PathBuf>,
    /// The user; absent: nobody signs in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) user: Option<String>,
    /// File of the user's password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) password_file: Option<PathBuf>,
    /// From whom letters come.
    pub(crate) from: String,
    /// How long one command may take, in milliseconds.
    #[serde(default = "patience")]
    timeout_ms: u64,
}

/// How the connection to the mail server is encrypted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MailTls {
    /// From the first byte.
    #[default]
    Implicit,
    /// By `STARTTLS`, and never without.
    Starttls,
    /// Not at all: a server on this machine.
    None,
}

fn patience() -> u64 {
    30_000
}

impl Default for NotifySettings {
    fn default() -> Self {
        Self {
            link: None,
            webhook_secret_files: Vec::new(),
            webhook_timeout_ms: 10_000,
            webhook_in_the_clear: false,
            smtp: None,
        }
    }
}

impl MailServer {
    pub(crate) fn port(&self) -> u16 {
        self.port.unwrap_or(if self.tls == MailTls::Starttls { 587 } else { 465 })
    }

    pub(crate) fn timeout(&self) -> Duration {
        Duration::from_millis(self.timeout_ms)
    }
}

impl NotifySettings {
    /// How long a receiver of webhooks may take.
    pub(crate) fn webhook_timeout(&self) -> Duration {
        Duration::from_millis(self.webhook_timeout_ms)
    }

    /// Whether anybody is told by mail or webhook.
    pub(crate) fn is_set_up(&self) -> bool {
        self.smtp.is_some() || !self.webhook_secret_files.is_empty()
    }

    /// What no type refuses: the key and what was expected.
    pub(super) fn check(&self) -> Result<(), (&'static str, String)> {
        let smtp = self.smtp.as_ref();
        let whole = smtp.is_none_or(|smtp| smtp.user.is_some() == smtp.password_file.is_some());
        super::first_unfit(&[
            (
                "link",
                self.link.is_some() || !self.is_set_up(),
                "an address with `{escalation}` in it, since people are told",
            ),
            ("webhook_secret_files", self.webhook_secret_files.len() <= 2, "at most two files"),
            ("webhook_timeout_ms", self.webhook_timeout_ms > 0, "a number of milliseconds above 0"),
            (
                "smtp.timeout_ms",
                smtp.is_none_or(|smtp| smtp.timeout_ms > 0),
                "a number of milliseconds above 0",
            ),
            ("smtp.password_file", whole, "`user` and `password_file` together, or neither"),
        ])
    }
}
