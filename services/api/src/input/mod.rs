//! What a request brings, read strictly: every mistake gets its own problem.

mod json;
mod parameters;
mod preconditions;
mod typed;

pub(crate) use json::read_object;
pub(crate) use parameters::{Parameters, query};
pub(crate) use preconditions::{Once, if_match, traceparent};
pub(crate) use typed::typed;
