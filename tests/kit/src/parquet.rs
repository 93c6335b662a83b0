//! What a Parquet file says: its bytes are compressed, and a search of them finds nothing.

use std::fs::File;
use std::path::Path;

use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use serde_json::{Map, Value};
use uuid::Uuid;

/// Every row as an object of its columns; ids and times as text.
///
/// # Panics
/// When it cannot be read.
#[must_use]
pub fn parquet_rows(file: &Path) -> Vec<Value> {
    let open = File::open(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let reader = SerializedFileReader::new(open).expect("a Parquet file");
    let rows = reader.get_row_iter(None).expect("rows");
    rows.map(|row| {
        let row = row.expect("a row");
        let columns = row.get_column_iter().map(|(name, field)| (name.clone(), value(field)));
        Value::Object(columns.collect::<Map<_, _>>())
    })
    .collect()
}

fn value(field: &Field) -> Value {
    match field {
        Field::Null => Value::Null,
        Field::Bool(value) => (*value).into(),
        Field::Int(value) => (*value).into(),
        Field::Long(value) => (*value).into(),
        Field::Double(value) => (*value).into(),
        Field::Str(text) => text.as_str().into(),
        Field::Bytes(bytes) => match Uuid::from_slice(bytes.data()) {
            Ok(id) => id.to_string().into(),
            Err(_) => String::from_utf8_lossy(bytes.data()).into(),
        },
        other => other.to_string().into(),
    }
}
