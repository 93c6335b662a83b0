//! One value of a row, whatever its type.

use anyhow::{Result, bail};
use jiff::Timestamp;
use jiff::civil::Date;
use nabij_api::pseudonym::{Pseudonyms, facts};
use nabij_model::case::age::today;
use serde_json::Value;
use tokio_postgres::Row;
use tokio_postgres::types::Type;
use uuid::Uuid;

/// A value, or none.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    None,
    Bool(bool),
    Integer(i64),
    Real(f64),
    Text(String),
    Id(Uuid),
    Moment(Timestamp),
    Day(Date),
}

/// Reads a row. In place of the id of a case, a record or an event stands its pseudonym, the same in every file; of a moment, where the
/// dataset tells days, its day; of a body its facts. Centres are no persons and keep their ids.
pub(super) fn cells(
    row: &Row,
    columns: &[(&'static str, Type)],
    pseudonyms: &Pseudonyms,
) -> Result<Vec<Cell>> {
    let read = |(at, (name, kind)): (usize, &(&'static str, Type))| cell(row, at, name, kind, pseudonyms);
    columns.iter().enumerate().map(read).collect()
}

fn cell(row: &Row, at: usize, name: &str, kind: &Type, pseudonyms: &Pseudonyms) -> Result<Cell> {
    let hidden = |id| if is_centre(name) { Cell::Id(id) } else { Cell::Id(pseudonyms.of(id)) };
    let cell = match *row.columns()[at].type_() {
        Type::BOOL => row.try_get::<_, Option<bool>>(at)?.map(Cell::Bool),
        Type::INT2 => row.try_get::<_, Option<i16>>(at)?.map(|value| Cell::Integer(value.into())),
        Type::INT4 => row.try_get::<_, Option<i32>>(at)?.map(|value| Cell::Integer(value.into())),
        Type::INT8 => row.try_get::<_, Option<i64>>(at)?.map(Cell::Integer),
        Type::FLOAT8 => row.try_get::<_, Option<f64>>(at)?.map(Cell::Real),
        Type::UUID => row.try_get::<_, Option<Uuid>>(at)?.map(hidden),
        Type::TIMESTAMPTZ if *kind == Type::DATE => {
            row.try_get::<_, Option<Timestamp>>(at)?.map(|moment| Cell::Day(today(moment)))
        }
        Type::TIMESTAMPTZ => row.try_get::<_, Option<Timestamp>>(at)?.map(Cell::Moment),
        Type::DATE => row.try_get::<_, Option<Date>>(at)?.map(Cell::Day),
        Type::TEXT if name == "body" => row.try_get::<_, Option<&str>>(at)?.map(told).transpose()?,
        Type::TEXT => row.try_get::<_, Option<String>>(at)?.map(Cell::Text),
        _ => bail!("the column {name} is of type {kind}, which no export knows"),
    };
    Ok(cell.unwrap_or(Cell::None))
}

fn is_centre(name: &str) -> bool {
    name == "centre" || name.ends_with("_centre")
}

/// What of a body is a fact.
fn told(body: &str) -> Result<Cell> {
    Ok(Cell::Text(Value::Object(facts(&serde_json::from_str(body)?)).to_string()))
}
