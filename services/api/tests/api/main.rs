//! The interface over real servers.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so")]

mod attacker;
mod audit;
mod bad_input;
mod common;
mod confidential;
mod coverage;
mod disagreement;
mod docs;
mod escalations;
mod figures;
mod finding;
mod identity;
mod limits;
mod lives;
mod moved;
mod operations;
mod pages;
mod protocols;
mod pseudonyms;
mod reads;
mod redactions;
mod registers;
mod retention;
mod rule_items;
mod sample;
mod sharing;
mod streams;
mod suggested;
mod summary;
