//! The table of calls, and what happens to every call before and after its own handler.

mod answer;
mod authenticate;
mod call;
mod client;
mod table;
#[cfg(test)]
mod tests;

pub(crate) use answer::{fallback, method_fallback};
pub(crate) use call::{Call, Reach};
pub use client::Proxies;
pub(crate) use table::{Answer, Input, Route, Routes, schema_of};
