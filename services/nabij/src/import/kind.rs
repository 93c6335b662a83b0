//! What an import of one kind adds to the machinery that all share.
//!
//! To add a kind: a file with its map and its [`Kind`], and a line in `commands/import.rs`.

use jiff::Timestamp;
use nabij_model::recorded::CommandRef;
use nabij_model::text::Code;
use nabij_model::{CommandId, Decider, EventHash};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::centre::{CentreMap, Place};
use super::row::{Named, Reject};
use super::table::Layout;

/// `[[skip]]` of a map: rows that are no entries, a file's own totals for example. They are counted, not rejected.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Skip {
    /// The column.
    pub(crate) column: String,
    /// The cells; an empty text for an empty cell.
    pub(crate) values: Vec<String>,
}

impl Skip {
    /// Whether the row is none of ours.
    pub(crate) fn skips(&self, row: Named<'_>) -> bool {
        let cell = row.cell(&self.column).unwrap_or_default();
        self.values.iter().any(|value| value == cell)
    }
}

/// When we say that we wrote an entry down: history has a past only if its events have one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RecordedAt {
    /// At the import.
    #[default]
    Import,
    /// When it happened, or was counted.
    Occurred,
    /// When the register took it, where it says so, else when it happened.
    Registered,
}

/// What a map has whatever its kind.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frame<'a> {
    pub(crate) layout: &'a Layout,
    pub(crate) skip: &'a [Skip],
    pub(crate) centre: &'a CentreMap,
}

/// What a row comes down to.
pub(crate) struct Entry<A: Decider> {
    pub(crate) id: Uuid,
    pub(crate) command: A::Command,
    /// When we say that we wrote it down; absent: now.
    pub(crate) recorded_at: Option<Timestamp>,
    /// What tells a repeat of the row from another one.
    pub(crate) repeat: CommandRef,
}

/// One kind of import.
pub(crate) trait Kind {
    /// What its rows become.
    type Aggregate: Decider<Command: Sync>;

    fn frame(&self) -> Frame<'_>;

    /// Every column that the map names beside those of the frame.
    fn columns(&self) -> Vec<&str>;

    /// What the map lacks.
    fn check(&self) -> Result<(), String>;

    /// The entry that a row comes down to.
    fn entry(&self, row: Named<'_>, place: &Place) -> Result<Entry<Self::Aggregate>, Reject>;

    /// The column that a field of the event came from.
    fn column_of(&self, field: &str) -> &str;

    /// The id of an entry under the operator of its centre, where it follows from that too.
    fn id_under(&self, _entry: &Entry<Self::Aggregate>, _operator: &Code) -> Option<Uuid> {
        None
    }

    /// The state after the registration of a new centre, where that is what the entries are about: for a dry run.
    fn new_centre(&self, _operator: &Code) -> Option<<Self::Aggregate as Decider>::State> {
        None
    }
}

/// Names an entry by `parts`; the same entry with another body is another matter.
pub(crate) fn repeat(parts: &[&str], body: &impl Serialize) -> CommandRef {
    let body = serde_json::to_vec(body).unwrap_or_default();
    CommandRef { id: CommandId::derived(parts), body: EventHash(Sha256::digest(body).into()) }
}
