//! Where the log lies and how large it may grow.

use std::time::Duration;

use crate::access::Access;

/// Settings of a [`Log`](crate::Log).
#[derive(Debug, Clone)]
pub struct LogConfig {
    /// One or more servers, separated by commas; user and password may stand in the first.
    pub nats_url: String,
    /// Who this process is to the servers.
    pub access: Access,
    /// Streams that are absent are created. For whoever may: to a user with least rights an absent stream is an error.
    pub create_streams: bool,
    /// The stream of events.
    pub stream: String,
    /// The stream of wrapped keys.
    pub vault: String,
    /// First token of every event's subject.
    pub prefix: String,
    /// Copies of each stream: 1, or 3 and 5 in a cluster.
    pub replicas: usize,
    /// Bytes that the stream of events may reach; beyond it appends are refused.
    pub max_bytes: i64,
    /// Bytes that the stream of audit records may reach; beyond it reads are refused.
    pub audit_max_bytes: i64,
    /// Share of `max_bytes` from which [`Head::alarm`](crate::Head) is raised.
    pub alarm_share: f64,
    /// How long one request may take.
    pub timeout: Duration,
    /// How many aggregates' states this process keeps.
    pub cached_roots: u64,
    /// How many unwrapped keys this process keeps.
    pub cached_keys: u64,
    /// A snapshot is written each time an aggregate got this many events.
    pub snapshot_every: u32,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self {
            nats_url: "nats://127.0.0.1:4222".into(),
            access: Access::default(),
            create_streams: true,
            stream: "NABIJ".into(),
            vault: "VAULT".into(),
            prefix: "nabij".into(),
            replicas: 1,
            max_bytes: 4 << 30,
            audit_max_bytes: 4 << 30,
            alarm_share: 0.8,
            timeout: Duration::from_secs(5),
            cached_roots: 50_000,
            cached_keys: 100_000,
            snapshot_every: 50,
        }
    }
}

impl LogConfig {
    /// A log of other names than the usual ones: its streams of events and of keys, and the first token of its subjects.
    #[must_use]
    pub fn at(nats_url: &str, stream: &str, vault: &str, prefix: &str) -> Self {
        Self {
            nats_url: nats_url.into(),
            stream: stream.into(),
            vault: vault.into(),
            prefix: prefix.into(),
            ..Self::default()
        }
    }

    /// The stream of snapshots.
    #[must_use]
    pub fn snapshots(&self) -> String {
        format!("{}_SNAPSHOT", self.stream)
    }

    /// The stream of audit records: who looked.
    #[must_use]
    pub fn audit(&self) -> String {
        format!("{}_AUDIT", self.stream)
    }

    /// First token of the audit records' subjects.
    pub(crate) fn audit_prefix(&self) -> String {
        format!("{}-audit", self.prefix)
    }

    /// The stream of anchors: the copy of the file that is kept outside.
    #[must_use]
    pub fn anchors(&self) -> String {
        format!("{}_ANCHORS", self.stream)
    }

    /// The one subject of the anchors.
    pub(crate) fn anchors_subject(&self) -> String {
        format!("{}-anchors", self.prefix)
    }

    /// First token of the vault's subjects.
    pub(crate) fn vault_prefix(&self) -> String {
        format!("{}-vault", self.prefix)
    }

    /// First token of the snapshots' subjects.
    pub(crate) fn snapshot_prefix(&self) -> String {
        format!("{}-snapshot", self.prefix)
    }

    /// Where a process tells the others that keys are gone.
    pub(crate) fn erased_subject(&self) -> String {
        format!("{}-erased", self.prefix)
    }

    /// Where a rotation tells every process that there is a new master key.
    pub(crate) fn rotated_subject(&self) -> String {
        format!("{}-rotated", self.prefix)
    }
}
