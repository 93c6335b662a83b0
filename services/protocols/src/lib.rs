//! Protocols: the step plan for what a signal may be about. TOML files in `deploy/protocols`.
//!
//! A protocol is offered by a signal's category and severity and started by a person; by itself only when the signal is acute.
//! What is asked is then embedded in the event that starts it ([`Protocol::started`]), words and deadlines too: a file that is
//! changed afterwards changes nothing that runs.
//!
//! # To add a protocol
//!
//! Write one more file there; no Rust. `nabij protocols check` says what is wrong with it, with file and line. Every source, and
//! what each step rests on, stands beside it; a change raises `version`.

mod check;
mod finding;
mod protocol;
mod protocols;

pub use finding::Finding;
pub use protocol::{Protocol, ProtocolWords, Source, Step, Words};
pub use protocols::{Protocols, ProtocolsError};
