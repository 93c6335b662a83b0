//! What a projection is to the engine.

use nabij_model::{CentreId, Recorded};

use crate::rows::Rows;
use crate::settle::{Settlement, Settling};
use crate::table::Table;

/// Why an event cannot be projected; it becomes a dead letter.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// A value does not fit its column.
    #[error("table {table}, column {column}: {what}")]
    Row {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// What was wrong.
        what: String,
    },
    /// The event says something that no event of its type should.
    #[error("the event is inconsistent: {0}")]
    Inconsistent(String),
}

/// The centre of the signal that an event is about.
///
/// # Errors
/// [`ApplyError::Inconsistent`] when the event names none.
pub fn centre_of_signal(event: &Recorded) -> Result<CentreId, ApplyError> {
    event.meta.concerns.centre.ok_or_else(|| {
        ApplyError::Inconsistent("a signal belongs to a centre, and this event names none".to_owned())
    })
}

/// One set of views: tables in one schema a version, and the rows that an event adds to them.
pub trait Projection: Send + Sync + 'static {
    /// Lower case, an identifier: `caseload`.
    fn name(&self) -> &'static str;

    /// Raised whenever a table or the meaning of a row changes; the old version's schema stays until it is dropped.
    fn version(&self) -> u32;

    /// `CREATE TABLE ..`, run with the fresh schema as search path.
    fn ddl(&self) -> &'static str;

    /// `CREATE INDEX ..`, run after [`ddl`](Self::ddl), or at the end of a rebuild, where it costs a third.
    fn indexes(&self) -> &'static str;

    /// Every table that [`apply`](Self::apply) fills.
    fn tables(&self) -> &'static [&'static Table];

    /// The rows that this event adds. Pure: no look-ups, no clock, so that a replay gives the same bytes.
    ///
    /// # Errors
    /// [`ApplyError`]; the event and what it names are then parked.
    fn apply(&self, event: &Recorded, rows: &mut Rows) -> Result<(), ApplyError>;

    /// The rows that stay of an event that was about persons alone who are erased: none, unless it is counted without them.
    ///
    /// The event names them nowhere any more but in its own subject, when it is a case's, and its sealed fields are closed.
    ///
    /// # Errors
    /// As [`apply`](Self::apply).
    fn forgotten(&self, event: &Recorded, rows: &mut Rows) -> Result<(), ApplyError> {
        let _ = (event, rows);
        Ok(())
    }

    /// Whether a batch that adds these rows has to be settled.
    fn settles(&self, rows: &Rows) -> bool {
        let _ = rows;
        false
    }

    /// Works out the rows that follow from those that are in; see [`Settlement`]. Doing it again changes nothing.
    fn settle<'a>(&'a self, settlement: Settlement<'a>) -> Settling<'a> {
        let _ = settlement;
        Box::pin(std::future::ready(Ok(())))
    }

    /// Columns that hold the id of a case or of a record: where rows about a person are found. A table that knows events
    /// needs `recorded_seq` too, and `known_at` beside it if any row holds that.
    fn named_in(&self) -> &'static [&'static str] {
        &["case_id", "aggregate"]
    }

    /// The schema that readers of this version use: `caseload_v1`.
    fn schema(&self) -> String {
        format!("{}_v{}", self.name(), self.version())
    }
}
