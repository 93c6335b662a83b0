//! What an import did, or would do.

use std::fmt;

use serde::Serialize;

/// Counts of rows, but for the centres.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Report {
    pub(crate) kind: &'static str,
    pub(crate) file: String,
    /// Nothing was appended: the counts say what would happen.
    pub(crate) dry_run: bool,
    /// Told to stop before the end: import again, nothing is doubled.
    pub(crate) stopped: bool,
    pub(crate) rows: u64,
    pub(crate) added: u64,
    /// Imported before, with the same content.
    pub(crate) present: u64,
    /// None of ours, as the map says.
    pub(crate) skipped: u64,
    pub(crate) rejected: u64,
    pub(crate) centres_registered: u64,
    pub(crate) seconds: f64,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, file, rows, added, present, skipped, rejected, centres_registered, .. } = self;
        let (add, register) =
            if self.dry_run { ("would be added", "would be registered") } else { ("added", "registered") };
        write!(
            f,
            "{kind} of {file}: {rows} rows, {added} {add}, {present} present already, {skipped} skipped by the map, \
             {rejected} rejected; {centres_registered} centres {register}; {:.1} s",
            self.seconds
        )?;
        if self.stopped {
            f.write_str("; stopped before the end: import again, nothing is doubled")?;
        }
        Ok(())
    }
}
