//! What the crates below report, as problems. What only their operator can mend is logged here, once; callers read
//! that it is not their fault.

use std::error::Error;

use axum::http::StatusCode;
use nabij_log::{AppendError, ExecuteError, LogError, LogErrorKind};
use tokio_postgres::error::SqlState;

use crate::problem::Problem;

/// Seconds after which a lost connection is usually back.
const SOON: u32 = 2;

impl From<LogError> for Problem {
    fn from(error: LogError) -> Self {
        match error.kind() {
            LogErrorKind::Unavailable => Self::unavailable(
                "log-away",
                "the event log does not answer: repeat the call, a write with the same Idempotency-Key",
                SOON,
            ),
            LogErrorKind::Full => {
                tracing::error!(%error, "the log is full");
                Self::unavailable(
                    "log-full",
                    "the event log has no room left and takes nothing until it is given some: tell who runs it",
                    60,
                )
            }
            LogErrorKind::Rewound => {
                tracing::error!(%error, "the log was rewound");
                Self::unavailable(
                    "log-rewound",
                    "the event log lost what it had acknowledged and takes nothing until it is restored: tell who runs it",
                    60,
                )
            }
            _ => {
                tracing::error!(%error, "the log failed");
                Self::internal()
            }
        }
    }
}

impl From<ExecuteError> for Problem {
    fn from(error: ExecuteError) -> Self {
        match error {
            ExecuteError::Refused(refusal) => refusal.into(),
            ExecuteError::Conflict { .. } => Self::new(
                StatusCode::CONFLICT,
                "busy-record",
                "others kept changing this record at the same moment: read it again and repeat",
            ),
            ExecuteError::VersionMismatch { expected, actual, .. } => Self::new(
                StatusCode::PRECONDITION_FAILED,
                "stale-version",
                format!(
                    "the record is at version {actual}, not {expected}: read it again before changing it"
                ),
            ),
            ExecuteError::KeyReused { .. } => Self::new(
                StatusCode::CONFLICT,
                "idempotency-key-reused",
                "this Idempotency-Key named another request already: give every new request a fresh one",
            ),
            ExecuteError::Unstorable(why) => {
                Self::invalid("unstorable", format!("it cannot be stored: {why}"), "")
            }
            ExecuteError::Unavailable(error) | ExecuteError::Log(error) => error.into(),
        }
    }
}

impl From<AppendError> for Problem {
    fn from(error: AppendError) -> Self {
        ExecuteError::from(error).into()
    }
}

impl Problem {
    /// The views cannot be read; `error` is logged, since it tells callers nothing.
    pub(crate) fn views_away(error: &(dyn Error + 'static)) -> Self {
        tracing::warn!(%error, "the views cannot be read");
        if is_unbuilt(error) {
            return Self::unavailable(
                "views-unbuilt",
                "the views are being built for the first time: read again in a moment; writes work already",
                SOON,
            );
        }
        Self::unavailable(
            "views-away",
            "the database of the views does not answer: read again in a moment; writes still work",
            SOON,
        )
    }
}

/// Whether PostgreSQL answered that a table is not there: no projector ran yet.
fn is_unbuilt(error: &(dyn Error + 'static)) -> bool {
    let missing = [SqlState::UNDEFINED_TABLE, SqlState::INVALID_SCHEMA_NAME];
    let mut cause = Some(error);
    while let Some(error) = cause {
        let code = error.downcast_ref().and_then(tokio_postgres::Error::code);
        if code.is_some_and(|code| missing.contains(code)) {
            return true;
        }
        cause = error.source();
    }
    false
}
