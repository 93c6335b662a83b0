//! Why the access log could not be written or read.

use nabij_engine::ApplyError;
use nabij_log::{LogError, LogErrorKind};

/// Why the access log could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum AccessLogError {
    /// PostgreSQL refused.
    #[error("PostgreSQL: {}", .0.as_db_error().map_or_else(|| .0.to_string(), |db| db.message().to_owned()))]
    Database(#[from] tokio_postgres::Error),
    /// No connection.
    #[error("no connection to PostgreSQL: {0}")]
    Pool(#[from] deadpool_postgres::PoolError),
    /// The audit stream is away, has a gap or was rewound.
    #[error(transparent)]
    Log(#[from] LogError),
    /// A value does not fit its column.
    #[error(transparent)]
    Row(#[from] ApplyError),
    /// Another writer moved the checkpoint.
    #[error("another writer of the access log moved its checkpoint")]
    Fenced,
    /// It does not show what was asked for yet.
    #[error("the access log shows message {reached}, {wanted} is not visible yet: ask again in a second")]
    Behind {
        /// How far it is.
        reached: u64,
        /// How far it should be.
        wanted: u64,
    },
}

impl AccessLogError {
    /// Whether trying again can help.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Log(error) => !matches!(
                error.kind(),
                LogErrorKind::Rewound | LogErrorKind::Gap { .. } | LogErrorKind::Settings
            ),
            Self::Row(_) => false,
            Self::Database(_) | Self::Pool(_) | Self::Fenced | Self::Behind { .. } => true,
        }
    }
}
