//! What the fuzz targets share: the importer's reading, and how a map and a file go through it.

#[expect(
    dead_code,
    unreachable_pub,
    reason = "the importer's own files: what only its log side uses is idle here"
)]
mod import;

use std::io::Write;
use std::path::Path;

use serde::de::DeserializeOwned;
use tempfile::NamedTempFile;

use crate::import::kind::Kind;
use crate::import::row::Named;
use crate::import::{cases, incidents, occupancy, reading, signals};

/// What the rows of a file are: the argument of `nabij import`.
#[derive(Debug, Clone, Copy)]
pub enum What {
    Incidents,
    Occupancy,
    Cases,
    Signals,
}

impl What {
    pub const ALL: [Self; 4] = [Self::Incidents, Self::Occupancy, Self::Cases, Self::Signals];

    /// The map of `deploy/maps` for it.
    pub fn example(self) -> &'static str {
        match self {
            Self::Incidents => include_str!("../../../deploy/maps/au_incidents.toml"),
            Self::Occupancy => include_str!("../../../deploy/maps/au_population.toml"),
            Self::Cases => include_str!("../../../deploy/maps/cases.toml"),
            Self::Signals => include_str!("../../../deploy/maps/signals.toml"),
        }
    }
}

/// Reads a file by a map as the importer does, up to the entries: a dry run without a log. How many rows could be taken;
/// nothing when the map or the file is refused.
pub fn import(what: What, map: &str, file: impl Fn(&[&str]) -> Vec<u8>) -> Option<usize> {
    fn with<M: DeserializeOwned, K: Kind>(
        map: &str,
        new: impl Fn(M) -> anyhow::Result<K>,
        file: impl Fn(&[&str]) -> Vec<u8>,
    ) -> Option<usize> {
        let kind = new(toml::from_str(map).ok()?).ok()?;
        let mut columns = kind.columns();
        columns.extend(kind.frame().centre.columns());
        let mut on_disk = NamedTempFile::new().expect("a temporary file");
        on_disk.write_all(&file(&columns)).expect("a file that can be written");
        rows(&kind, on_disk.path())
    }
    match what {
        What::Incidents => with(map, incidents::Incidents::new, file),
        What::Occupancy => with(map, occupancy::Occupancy::new, file),
        What::Cases => with(map, cases::Cases::new, file),
        What::Signals => with(map, signals::Signals::new, file),
    }
}

fn rows<K: Kind>(kind: &K, file: &Path) -> Option<usize> {
    let table = reading::open(kind, file).ok()?;
    let mut taken = 0;
    for row in table.rows().ok()? {
        // The whole file was looked through before: what is wrong now is a row's, and a row's is a reject.
        let row = row.expect("a file that was opened is read to its end");
        assert!(row.line > 0, "a row without its line");
        match reading::entry(kind, table.header(), &row) {
            Ok(Some((place, _))) => {
                let named = Named { header: table.header(), row: &row };
                taken += usize::from(kind.frame().centre.registration(named, &place).is_ok());
            }
            Ok(None) => {}
            Err(reject) => assert!(!reject.reason.is_empty(), "a reject without a reason"),
        }
    }
    Some(taken)
}
