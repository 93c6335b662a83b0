//! Runs projections: reads the log, keeps checkpoints, rebuilds, parks what cannot be applied.
//!
//! A [`Projection`] maps one event to rows of append-only tables and nothing else: no look-ups, no clock. Whom an event is
//! about travels in its headers ([`Concerns`](nabij_model::Concerns)). What is true "as of" sequence S is then a
//! filter, `recorded_seq <= S`, and a rebuild is reading the log once and copying rows.
//!
//! Somebody who is erased is in no row of any day: an event about them alone goes to [`Projection::forgotten`], one about
//! others too comes without them, and what was written before is found by the columns of [`Projection::named_in`] and written
//! anew. So a table that names a case or a record calls the column `case_id` or `aggregate`, or the projection says how.
//!
//! What only several events together tell, a projection works out of its own rows in [`Projection::settle`], in the same
//! transaction.
//!
//! # To add a view
//!
//! 1. In `projections/caseload/src` (or a crate of its own beside it) write one file named after the view: its [`Table`]s as statics
//!    and the function from event to rows. Every table has `recorded_seq bigint`.
//! 2. Name the tables in [`Projection::tables`], call the function from [`Projection::apply`], add the tables to the DDL
//!    and their indexes to the indexes file.
//! 3. Raise [`Projection::version`]: the new version fills its own schema beside the old one, which its readers keep using
//!    until they are replaced; `nabij rebuild` fills it before the switch.
//! 4. In the same file write the reads: functions that take `as_of` and return what the interface shows.
//! 5. Add the event to the random history of the crate's tests: they compare live, rebuilt, replayed and as-of answers.

mod bulk;
mod checkpoint;
mod chunk;
mod control;
mod dead_letter;
mod delivery;
mod erased;
mod error;
mod gap;
mod lane;
mod load_state;
mod metrics;
mod parked;
mod projection;
mod reading;
mod rebuild;
mod replay;
mod rewind;
mod rewrite;
mod rows;
mod runner;
mod settle;
mod table;
#[cfg(test)]
mod tests;
mod write;

pub use bulk::{Progress, Until};
pub use checkpoint::{Checkpoint, NotYet, checkpoints, wait_for};
pub use control::{own_connection, prepare_database};
pub use dead_letter::{DeadLetter, Touched, dead_letters, incomplete, retry};
pub use error::EngineError;
pub use gap::accept_gap;
pub use metrics::Metrics;
pub use projection::{ApplyError, Projection, centre_of_signal};
pub use reading::{follow, prefetch};
pub use rebuild::{Outcome, Rebuild};
pub use replay::replay;
pub use rows::{Row, Rows, copy};
pub use runner::Runner;
pub use settle::{Settlement, Settling};
pub use table::Table;
