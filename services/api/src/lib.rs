//! The HTTP interface.

pub mod tokens;
