//! A reception network that never was, with its whole truth: for demonstrations, benches, and to judge the analytics.
//!
//! ```text
//! calibration ─┐
//! rng, seed ───┼─▶ world ─▶ story ─▶ steps in the order of time ─▶ run ─▶ the log
//! names, texts ┘              ├── followup/   what teams write
//!                             └── occurrences what really happened ─▶ truth, one JSON line each
//! ```
//!
//! The same seed gives the same records, commands, times and values; only the ids of the events themselves, and what seals
//! their texts, are made by the log, afresh each time. Commands go through the same deciders as those of a team.

mod calibration;
mod followup;
mod links;
mod names;
mod occurrences;
mod rng;
mod run;
pub(crate) mod step;
pub(crate) mod story;
#[cfg(test)]
mod tests;
mod texts;
mod world;

pub(crate) use links::judge;
pub(crate) use run::run;
pub(crate) use story::Plan;
