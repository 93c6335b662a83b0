//! Where rows go.

use anyhow::Result;

use super::cell::Cell;
use super::dataset::Dataset;

/// A file that is being written.
pub(super) trait Sink: Send {
    /// Adds a row; one cell for each column of the dataset.
    fn row(&mut self, dataset: &Dataset, cells: Vec<Cell>) -> Result<()>;
    /// Completes the file.
    fn finish(self: Box<Self>, dataset: &Dataset) -> Result<()>;
}
