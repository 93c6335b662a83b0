//! The views against a real log and a real database.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod as_of;
mod history;
mod owed;
mod place;
mod rule_items;
mod views;
