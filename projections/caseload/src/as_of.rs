//! From a time to the sequence up to which the network knew things then.

use jiff::Timestamp;

use crate::reader::{ReadError, Reader};

impl Reader {
    /// The last event that the network knew at `time`; 0 before the first.
    ///
    /// Through `known_at`, which never falls along the log: imported history carries old times but was not known then.
    ///
    /// # Errors
    /// When PostgreSQL is away.
    pub async fn sequence_at(&self, time: Timestamp) -> Result<u64, ReadError> {
        let rows = self
            .query(
                "SELECT recorded_seq FROM $schema.timeline WHERE known_at <= $1
                 ORDER BY known_at DESC, recorded_seq DESC LIMIT 1",
                &[&time],
            )
            .await?;
        Ok(rows.first().map_or(0, |row| row.get::<_, i64>(0) as u64))
    }

    /// The highest sequence that these views show.
    ///
    /// # Errors
    /// When PostgreSQL is away.
    pub async fn sequence(&self) -> Result<u64, ReadError> {
        let rows = self
            .query(
                "SELECT recorded_seq FROM $schema.timeline ORDER BY known_at DESC, recorded_seq DESC LIMIT 1",
                &[],
            )
            .await?;
        Ok(rows.first().map_or(0, |row| row.get::<_, i64>(0) as u64))
    }
}
