//! What can be asked.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use nabij_model::CentreId;
use nabij_model::text::{Code, StaffId};
use uuid::Uuid;

/// Which accesses are asked for; what is left out does not restrict.
#[derive(Debug, Clone, Default)]
pub struct Question {
    /// That showed this case or were about it.
    pub case: Option<Uuid>,
    /// That asked for this record by its id.
    pub record: Option<Uuid>,
    /// By this person.
    pub subject: Option<StaffId>,
    /// By people of this operator.
    pub operator: Option<Code>,
    /// About this centre.
    pub centre: Option<CentreId>,
    /// `allowed`, `refused`, `not_found`.
    pub outcome: Option<&'static str>,
    /// From this moment on.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub to: Option<Timestamp>,
    /// After this one, in the order of the answer.
    pub cursor: Option<Cursor>,
    /// Not what showed anything confidential.
    pub openly: bool,
    /// At most so many.
    pub limit: u32,
}

/// Where a page ends: a message of the audit stream, and a place in it. `4711.3` in addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// The message.
    pub sequence: u64,
    /// The place in it, from 0.
    pub item: u32,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.sequence, self.item)
    }
}

/// The text is no cursor.
#[derive(Debug, thiserror::Error)]
#[error("a cursor is the `next` of the page before: 4711.3 for example")]
pub struct NoCursor;

impl FromStr for Cursor {
    type Err = NoCursor;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (sequence, item) = text.split_once('.').ok_or(NoCursor)?;
        let (sequence, item) = (sequence.parse().map_err(|_| NoCursor)?, item.parse().map_err(|_| NoCursor)?);
        Ok(Self { sequence, item })
    }
}
