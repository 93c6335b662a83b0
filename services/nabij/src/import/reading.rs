//! A map, its file and each row, read before any of it meets the log.

use std::path::Path;

use anyhow::anyhow;

use super::centre::Place;
use super::kind::{Entry, Kind};
use super::row::{Header, Named, Reject, Row};
use super::table::Table;

/// The centre that a row names and the entry that the row comes down to.
pub(crate) type Placed<K> = (Place, Entry<<K as Kind>::Aggregate>);

/// Opens a file with a map that lacks nothing, if it is the file that the map describes.
pub(crate) fn open<K: Kind>(kind: &K, file: &Path) -> anyhow::Result<Table> {
    kind.check().map_err(|lack| anyhow!("the map: {lack}"))?;
    let frame = kind.frame();
    frame.centre.check().map_err(|lack| anyhow!("the map: {lack}"))?;
    let mut columns = kind.columns();
    columns.extend(frame.centre.columns());
    columns.extend(frame.skip.iter().map(|skip| skip.column.as_str()));
    Table::open(file, frame.layout, &columns)
}

/// The entry of a row; nothing when the map skips it.
pub(crate) fn entry<K: Kind>(kind: &K, header: &Header, row: &Row) -> Result<Option<Placed<K>>, Reject> {
    let named = Named { header, row };
    let frame = kind.frame();
    let (found, expected) = (row.cells.len(), header.names().len());
    if found != expected {
        return Err(Reject::new("", format!("{found} cells, and the header names {expected}")));
    }
    if frame.skip.iter().any(|skip| skip.skips(named)) {
        return Ok(None);
    }
    let place = frame.centre.place(named)?;
    let entry = kind.entry(named, &place)?;
    Ok(Some((place, entry)))
}
