//! Parquet: typed columns, all optional, Snappy, row groups of a fixed number of rows so that memory stays flat.

use std::fs::File;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use jiff::civil::{Date, date};
use parquet::basic::{Compression, LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DataType, DoubleType, FixedLenByteArray, FixedLenByteArrayType,
    Int32Type, Int64Type,
};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::Type as Field;
use tokio_postgres::types::Type;

use super::cell::Cell;
use super::dataset::Dataset;
use super::sink::Sink;

/// Rows that are held until they are written as one group.
const GROUP: usize = 20_000;
/// Day 0 of a Parquet date.
const EPOCH: Date = date(1970, 1, 1);

/// A Parquet file.
pub(super) struct Parquet {
    writer: SerializedFileWriter<File>,
    columns: Vec<Vec<Cell>>,
}

impl Parquet {
    pub(super) fn new(file: File, dataset: &Dataset) -> Result<Self> {
        let fields = dataset.columns.iter().map(|(name, kind)| field(name, kind).map(Arc::new));
        let schema =
            Field::group_type_builder(dataset.name).with_fields(fields.collect::<Result<_>>()?).build()?;
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
        let writer = SerializedFileWriter::new(file, Arc::new(schema), Arc::new(properties))?;
        Ok(Self { writer, columns: vec![Vec::new(); dataset.columns.len()] })
    }

    fn group(&mut self, dataset: &Dataset) -> Result<()> {
        if self.columns.first().is_none_or(Vec::is_empty) {
            return Ok(());
        }
        let mut group = self.writer.next_row_group()?;
        for ((_, kind), cells) in dataset.columns.iter().zip(&mut self.columns) {
            column(&mut group, kind, std::mem::take(cells))?;
        }
        group.close()?;
        Ok(())
    }
}

impl Sink for Parquet {
    fn row(&mut self, dataset: &Dataset, cells: Vec<Cell>) -> Result<()> {
        for (column, cell) in self.columns.iter_mut().zip(cells) {
            column.push(cell);
        }
        if self.columns.first().is_some_and(|column| column.len() >= GROUP) {
            self.group(dataset)?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>, dataset: &Dataset) -> Result<()> {
        self.group(dataset)?;
        self.writer.close()?;
        Ok(())
    }
}

fn field(name: &str, kind: &Type) -> Result<Field> {
    let (physical, logical, length) = match *kind {
        Type::BOOL => (Physical::BOOLEAN, None, 0),
        Type::INT2 | Type::INT4 => (Physical::INT32, None, 0),
        Type::INT8 => (Physical::INT64, None, 0),
        Type::FLOAT8 => (Physical::DOUBLE, None, 0),
        Type::TEXT => (Physical::BYTE_ARRAY, Some(LogicalType::String), 0),
        Type::UUID => (Physical::FIXED_LEN_BYTE_ARRAY, Some(LogicalType::Uuid), 16),
        Type::DATE => (Physical::INT32, Some(LogicalType::Date), 0),
        Type::TIMESTAMPTZ => (Physical::INT64, Some(LogicalType::timestamp(true, TimeUnit::MICROS)), 0),
        _ => bail!("the column {name} is of type {kind}, which no export knows"),
    };
    let field = Field::primitive_type_builder(name, physical)
        .with_repetition(Repetition::OPTIONAL)
        .with_logical_type(logical)
        .with_length(length);
    Ok(field.build()?)
}

fn column(group: &mut SerializedRowGroupWriter<'_, File>, kind: &Type, cells: Vec<Cell>) -> Result<()> {
    match *kind {
        Type::BOOL => write::<BoolType>(group, cells, |cell| match cell {
            Cell::Bool(value) => Some(value),
            _ => None,
        }),
        Type::INT2 | Type::INT4 => write::<Int32Type>(group, cells, |cell| match cell {
            Cell::Integer(value) => i32::try_from(value).ok(),
            _ => None,
        }),
        Type::DATE => write::<Int32Type>(group, cells, |cell| match cell {
            Cell::Day(day) => (day - EPOCH).get_days().into(),
            _ => None,
        }),
        Type::INT8 => write::<Int64Type>(group, cells, |cell| match cell {
            Cell::Integer(value) => Some(value),
            _ => None,
        }),
        Type::TIMESTAMPTZ => write::<Int64Type>(group, cells, |cell| match cell {
            Cell::Moment(at) => Some(at.as_microsecond()),
            _ => None,
        }),
        Type::FLOAT8 => write::<DoubleType>(group, cells, |cell| match cell {
            Cell::Real(value) => Some(value),
            _ => None,
        }),
        Type::UUID => write::<FixedLenByteArrayType>(group, cells, |cell| match cell {
            Cell::Id(id) => Some(FixedLenByteArray::from(id.as_bytes().to_vec())),
            _ => None,
        }),
        _ => write::<ByteArrayType>(group, cells, |cell| match cell {
            Cell::Text(text) => Some(ByteArray::from(text.into_bytes())),
            _ => None,
        }),
    }
}

/// Writes one column of a row group: the values that are there, and a level for each row that says whether it has one.
fn write<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, File>,
    cells: Vec<Cell>,
    value: impl Fn(Cell) -> Option<T::T>,
) -> Result<()> {
    let mut levels = Vec::with_capacity(cells.len());
    let mut values = Vec::with_capacity(cells.len());
    for cell in cells {
        let value = value(cell);
        levels.push(i16::from(value.is_some()));
        values.extend(value);
    }
    let mut column = group.next_column()?.context("a row group has too few columns")?;
    column.typed::<T>().write_batch(&values, Some(&levels), None)?;
    column.close()?;
    Ok(())
}
