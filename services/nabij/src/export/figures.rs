//! The figures of a report as files: CSV as the interface writes it, and Parquet with typed columns.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use nabij_underreporting::report::Everything;
use nabij_underreporting::report::csv::{COLUMNS, Field, Kind, rows, to_csv_of};
use tokio_postgres::types::Type;

use super::cell::Cell;
use super::dataset::Dataset;
use super::parquet::Parquet;
use super::sink::Sink as _;

/// Writes `figures.csv` and `figures.parquet` with every figure of every report; gives the files and how many figures.
pub(crate) fn write(all: &Everything, folder: &Path) -> Result<(Vec<PathBuf>, usize)> {
    let (csv, parquet) = (folder.join("figures.csv"), folder.join("figures.parquet"));
    let part = csv.with_extension("csv-part");
    std::fs::write(&part, to_csv_of(&all.reports())).with_context(|| cannot(&part))?;
    std::fs::rename(&part, &csv).with_context(|| cannot(&csv))?;
    let part = parquet.with_extension("parquet-part");
    let dataset = dataset();
    let file = std::fs::File::create(&part).with_context(|| cannot(&part))?;
    let mut sink = Box::new(Parquet::new(file, &dataset)?);
    let mut written = 0;
    for row in all.reports().into_iter().flat_map(rows) {
        sink.row(&dataset, row.into_iter().map(cell).collect())?;
        written += 1;
    }
    sink.finish(&dataset)?;
    std::fs::rename(&part, &parquet).with_context(|| cannot(&parquet))?;
    Ok((vec![csv, parquet], written))
}

fn cannot(file: &Path) -> String {
    format!("{} cannot be written", file.display())
}

fn dataset() -> Dataset {
    let columns = COLUMNS.map(|(name, kind)| {
        let kind = match kind {
            Kind::Text => Type::TEXT,
            Kind::Real => Type::FLOAT8,
            Kind::Count => Type::INT8,
        };
        (name, kind)
    });
    Dataset { name: "figures", columns: columns.into(), sql: String::new() }
}

fn cell(field: Field) -> Cell {
    match field {
        Field::None => Cell::None,
        Field::Text(text) => Cell::Text(text),
        Field::Real(value) => Cell::Real(value),
        Field::Count(count) => Cell::Integer(count.cast_signed()),
    }
}
