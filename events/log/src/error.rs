//! What can go wrong between a service and the log: a kind, a sentence, and the source.

use std::error::Error;
use std::fmt;

use nabij_model::{AggregateId, Refusal};

type Source = Box<dyn Error + Send + Sync>;

/// What kind of failure; a service maps it to an answer and an exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogErrorKind {
    /// The servers are away, slow or without a leader: try again later (503, exit code 3).
    Unavailable,
    /// The stream reached its `max_bytes`: nothing more is taken until somebody gives it room (503).
    Full,
    /// A stream on the server is not set up as this program needs it (exit code 3).
    Settings,
    /// The log lost what it had acknowledged: nothing more may be written (exit code 3).
    Rewound,
    /// Sequences are missing; `first` and `last` are the first and the last of them.
    Gap {
        /// The first sequence that is missing.
        first: u64,
        /// The last one.
        last: u64,
    },
    /// What is stored is not what was written, or not readable by this binary.
    Damaged,
    /// The key that is needed was destroyed: the person was erased.
    Erased,
    /// The id belongs to an aggregate of another kind already.
    IdTaken,
    /// The master key is wrong, or does not open what it should.
    Key,
    /// A backup, a list of erasures or the place to restore into is not what it must be (exit code 2).
    Backup,
}

/// A failure of the log itself.
#[derive(Debug)]
pub struct LogError {
    kind: LogErrorKind,
    detail: String,
    source: Option<Source>,
}

impl LogError {
    /// A failure of `kind`, with a sentence that says what and what to do.
    pub fn new(kind: LogErrorKind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), source: None }
    }

    /// The same, with what caused it.
    pub fn because(kind: LogErrorKind, detail: impl Into<String>, source: impl Into<Source>) -> Self {
        Self { kind, detail: detail.into(), source: Some(source.into()) }
    }

    pub(crate) fn unavailable(doing: &str, source: impl Into<Source>) -> Self {
        Self::because(LogErrorKind::Unavailable, format!("{doing}: NATS did not answer"), source)
    }

    /// What kind of failure.
    #[must_use]
    pub fn kind(&self) -> LogErrorKind {
        self.kind
    }

    /// Whether trying again later can help.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        matches!(self.kind, LogErrorKind::Unavailable | LogErrorKind::Full)
    }

    /// Whether this process must stop writing.
    #[must_use]
    pub fn is_rewound(&self) -> bool {
        self.kind == LogErrorKind::Rewound
    }
}

impl fmt::Display for LogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)?;
        match &self.source {
            Some(source) => write!(f, " ({source})"),
            None => Ok(()),
        }
    }
}

impl Error for LogError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

/// Why events were not appended. None of them is: a batch goes in whole or not at all.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// The aggregate has events after the expected version; nothing was written.
    #[error("{aggregate} changed meanwhile: it has events after sequence {expected}")]
    Conflict {
        /// Which one (of a batch: the first that can be named).
        aggregate: AggregateId,
        /// The last sequence that it was expected to have.
        expected: u64,
    },
    /// A field is clear, or closed by somebody else than the log.
    #[error("the event was not sealed by the log: {0}")]
    NotSealed(String),
    /// More than [`MAX_BATCH`](crate::MAX_BATCH) events, or a body beyond what the server takes.
    #[error("too large to append at once: {0}")]
    TooLarge(String),
    /// The answer never came and the events could not be looked up. They may be there or not: repeat the same command
    /// with the same idempotency key, which is exact.
    #[error("the outcome is not known yet: repeat the command with the same idempotency key")]
    Unknown(#[source] LogError),
    /// The log failed; nothing was written.
    #[error(transparent)]
    Log(#[from] LogError),
}

/// Why a command was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum ExecuteError {
    /// The rules said no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Others kept writing to the aggregate; three retries did not get through (409).
    #[error("{aggregate} is being changed by others: try again")]
    Conflict {
        /// Which one.
        aggregate: AggregateId,
    },
    /// `If-Match` names another version than the aggregate has (412).
    #[error("{aggregate} is at version {actual}, not {expected}: read it again")]
    VersionMismatch {
        /// Which one.
        aggregate: AggregateId,
        /// What the caller expected.
        expected: u64,
        /// What it is.
        actual: u64,
    },
    /// The idempotency key was used for another command (409).
    #[error("this idempotency key was used for another request already: use a fresh one")]
    KeyReused {
        /// The aggregate that took the first one.
        aggregate: AggregateId,
        /// Where it stands.
        sequence: u64,
    },
    /// A field cannot be sealed, or the command brings more than one append can hold (400).
    #[error("the command cannot be stored: {0}")]
    Unstorable(String),
    /// The servers are away, or the outcome is not known yet: repeat with the same idempotency key (503).
    #[error(transparent)]
    Unavailable(LogError),
    /// The log failed (500, or exit code 3 when it was rewound).
    #[error(transparent)]
    Log(LogError),
}

impl From<LogError> for ExecuteError {
    fn from(error: LogError) -> Self {
        match error.kind() {
            LogErrorKind::Unavailable | LogErrorKind::Full => Self::Unavailable(error),
            LogErrorKind::Erased => Self::Refused(Refusal::conflict("erased", error.detail)),
            LogErrorKind::IdTaken => Self::Refused(Refusal::conflict("id-taken", error.detail)),
            _ => Self::Log(error),
        }
    }
}

impl From<AppendError> for ExecuteError {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::Conflict { aggregate, .. } => Self::Conflict { aggregate },
            AppendError::NotSealed(why) | AppendError::TooLarge(why) => Self::Unstorable(why),
            AppendError::Unknown(error) => Self::Unavailable(error),
            AppendError::Log(error) => error.into(),
        }
    }
}
