//! What became of a command: for the question "did my request of this morning go in?".

use jiff::Timestamp;
use nabij_model::CommandId;
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use crate::reader::{ReadError, Reader};

/// An event that came from a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CommandTrace {
    /// Where it stands in the log.
    pub sequence: u64,
    /// `nabij.signal.logged.v1`.
    pub event_type: String,
    /// Its aggregate.
    pub aggregate: Uuid,
    /// When it was written down.
    pub recorded_at: Timestamp,
}

impl Reader {
    /// The events that came from `command`, in order; none when no such command was ever accepted.
    ///
    /// # Errors
    /// When PostgreSQL is away.
    pub async fn command(&self, command: CommandId) -> Result<Vec<CommandTrace>, ReadError> {
        let rows = self
            .query(
                "SELECT DISTINCT ON (recorded_seq) recorded_seq, event_type, aggregate, recorded_at
                 FROM $schema.timeline WHERE command = $1 ORDER BY recorded_seq",
                &[&command.0],
            )
            .await?;
        Ok(rows
            .iter()
            .map(|row| CommandTrace {
                sequence: row.get::<_, i64>(0) as u64,
                event_type: row.get(1),
                aggregate: row.get(2),
                recorded_at: row.get(3),
            })
            .collect())
    }
}
