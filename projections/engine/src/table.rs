//! A projected table, as the engine needs to know it.

use tokio_postgres::types::Type;

/// A table of append-only facts: its name and its columns in the order in which rows are written.
///
/// The projection's DDL creates it; arrays are not allowed as columns of a projection's, whose small batches travel as one array a
/// column.
#[derive(Debug)]
pub struct Table {
    /// The name, without the schema.
    pub name: &'static str,
    /// Name and PostgreSQL type of each column.
    pub columns: &'static [(&'static str, Type)],
}

impl Table {
    /// Whether it has a column of this name.
    pub(crate) fn has(&self, column: &str) -> bool {
        self.columns.iter().any(|(name, _)| *name == column)
    }

    /// `COPY schema.table (columns) FROM STDIN`, in PostgreSQL's binary form.
    pub(crate) fn copy_statement(&self, schema: &str) -> String {
        format!("COPY \"{schema}\".{} ({}) FROM STDIN (FORMAT binary)", self.name, self.column_list())
    }

    /// `INSERT .. SELECT FROM unnest(..)`: one array parameter a column.
    pub(crate) fn insert_statement(&self, schema: &str) -> String {
        let arrays: Vec<String> = (1..)
            .zip(self.columns)
            .map(|(position, (_, kind))| format!("${position}::{}[]", kind.name()))
            .collect();
        format!(
            "INSERT INTO \"{schema}\".{} ({}) SELECT * FROM unnest({})",
            self.name,
            self.column_list(),
            arrays.join(", ")
        )
    }

    fn column_list(&self) -> String {
        let names: Vec<&str> = self.columns.iter().map(|(name, _)| *name).collect();
        names.join(", ")
    }
}
