//! CSV and NDJSON: times in RFC 3339, an absent value is an empty field or `null`.

use std::fs::File;
use std::io::{BufWriter, Write};

use anyhow::Result;
use serde_json::{Map, Value};

use super::cell::Cell;
use super::dataset::Dataset;
use super::sink::Sink;

/// A CSV file with a header.
pub(super) struct Csv(csv::Writer<File>);

impl Csv {
    pub(super) fn new(file: File, dataset: &Dataset) -> Result<Self> {
        let mut writer = csv::Writer::from_writer(file);
        writer.write_record(dataset.columns.iter().map(|(name, _)| *name))?;
        Ok(Self(writer))
    }
}

impl Sink for Csv {
    fn row(&mut self, _: &Dataset, cells: Vec<Cell>) -> Result<()> {
        Ok(self.0.write_record(cells.into_iter().map(text))?)
    }

    fn finish(mut self: Box<Self>, _: &Dataset) -> Result<()> {
        Ok(self.0.flush()?)
    }
}

fn text(cell: Cell) -> String {
    match cell {
        Cell::None => String::new(),
        Cell::Bool(value) => value.to_string(),
        Cell::Integer(value) => value.to_string(),
        Cell::Real(value) => value.to_string(),
        Cell::Text(value) => value,
        Cell::Id(value) => value.to_string(),
        Cell::Moment(value) => value.to_string(),
        Cell::Day(value) => value.to_string(),
    }
}

/// One JSON object a line; a body is an object in it.
pub(super) struct Ndjson(BufWriter<File>);

impl Ndjson {
    pub(super) fn new(file: File) -> Self {
        Self(BufWriter::new(file))
    }
}

impl Sink for Ndjson {
    fn row(&mut self, dataset: &Dataset, cells: Vec<Cell>) -> Result<()> {
        let mut object = Map::new();
        for ((name, _), cell) in dataset.columns.iter().zip(cells) {
            let value = match cell {
                Cell::None => Value::Null,
                Cell::Bool(value) => value.into(),
                Cell::Integer(value) => value.into(),
                Cell::Real(value) => value.into(),
                Cell::Text(value) if *name == "body" => serde_json::from_str(&value)?,
                other => text(other).into(),
            };
            object.insert((*name).to_owned(), value);
        }
        serde_json::to_writer(&mut self.0, &object)?;
        Ok(self.0.write_all(b"\n")?)
    }

    fn finish(mut self: Box<Self>, _: &Dataset) -> Result<()> {
        Ok(self.0.flush()?)
    }
}
