//! The HTTP interface.

pub mod access;
mod input;
mod problem;
pub mod tokens;

pub use problem::{Document, Problem};
