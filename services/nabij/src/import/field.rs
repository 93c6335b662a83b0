//! One value that a map takes from a row.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::row::{Named, Reject};

/// Where a value comes from: a column, with translations, or the same for all rows.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Field<T> {
    /// The column.
    column: Option<String>,
    /// The same for every row, in place of a column.
    constant: Option<T>,
    /// What an empty cell stands for; absent: an empty cell gives no value.
    missing: Option<T>,
    /// What a cell stands for that does not say it in our words.
    #[serde(default = "BTreeMap::new")]
    values: BTreeMap<String, T>,
}

impl<T: Clone> Field<T> {
    /// The column that must be there.
    pub(crate) fn column(&self) -> Option<&str> {
        self.column.as_deref()
    }

    /// The column's name in a message.
    pub(crate) fn name(&self) -> &str {
        self.column().unwrap_or_default()
    }

    /// Whether the map says exactly one of `column` and `constant`.
    pub(crate) fn is_sound(&self) -> bool {
        self.column.is_some() != self.constant.is_some()
    }

    /// The value of a row; `parse` reads a cell that is not translated and says what was expected.
    pub(crate) fn read(
        &self,
        row: Named<'_>,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<T>, Reject> {
        if let Some(constant) = &self.constant {
            return Ok(Some(constant.clone()));
        }
        let Some(cell) = row.cell(self.name()) else { return Ok(self.missing.clone()) };
        match self.values.get(cell) {
            Some(value) => Ok(Some(value.clone())),
            None => parse(cell).map(Some).map_err(|reason| Reject::new(self.name(), reason)),
        }
    }

    /// The same, where a row without it cannot be taken.
    pub(crate) fn need(
        &self,
        row: Named<'_>,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T, Reject> {
        self.read(row, parse)?.ok_or_else(|| Reject::new(self.name(), "empty, and the map has no `missing`"))
    }
}

/// A cell that is a word of a closed list, as our events write it.
pub(crate) fn word<T: DeserializeOwned>(cell: &str) -> Result<T, String> {
    serde_json::from_value(cell.into())
        .map_err(|error| unrepeated(&error.to_string(), "translate it under `values` of the map"))
}

/// A cell that is a number or `true` or `false`.
pub(crate) fn literal<T: DeserializeOwned>(cell: &str) -> Result<T, String> {
    serde_json::from_str(cell).map_err(|_| "not a whole number, or not true or false".to_owned())
}

/// What a parser expected, without the cell that it repeats.
fn unrepeated(message: &str, advice: &str) -> String {
    match message.split_once("expected ") {
        Some((_, expected)) => format!("expected {expected}; or {advice}"),
        None => format!("not understood; {advice}"),
    }
}
