//! Input: a map, tried for each kind of import, on a file with the columns that it names.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nabij_fuzz::{What, import};

/// One a row, in every column.
const CELLS: [&str; 8] =
    ["", "1", "2024/118", "2026-03-29 02:30", "31/01/2009", "2026-03-01T12:00Z", "fedasil", "true"];

fuzz_target!(|input: &[u8]| {
    let Ok(map) = std::str::from_utf8(input) else { return };
    for what in What::ALL {
        import(what, map, |columns| {
            let mut names: Vec<&str> = columns.to_vec();
            names.sort_unstable();
            names.dedup();
            let mut writer = csv::Writer::from_writer(Vec::new());
            let rows = CELLS.iter().map(|cell| vec![*cell; names.len()]);
            for row in std::iter::once(names.clone()).chain(rows) {
                writer.write_record(row).expect("memory can be written to");
            }
            writer.into_inner().expect("memory can be written to")
        });
    }
});
