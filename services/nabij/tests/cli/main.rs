//! The binary as somebody at a terminal uses it, on real servers.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod adopt;
mod audit;
mod audit_killed;
mod import;
mod import_kinds;
mod keys;
mod place;
mod proof;
mod protocols;
mod report;
mod secrets;
mod settings;
