//! `[audit]`: what the command line writes down of where it ran.

use nabij_log::AuditRecord;
use serde::{Deserialize, Serialize};

/// What is written down besides the command and its user.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct AuditSettings {
    /// The machine's name as it is, or a hash of it.
    pub(crate) host_name: HostName,
}

/// How a machine is named.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum HostName {
    /// The same machine has the same hash; its name, which may be its user's, stays out.
    #[default]
    Hashed,
    /// As it is.
    Plain,
}

impl AuditSettings {
    /// `name` as it is written down.
    pub(crate) fn host(&self, name: &str) -> String {
        match self.host_name {
            HostName::Hashed => AuditRecord::hashed(name),
            HostName::Plain => name.to_owned(),
        }
    }
}
