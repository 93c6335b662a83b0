//! One row of a table, and what is wrong with it.

use csv::StringRecord;

/// Why a row is not taken: it goes to the rejects, the others go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reject {
    /// The column that is to blame; empty when it is the row as a whole.
    pub(crate) column: String,
    /// What was wrong. Never repeats the cell: it may hold what nobody should read in a log.
    pub(crate) reason: String,
}

impl Reject {
    pub(crate) fn new(column: &str, reason: impl Into<String>) -> Self {
        Self { column: column.to_owned(), reason: reason.into() }
    }
}

/// The names of the columns.
#[derive(Debug, Clone)]
pub(crate) struct Header(StringRecord);

impl Header {
    pub(super) fn new(record: StringRecord) -> Self {
        Self(record)
    }

    /// All names, in order.
    pub(crate) fn names(&self) -> &StringRecord {
        &self.0
    }

    /// How many columns have this name.
    pub(crate) fn count(&self, column: &str) -> usize {
        self.0.iter().filter(|name| name.trim() == column).count()
    }
}

/// One row.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    /// The line of the file on which it begins, from 1.
    pub(crate) line: u64,
    /// Its cells as they stand there.
    pub(crate) cells: StringRecord,
}

impl Row {
    /// The cell of a column, without white space around it; `None` when it is empty.
    pub(crate) fn cell<'a>(&'a self, header: &Header, column: &str) -> Option<&'a str> {
        let place = header.0.iter().position(|name| name.trim() == column)?;
        self.cells.get(place).map(str::trim).filter(|cell| !cell.is_empty())
    }
}

/// A row with the names of its cells.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Named<'a> {
    /// The names.
    pub(crate) header: &'a Header,
    /// The cells.
    pub(crate) row: &'a Row,
}

impl<'a> Named<'a> {
    /// See [`Row::cell`].
    pub(crate) fn cell(&self, column: &str) -> Option<&'a str> {
        self.row.cell(self.header, column)
    }
}
