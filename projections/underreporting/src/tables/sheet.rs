//! A CSV file, read whole: header, rows, and where each stands.

use std::collections::HashSet;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use csv::{ReaderBuilder, StringRecord, Trim};
use serde::Serialize;

use crate::estimators::BadInput;

/// No network writes down more; estimators are exact and quick up to here.
const MOST: f64 = 1e9;
/// Quantities beyond these are none that anybody measured, and what is worked out of them is no number any more.
const LEAST_AND_MOST: [f64; 2] = [1e-9, 1e15];

/// What is wrong with a table, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{place}: {reason}", place = self.place())]
pub struct TableError {
    /// Which row, from 1, the header not counted; absent when it is the table as a whole.
    pub row: Option<usize>,
    /// Its line in the file, the header counted.
    pub line: Option<u64>,
    /// Which column.
    pub column: Option<String>,
    /// What is wrong and what was expected.
    pub reason: String,
}

impl TableError {
    /// About the table as a whole.
    pub(super) fn whole(reason: impl Into<String>) -> Self {
        Self { row: None, line: None, column: None, reason: reason.into() }
    }

    fn unread(error: &std::io::Error) -> Self {
        Self::whole(format!("it cannot be read: {error}"))
    }

    fn place(&self) -> String {
        let mut place = match (self.row, self.line) {
            (Some(row), Some(line)) => format!("row {row} (line {line})"),
            (Some(row), None) => format!("row {row}"),
            _ => "the table".to_owned(),
        };
        if let Some(column) = &self.column {
            place = format!("{place}, column {column:?}");
        }
        place
    }
}

/// A table whose every row has a cell for every column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    columns: Vec<String>,
    rows: Vec<(u64, StringRecord)>,
}

impl Sheet {
    /// Reads a file; see [`Sheet::read`].
    ///
    /// # Errors
    /// A file that cannot be read, and those of [`Sheet::read`].
    pub fn open(path: &Path) -> Result<Self, TableError> {
        Self::read(File::open(path).map_err(|error| TableError::unread(&error))?)
    }

    /// Reads CSV with a header row; cells are separated by commas, or by semicolons where the header holds no comma but in quotes.
    ///
    /// # Errors
    /// Text that is no UTF-8, an empty table, a column without a name or that stands twice, a row with too few or too many cells.
    pub fn read(mut from: impl Read) -> Result<Self, TableError> {
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes).map_err(|error| TableError::unread(&error))?;
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
        let delimiter = delimiter(text);
        let mut reader =
            ReaderBuilder::new().delimiter(delimiter).flexible(true).trim(Trim::All).from_reader(text);
        let columns: Vec<String> = reader
            .headers()
            .map_err(|_| TableError::whole("its header is not UTF-8"))?
            .iter()
            .map(str::to_owned)
            .collect();
        if columns.iter().all(String::is_empty) {
            return Err(TableError::whole("it is empty: its first line must name the columns"));
        }
        if let Some(unnamed) = columns.iter().position(String::is_empty) {
            return Err(TableError::whole(format!(
                "column {} of {} has no name",
                unnamed + 1,
                columns.len()
            )));
        }
        let mut seen = HashSet::new();
        if let Some(twice) = columns.iter().find(|column| !seen.insert(column.to_lowercase())) {
            return Err(TableError::whole(format!("two columns are called {twice:?}")));
        }
        let mut sheet = Self { columns, rows: Vec::new() };
        let mut lines = Lines { text, at: 0, line: 1 };
        for record in reader.records() {
            let row = sheet.rows.len() + 1;
            let record = record.map_err(|error| TableError {
                row: Some(row),
                line: error.position().map(|position| lines.of(position)),
                column: None,
                reason: "it is not UTF-8".to_owned(),
            })?;
            let line = record.position().map_or(0, |position| lines.of(position));
            let (cells, columns) = (record.len(), sheet.columns.len());
            sheet.rows.push((line, record));
            if cells != columns {
                return Err(sheet.wrong(row - 1, None, format!("it has {cells} cells, not {columns}")));
            }
        }
        if sheet.rows.is_empty() {
            return Err(TableError::whole("it has a header and no rows"));
        }
        Ok(sheet)
    }

    /// The names of its columns.
    #[must_use]
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// How many rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether it has no rows; a sheet that was read has.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The place of a column that must be there.
    pub(super) fn column(&self, name: &str) -> Result<usize, TableError> {
        self.find(name).ok_or_else(|| {
            let found = self.columns.join(", ");
            TableError::whole(format!("it has no column {name:?}; it has {found}"))
        })
    }

    /// The place of a column that may be there.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.eq_ignore_ascii_case(name))
    }

    /// A cell, trimmed.
    pub(super) fn cell(&self, row: usize, column: usize) -> &str {
        self.rows[row].1.get(column).unwrap_or_default()
    }

    /// What is wrong with a row (from 0).
    pub(super) fn wrong(&self, row: usize, column: Option<usize>, reason: impl Into<String>) -> TableError {
        TableError {
            row: Some(row + 1),
            line: self.rows.get(row).map(|(line, _)| *line),
            column: column.map(|column| self.columns[column].clone()),
            reason: reason.into(),
        }
    }

    /// What an estimator found wrong: it counts rows as the table does.
    pub(super) fn bad(&self, bad: &BadInput) -> TableError {
        match bad {
            BadInput::Row { row, problem } => self.wrong(row - 1, None, *problem),
            BadInput::NotAQuantity { row, .. } => self.wrong(row - 1, None, bad.to_string()),
            other => TableError::whole(other.to_string()),
        }
    }

    /// A whole number that is not negative.
    pub(super) fn count(&self, row: usize, column: usize) -> Result<u64, TableError> {
        let number = self.number(row, column)?;
        let text = self.cell(row, column);
        if number < 0.0 {
            return Err(self.wrong(row, Some(column), format!("{text:?} is negative: a count is not")));
        }
        if number.fract() != 0.0 {
            return Err(self.wrong(row, Some(column), format!("{text:?} is not a whole number")));
        }
        if number > MOST {
            let problem = format!("{text:?} is too large for a count: at most 1000000000");
            return Err(self.wrong(row, Some(column), problem));
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked above")]
        let count = number as u64;
        Ok(count)
    }

    /// A number that is not negative, and of a size that somebody can have measured.
    pub(super) fn quantity(&self, row: usize, column: usize) -> Result<f64, TableError> {
        let number = self.number(row, column)?;
        if number < 0.0 {
            let text = self.cell(row, column);
            return Err(self.wrong(row, Some(column), format!("{text:?} is negative")));
        }
        let [least, most] = LEAST_AND_MOST;
        if number > most || (number > 0.0 && number < least) {
            let problem =
                format!("{:?} is out of range: 0, or {least:e} to {most:e}", self.cell(row, column));
            return Err(self.wrong(row, Some(column), problem));
        }
        Ok(number)
    }

    fn number(&self, row: usize, column: usize) -> Result<f64, TableError> {
        let text = self.cell(row, column);
        if text.is_empty() {
            return Err(self.wrong(row, Some(column), "it is empty: expected a number"));
        }
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(number),
            _ => Err(self.wrong(row, Some(column), format!("{text:?} is not a number"))),
        }
    }
}

/// What separates the cells of the header, whatever stands in its quoted names.
fn delimiter(text: &[u8]) -> u8 {
    let mut quoted = false;
    let header = text.iter().take_while(|byte| {
        quoted ^= **byte == b'"';
        quoted || !b"\r\n".contains(byte)
    });
    let mut quoted = false;
    let plain = header.filter(|byte| {
        quoted ^= **byte == b'"';
        !quoted
    });
    let marks: Vec<u8> = plain.filter(|byte| b",;".contains(byte)).copied().collect();
    if marks.contains(&b',') || marks.is_empty() { b',' } else { b';' }
}

/// Counts lines as an editor does: the reader's own count stops before empty lines.
struct Lines<'a> {
    text: &'a [u8],
    at: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line on which the row at or after `position` begins; rows come in order.
    fn of(&mut self, position: &csv::Position) -> u64 {
        let from = usize::try_from(position.byte()).unwrap_or(self.text.len());
        while let Some(byte) = self.text.get(self.at).filter(|byte| self.at < from || b"\r\n".contains(byte))
        {
            self.line += u64::from(*byte == b'\n');
            self.at += 1;
        }
        self.line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(text: &str) -> Result<Sheet, TableError> {
        Sheet::read(text.as_bytes())
    }

    #[test]
    fn commas_or_semicolons_spaces_and_a_byte_order_mark() {
        let commas = sheet("\u{feff}x, n\n 3 ,4\n").unwrap();
        let semicolons = sheet("X;n\r\n3;4\r\n").unwrap();
        let quoted = sheet("\"x\";\"n\";\"a, b\"\n3;4;5\n").unwrap();
        assert_eq!(quoted.columns(), ["x", "n", "a, b"]);
        for sheet in [commas, semicolons, quoted] {
            assert_eq!((sheet.count(0, sheet.column("x").unwrap()), sheet.cell(0, 1)), (Ok(3), "4"));
        }
    }

    #[test]
    fn what_is_wrong_is_named_with_row_line_and_column() {
        let sheet_of = |text: &str| sheet(text).unwrap();
        let error = sheet_of("x,n\n1,2\n\n-3,4\n").count(1, 0).unwrap_err();
        assert_eq!((error.row, error.line), (Some(2), Some(4)));
        assert_eq!(error.to_string(), "row 2 (line 4), column \"x\": \"-3\" is negative: a count is not");
        let said = |text: &str| sheet_of(text).count(0, 0).unwrap_err().reason;
        assert!(said("x\nfour\n").contains("not a number") && said("x\nNaN\n").contains("not a number"));
        assert!(said("x\n1.5\n").contains("whole") && said("x\n1e300\n").contains("too large"));
        assert!(said("x,n\n,1\n").contains("empty") && said("x\n1000000001\n").contains("too large"));
        let measured = |text: &str| sheet_of(text).quantity(0, 0);
        assert_eq!((measured("x\n0\n"), measured("x\n1e-9\n")), (Ok(0.0), Ok(1e-9)));
        assert!(["1e-320", "1e16"].map(|text| measured(&format!("x\n{text}\n"))).iter().all(Result::is_err));
    }

    #[test]
    fn a_table_of_another_form_is_refused() {
        for (text, said) in [
            ("", "empty"),
            ("x,n\n", "no rows"),
            ("x,X\n1,2\n", "two columns"),
            ("x,,n\n1,2,3\n", "column 2 of 3 has no name"),
            ("x,n\n1,2\n3\n", "row 2 (line 3): it has 1 cells, not 2"),
        ] {
            let error = sheet(text).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
        assert!(Sheet::read(&b"x\n\xff\n"[..]).unwrap_err().to_string().contains("UTF-8"));
        assert!(sheet("x\n1\n").unwrap().column("n").unwrap_err().to_string().contains("no column"));
    }
}
