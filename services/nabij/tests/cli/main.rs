//! The binary as somebody at a terminal uses it, on real servers.

mod import;
mod import_kinds;
mod keys;
mod place;
mod settings;
