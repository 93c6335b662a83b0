//! A day without a time of day.

use jiff::civil::Date;
use serde::Deserialize;

use super::row::{Named, Reject};

/// A column of days in a map.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DayMap {
    /// The column.
    pub(crate) column: String,
    /// `%Y-%m-%d`.
    format: String,
}

impl DayMap {
    /// The day of a row; `None` when the cell is empty.
    pub(crate) fn read(&self, row: Named<'_>) -> Result<Option<Date>, Reject> {
        let Some(cell) = row.cell(&self.column) else { return Ok(None) };
        Date::strptime(&self.format, cell).map(Some).map_err(|_| {
            Reject::new(&self.column, format!("not a day like {} (the map's `format`)", self.format))
        })
    }
}
