//! The estimators on any table of an analyst: `nabij estimate`.
//!
//! A [`Sheet`] is read and checked row by row; each kind of table has a file with its columns, its answer and the answer as text. Bad
//! input names row, column and reason; what cannot be estimated is an answer, not an error.
//!
//! # To add a table
//!
//! One file: a function from a [`Sheet`] to a serialisable answer with a `text`; a line in `nabij estimate`.

pub mod delays;
mod estimate;
pub mod lists;
pub mod numbers;
pub mod proportion;
pub mod rates;
mod sheet;
pub mod silences;
mod times;

pub use estimate::{Estimate, Limits};
pub use sheet::{Sheet, TableError};
