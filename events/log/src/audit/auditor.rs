//! What a process writes its audit records with.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};

use super::record::AuditRecord;
use super::writer::{Asked, Entry, Writer};
use crate::config::LogConfig;
use crate::error::{LogError, LogErrorKind};
use crate::guard::Gate;
use crate::log::Log;
use crate::{connection, setup};

/// Records that may wait; more are refused at once.
const WAITING: usize = 8_192;
/// A read waits no longer than this for its record.
const PATIENCE: Duration = Duration::from_secs(2);

/// Writes audit records into the chain of this process and boot. Cheap to clone.
#[derive(Clone)]
pub struct Auditor {
    entries: mpsc::Sender<Asked>,
    patience: Duration,
}

impl fmt::Debug for Auditor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Auditor").finish_non_exhaustive()
    }
}

impl Log {
    /// The writer of a chain of its own for `process` (`api`, `nabij-export`: letters, digits and `-`).
    #[must_use]
    pub fn auditor(&self, process: &str) -> Auditor {
        let writer = Writer::new(
            self.client().clone(),
            self.context().clone(),
            self.config(),
            self.gate().clone(),
            process,
        );
        Auditor::over(writer, self.config())
    }
}

impl Auditor {
    /// Connects for audit records alone, without a master key: for commands that open nothing.
    ///
    /// # Errors
    /// `Unavailable` when no server answers, `Settings` when the stream is set up otherwise.
    pub async fn connect(config: &LogConfig, process: &str) -> Result<Self, LogError> {
        let gate = Gate::new();
        let (client, context) = connection::connect(config, gate.clone()).await?;
        setup::audit_stream(&context, config).await?;
        Ok(Self::over(Writer::new(client, context, config, gate, process), config))
    }

    fn over(writer: Writer, config: &LogConfig) -> Self {
        let (entries, waiting) = mpsc::channel(WAITING);
        tokio::spawn(writer.run(waiting));
        Self { entries, patience: config.timeout.min(PATIENCE) }
    }

    /// Writes a record; gives its sequence in the audit stream once it is acknowledged.
    ///
    /// # Errors
    /// `Unavailable`, `Full` or `Rewound`: nothing may be shown. The record may be there all the same when the
    /// acknowledgement was lost.
    pub async fn write(&self, record: &AuditRecord) -> Result<u64, LogError> {
        let json = serde_json::to_vec(record).map_err(|error| {
            LogError::because(LogErrorKind::Damaged, "an audit record cannot be written as JSON", error)
        })?;
        let (answer, answered) = oneshot::channel();
        self.ask(Asked::Write(Entry { record: json.into(), at: record.at, answer }), answered).await
    }

    /// Marks that this chain ends in good order; nothing is written to it afterwards.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub async fn end(&self, now: Timestamp) -> Result<(), LogError> {
        let (answer, answered) = oneshot::channel();
        self.ask(Asked::End { at: now, answer }, answered).await.map(drop)
    }

    async fn ask(
        &self,
        asked: Asked,
        answered: oneshot::Receiver<Result<u64, LogError>>,
    ) -> Result<u64, LogError> {
        let away =
            |what: &str| LogError::new(LogErrorKind::Unavailable, format!("writing an audit record: {what}"));
        self.entries.try_send(asked).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => away("too many records wait already"),
            mpsc::error::TrySendError::Closed(_) => away("this process ended its chain"),
        })?;
        match tokio::time::timeout(self.patience, answered).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err(away("this process ended its chain")),
            Err(_) => Err(away("NATS did not acknowledge it in time")),
        }
    }
}
