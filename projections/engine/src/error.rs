//! What stops a projection, and what only delays it.

use tokio_postgres::error::SqlState;

/// Why the engine stopped or refused.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The log is not the one that was projected: it was rewound or replaced. Exit code 3; nothing may be written on top.
    #[error(
        "{projection} stops at its checkpoint, event {sequence}: {found}; or rebuild the views if the log is right as it is"
    )]
    Rewound {
        /// The projection whose checkpoint showed it.
        projection: String,
        /// Where the checkpoint stands.
        sequence: u64,
        /// What the log says.
        found: String,
    },
    /// Events are missing from the stream.
    #[error(
        "events {first} to {last} are missing from the log: find out why, then accept the gap with \
         `nabij dead-letters accept-gap {first} {last}` or restore the log"
    )]
    Gap {
        /// First missing sequence.
        first: u64,
        /// Last missing sequence.
        last: u64,
    },
    /// Another writer moved a checkpoint; this one has lost its place.
    #[error("another writer moved a checkpoint: this one stops and asks for the lock again")]
    Fenced,
    /// Another process loads the same schema.
    #[error("another process is at it ({0}): wait until it has ended")]
    Busy(String),
    /// A rebuild met an event that it cannot apply.
    #[error("event {sequence} ({event_type} of {aggregate}) cannot be applied to {projection}: {error}")]
    DeadLetter {
        /// The projection.
        projection: String,
        /// Where the event stands.
        sequence: u64,
        /// Its type.
        event_type: String,
        /// Whose event.
        aggregate: String,
        /// Why.
        error: String,
    },
    /// The database belongs to another version of this code.
    #[error("{0}")]
    ForeignSchema(String),
    /// There is no such thing.
    #[error("{0}")]
    NotFound(String),
    /// A schema name that could be something else.
    #[error("{0:?} is not a schema name: use lower case letters, digits and underscores, at most 63")]
    NotAnIdentifier(String),
    /// PostgreSQL refused or is away.
    #[error("PostgreSQL: {}", detail(.0))]
    Database(#[from] tokio_postgres::Error),
    /// No connection to PostgreSQL.
    #[error("no connection to PostgreSQL: {0}")]
    Pool(#[from] deadpool_postgres::PoolError),
    /// The rows of a projection contradict each other.
    #[error("the rows of {projection} contradict each other: {what}")]
    Inconsistent {
        /// The projection.
        projection: &'static str,
        /// What is wrong.
        what: String,
    },
    /// The log refused or is away.
    #[error("the log: {0}")]
    Log(#[from] nabij_log::LogError),
    /// A part of a bulk load failed; the part before it says why.
    #[error("a part of the load was given up because another failed")]
    Aborted,
    /// The log ended its stream.
    #[error("the log closed the stream of events")]
    LogClosed,
}

impl EngineError {
    /// Whether trying again can help: a dependency is away, or another writer was in between.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Fenced | Self::Pool(_) | Self::LogClosed => true,
            Self::Log(error) => error.is_unavailable(),
            Self::Database(error) => error.code().is_none_or(passes),
            _ => false,
        }
    }

    /// Whether the log is not the one that was projected: every writer stops.
    #[must_use]
    pub fn is_rewound(&self) -> bool {
        matches!(self, Self::Rewound { .. }) || matches!(self, Self::Log(error) if error.is_rewound())
    }

    /// The exit code of a process that stops on it: 3 when the log or the database is not what it should be, else 1.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Rewound { .. } | Self::Database(_) | Self::Pool(_) | Self::Log(_) | Self::LogClosed => 3,
            _ => 1,
        }
    }
}

/// Classes of SQLSTATE that go by: connection, resources, operator intervention, system, transaction rollback.
fn passes(code: &SqlState) -> bool {
    ["08", "53", "57", "58", "40"].iter().any(|class| code.code().starts_with(class))
}

/// The row itself was refused (data exception, integrity violation): the event is to blame, not the server.
pub(crate) fn blames_the_row(error: &tokio_postgres::Error) -> bool {
    error.code().is_some_and(|code| code.code().starts_with("22") || code.code().starts_with("23"))
}

/// The checkpoint was not where the writer believed it to be.
pub(crate) fn is_fence(error: &tokio_postgres::Error) -> bool {
    error.code().is_some_and(|code| code.code() == "NB001")
}

/// A database error's own message: its `Display` says only "db error".
pub(crate) fn detail(error: &tokio_postgres::Error) -> String {
    error
        .as_db_error()
        .map_or_else(|| error.to_string(), |db| format!("{} ({})", db.message(), db.code().code()))
}
