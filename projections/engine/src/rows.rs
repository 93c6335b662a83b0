//! Rows on their way to PostgreSQL, in the binary form that COPY and array parameters share.
//!
//! In both forms a field is its length (`i32`, -1 for NULL) and its bytes, so a row is encoded once and sent either way.

use bytes::{BufMut, Bytes, BytesMut};
use futures::{SinkExt, pin_mut};
use tokio_postgres::types::{IsNull, ToSql};
use tokio_postgres::{Client, ToStatement};

use crate::projection::ApplyError;
use crate::table::Table;

/// Signature, flags and header extension of binary COPY (PostgreSQL manual, COPY, "Binary Format").
const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// Length of the tuple's field count.
const FIELD_COUNT: usize = 2;

/// The rows that a batch of events adds, table by table.
#[derive(Debug)]
pub struct Rows {
    buffers: Vec<Buffer>,
}

#[derive(Debug)]
struct Buffer {
    table: &'static Table,
    bytes: BytesMut,
    starts: Vec<usize>,
}

/// How far the buffers were filled, so that what one event added can be taken back.
#[derive(Debug)]
pub(crate) struct Mark(Vec<(usize, usize)>);

impl Rows {
    /// Empty buffers for these tables.
    #[must_use]
    pub fn new(tables: &'static [&'static Table]) -> Self {
        let buffers =
            tables.iter().map(|table| Buffer { table, bytes: BytesMut::new(), starts: Vec::new() }).collect();
        Self { buffers }
    }

    /// Starts a row; give every column in order and call [`end`](Row::end).
    ///
    /// # Panics
    /// When the projection does not name the table in [`tables`](crate::Projection::tables): a mistake in the code that any test of the projection shows.
    pub fn row(&mut self, table: &'static Table) -> Row<'_> {
        let buffer = self
            .buffers
            .iter_mut()
            .find(|buffer| std::ptr::eq(buffer.table, table))
            .expect("a projection names every table that it fills");
        let start = buffer.bytes.len();
        buffer.bytes.put_i16(table.columns.len() as i16);
        Row { buffer, start, column: 0, error: None, ended: false }
    }

    /// How many rows there are, over all tables.
    #[must_use]
    pub fn len(&self) -> usize {
        self.buffers.iter().map(|buffer| buffer.starts.len()).sum()
    }

    /// No rows at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether there are rows for this table.
    #[must_use]
    pub fn fills(&self, table: &Table) -> bool {
        self.buffers.iter().any(|buffer| std::ptr::eq(buffer.table, table) && !buffer.starts.is_empty())
    }

    pub(crate) fn mark(&self) -> Mark {
        Mark(self.buffers.iter().map(|buffer| (buffer.bytes.len(), buffer.starts.len())).collect())
    }

    pub(crate) fn back_to(&mut self, mark: &Mark) {
        for (buffer, (bytes, starts)) in self.buffers.iter_mut().zip(&mark.0) {
            buffer.bytes.truncate(*bytes);
            buffer.starts.truncate(*starts);
        }
    }

    /// Every table that got rows, with its rows.
    pub(crate) fn filled(&mut self) -> impl Iterator<Item = (usize, Filled)> + '_ {
        self.buffers.iter_mut().enumerate().filter(|(_, buffer)| !buffer.starts.is_empty()).map(
            |(position, buffer)| {
                let filled = Filled {
                    table: buffer.table,
                    bytes: buffer.bytes.split().freeze(),
                    starts: std::mem::take(&mut buffer.starts),
                };
                (position, filled)
            },
        )
    }
}

/// A row being written.
#[derive(Debug)]
#[must_use = "a row counts only after `end`"]
pub struct Row<'a> {
    buffer: &'a mut Buffer,
    start: usize,
    column: usize,
    error: Option<ApplyError>,
    ended: bool,
}

impl Row<'_> {
    /// The next column. The type must be the column's: a mismatch is an error at [`end`](Self::end).
    pub fn put(mut self, value: impl ToSql) -> Self {
        if self.error.is_some() {
            return self;
        }
        let Some((name, kind)) = self.buffer.table.columns.get(self.column) else {
            self.error = Some(self.wrong("(past the last)", "a value too many"));
            return self;
        };
        let at = self.buffer.bytes.len();
        self.buffer.bytes.put_i32(-1);
        match value.to_sql_checked(kind, &mut self.buffer.bytes) {
            Ok(IsNull::Yes) => {}
            Ok(IsNull::No) => {
                let length = (self.buffer.bytes.len() - at - 4) as i32;
                self.buffer.bytes[at..at + 4].copy_from_slice(&length.to_be_bytes());
            }
            Err(error) => self.error = Some(self.wrong(name, error)),
        }
        self.column += 1;
        self
    }

    /// Completes the row.
    ///
    /// # Errors
    /// [`ApplyError::Row`] when a value did not fit its column, or a column is missing; the row is then dropped.
    pub fn end(mut self) -> Result<(), ApplyError> {
        if self.error.is_none()
            && let Some((name, _)) = self.buffer.table.columns.get(self.column)
        {
            self.error = Some(self.wrong(name, "no value was given"));
        }
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        self.ended = true;
        self.buffer.starts.push(self.start);
        Ok(())
    }

    fn wrong(&self, column: &'static str, what: impl ToString) -> ApplyError {
        ApplyError::Row { table: self.buffer.table.name, column, what: what.to_string() }
    }
}

impl Drop for Row<'_> {
    fn drop(&mut self) {
        if !self.ended {
            self.buffer.bytes.truncate(self.start);
        }
    }
}

/// Copies all rows into their tables of `schema`, and leaves none.
///
/// # Errors
/// When PostgreSQL refuses.
pub async fn copy(client: &Client, schema: &str, rows: &mut Rows) -> Result<(), tokio_postgres::Error> {
    for (_, filled) in rows.filled() {
        let statement = filled.table.copy_statement(schema);
        filled.copy(client, &statement).await?;
    }
    Ok(())
}

/// The rows of one table, ready to send.
#[derive(Debug)]
pub(crate) struct Filled {
    pub(crate) table: &'static Table,
    bytes: Bytes,
    starts: Vec<usize>,
}

impl Filled {
    /// Sends the whole as one binary COPY.
    pub(crate) async fn copy(
        self,
        client: &Client,
        statement: &(impl ToStatement + ?Sized),
    ) -> Result<(), tokio_postgres::Error> {
        let sink = client.copy_in::<_, Bytes>(statement).await?;
        pin_mut!(sink);
        for piece in self.into_copy() {
            sink.feed(piece).await?;
        }
        sink.finish().await?;
        Ok(())
    }

    /// The whole as one binary COPY, in pieces that need no further copying.
    fn into_copy(self) -> [Bytes; 3] {
        const TRAILER: &[u8] = &(-1_i16).to_be_bytes();
        [Bytes::from_static(HEADER), self.bytes, Bytes::from_static(TRAILER)]
    }

    /// The whole as one array parameter a column.
    pub(crate) fn into_arrays(self) -> Vec<ArrayParameter> {
        let mut arrays: Vec<ArrayParameter> = self
            .table
            .columns
            .iter()
            .map(|(_, kind)| ArrayParameter::new(kind.oid(), self.starts.len()))
            .collect();
        for &start in &self.starts {
            let mut rest = &self.bytes[start + FIELD_COUNT..];
            for array in &mut arrays {
                rest = array.take_field(rest);
            }
        }
        arrays
    }
}

/// A one-dimensional array in PostgreSQL's binary form, already encoded.
#[derive(Debug)]
pub(crate) struct ArrayParameter(Vec<u8>);

impl ArrayParameter {
    fn new(element: u32, length: usize) -> Self {
        let mut bytes = Vec::with_capacity(20 + 24 * length);
        bytes.put_i32(1); // dimensions
        bytes.put_i32(1); // may hold NULL
        bytes.put_u32(element);
        bytes.put_i32(length as i32);
        bytes.put_i32(1); // lower bound
        Self(bytes)
    }

    /// Moves the first field of `rest` over, and returns what follows it.
    fn take_field<'a>(&mut self, rest: &'a [u8]) -> &'a [u8] {
        let length = i32::from_be_bytes([rest[0], rest[1], rest[2], rest[3]]);
        let end = 4 + usize::try_from(length).unwrap_or(0);
        self.0.extend_from_slice(&rest[..end]);
        &rest[end..]
    }
}

impl ToSql for ArrayParameter {
    fn to_sql(
        &self,
        _: &tokio_postgres::types::Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        out.extend_from_slice(&self.0);
        Ok(IsNull::No)
    }

    fn accepts(_: &tokio_postgres::types::Type) -> bool {
        true
    }

    tokio_postgres::types::to_sql_checked!();
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio_postgres::types::Type;

    static PAIR: Table = Table { name: "pair", columns: &[("number", Type::INT8), ("word", Type::TEXT)] };

    fn rows() -> Rows {
        static TABLES: [&Table; 1] = [&PAIR];
        Rows::new(&TABLES)
    }

    #[test]
    fn a_row_is_encoded_as_binary_copy_wants_it() {
        let mut rows = rows();
        rows.row(&PAIR).put(7_i64).put(None::<&str>).end().unwrap();
        let (_, filled) = rows.filled().next().unwrap();
        let [header, row, trailer] = filled.into_copy();
        assert_eq!(header.len(), 19);
        assert_eq!(&row[..], [0, 2, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 7, 255, 255, 255, 255]);
        assert_eq!(&trailer[..], [255, 255]);
        assert!(rows.is_empty());
    }

    #[test]
    fn a_row_that_does_not_fit_leaves_nothing_behind() {
        let mut rows = rows();
        rows.row(&PAIR).put(1_i64).put("one").end().unwrap();
        let wrong_type = rows.row(&PAIR).put("two").put("two").end().unwrap_err();
        assert!(wrong_type.to_string().starts_with("table pair, column number"), "{wrong_type}");
        let missing = rows.row(&PAIR).put(2_i64).end().unwrap_err();
        assert_eq!(missing.to_string(), "table pair, column word: no value was given");
        let too_many = rows.row(&PAIR).put(2_i64).put("two").put("two").end().unwrap_err();
        assert!(too_many.to_string().contains("a value too many"), "{too_many}");
        drop(rows.row(&PAIR).put(3_i64));
        assert_eq!(rows.len(), 1);
        assert_eq!(rows.filled().next().unwrap().1.bytes.len(), 2 + 12 + 7);
    }

    #[test]
    fn what_one_event_added_can_be_taken_back() {
        let mut rows = rows();
        rows.row(&PAIR).put(1_i64).put("one").end().unwrap();
        let mark = rows.mark();
        rows.row(&PAIR).put(2_i64).put("two").end().unwrap();
        rows.back_to(&mark);
        assert_eq!(rows.len(), 1);
    }
}
