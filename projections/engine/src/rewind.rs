//! Whether the log is still the one that was projected.

use nabij_log::Log;
use nabij_model::EventHash;

use crate::error::EngineError;

/// Compares a checkpoint with the log, through its leader; when it differs, this process writes no more events either.
///
/// A server that lost its index or was restored from an older copy says nothing; only a checkpoint beyond the end, or
/// another event where it stands, shows it.
pub(crate) async fn check(
    log: &Log,
    projection: &str,
    sequence: u64,
    hash: Option<EventHash>,
) -> Result<(), EngineError> {
    let Some(hash) = hash else { return Ok(()) };
    log.check(sequence, hash).await.map_err(|error| {
        if error.is_rewound() {
            EngineError::Rewound { projection: projection.to_owned(), sequence, found: error.to_string() }
        } else {
            error.into()
        }
    })
}
