//! What never reached the official register: pure estimators and the facts they count.
//!
//! [`facts`] turns events into append-only rows, [`occurrences`](mod@occurrences) puts together what is about the same thing that happened,
//! [`ledger`] keeps every version of that in a table,
//! [`reportability`] says what had to be registered and when, [`estimators`] are pure functions over counts,
//! [`candidates`] suggests links between records, [`studied`] says how often intervals held the truth,
//! [`report`] answers the calls of `/v1/analytics`, [`page`] draws them, and [`tables`] put the same estimators on any table.

pub mod candidates;
pub mod estimators;
pub mod evidence;
pub mod facts;
pub mod ledger;
pub mod lists;
pub mod occurrences;
pub mod page;
pub mod reader;
pub mod report;
pub mod reportability;
pub mod studied;
pub mod tables;
pub mod text;
