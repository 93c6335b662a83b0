//! How a run ends: its exit code, and the sentence on standard error.

use std::process::ExitCode;

use deadpool_postgres::PoolError;
use nabij_engine::{EngineError, NotYet};
use nabij_log::{AppendError, ExecuteError, LogError, LogErrorKind};

/// How a command that did its work ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// 0: done.
    Done,
    /// 1: done, with rejects or findings that were told.
    Findings,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Findings => 1,
        })
    }
}

/// The exit code of a failure: 3 when a dependency is away or the log is not what it was, else 2: something that was
/// asked for, or set, is wrong.
pub(crate) fn code(error: &anyhow::Error) -> u8 {
    let dependency = error.chain().any(|cause| {
        let log = |error: &LogError| !matches!(error.kind(), LogErrorKind::Key | LogErrorKind::Backup);
        cause.is::<PoolError>()
            || cause.is::<tokio_postgres::Error>()
            || cause.is::<NotYet>()
            || cause.is::<AppendError>()
            || cause.downcast_ref::<LogError>().is_some_and(log)
            || cause.downcast_ref::<EngineError>().is_some_and(|error| error.exit_code() == 3)
            || matches!(cause.downcast_ref(), Some(ExecuteError::Unavailable(_) | ExecuteError::Log(_)))
    });
    if dependency { 3 } else { 2 }
}

/// One sentence: what was wrong and where; a cause that the sentence before tells already is not told twice.
pub(crate) fn sentence(error: &anyhow::Error) -> String {
    let mut told = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if told.is_empty() {
            told = cause;
        } else if !told.contains(&cause) {
            told = format!("{told}: {cause}");
        }
    }
    told
}
