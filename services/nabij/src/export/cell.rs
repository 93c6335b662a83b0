//! One value of a row, whatever its type.

use anyhow::{Result, bail};
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Value, json};
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

/// Reads a row; a JSON body comes without the ciphertext of its sealed fields.
pub(super) fn cells(row: &Row, columns: &[(&'static str, Type)]) -> Result<Vec<Cell>> {
    columns.iter().enumerate().map(|(at, (name, kind))| cell(row, at, name, kind)).collect()
}

fn cell(row: &Row, at: usize, name: &str, kind: &Type) -> Result<Cell> {
    let cell = match *kind {
        Type::BOOL => row.try_get::<_, Option<bool>>(at)?.map(Cell::Bool),
        Type::INT2 => row.try_get::<_, Option<i16>>(at)?.map(|value| Cell::Integer(value.into())),
        Type::INT4 => row.try_get::<_, Option<i32>>(at)?.map(|value| Cell::Integer(value.into())),
        Type::INT8 => row.try_get::<_, Option<i64>>(at)?.map(Cell::Integer),
        Type::FLOAT8 => row.try_get::<_, Option<f64>>(at)?.map(Cell::Real),
        Type::UUID => row.try_get::<_, Option<Uuid>>(at)?.map(Cell::Id),
        Type::TIMESTAMPTZ => row.try_get::<_, Option<Timestamp>>(at)?.map(Cell::Moment),
        Type::DATE => row.try_get::<_, Option<Date>>(at)?.map(Cell::Day),
        Type::TEXT if name == "body" => row.try_get::<_, Option<&str>>(at)?.map(closed).transpose()?,
        Type::TEXT => row.try_get::<_, Option<String>>(at)?.map(Cell::Text),
        _ => bail!("the column {name} is of type {kind}, which no export knows"),
    };
    Ok(cell.unwrap_or(Cell::None))
}

/// The body with `{"sealed": true, "level": ..}` in place of every sealed field.
fn closed(body: &str) -> Result<Cell> {
    let mut body: Value = serde_json::from_str(body)?;
    close(&mut body);
    Ok(Cell::Text(body.to_string()))
}

fn close(value: &mut Value) {
    match value {
        Value::Object(fields) if fields.contains_key("sealed") && fields.contains_key("of") => {
            *value = json!({"sealed": true, "level": fields["level"]});
        }
        Value::Object(fields) => fields.values_mut().for_each(close),
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_ciphertext_leaves() {
        let sealed = json!({"sealed": "c2VjcmV0", "key": "case.1", "of": "1#/note", "level": "team"});
        let body = json!({"note": sealed, "needs": [sealed], "kind": "oase"}).to_string();
        let Cell::Text(text) = closed(&body).unwrap() else { panic!("no text") };
        let expected = json!({"sealed": true, "level": "team"});
        assert_eq!(
            serde_json::from_str::<Value>(&text).unwrap(),
            json!({"note": expected, "needs": [expected], "kind": "oase"})
        );
    }
}
