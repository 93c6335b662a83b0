//! Who looked: what is written down of every call before its answer leaves.
//!
//! ```text
//! route/answer ─▶ Notes (who, from where, what was asked) ─▶ handler ─▶ Seen (which cases, how many lines)
//!                                                                          │
//!      answer ◀── acknowledged ◀── nabij_log::Auditor ◀── record ◀─────────┘
//! ```
//!
//! | call | is written down |
//! |---|---|
//! | a read that is answered | always; an answer that does not say what it shows ([`Seen`]) does not leave |
//! | a read or write that is refused | when the token named a caller |
//! | a write that is done | is an event already; when it shows something ([`Seen`]), as a read too |
//! | a call that is turned away before the policy is asked: no token that holds (401), one that stands for nothing here (403), a budget that its caller has used up (429) | before the answer where a genuine token names somebody, else beside it; up to a bounded rate for each caller, and for all that name nobody; the rest is in the metrics |
//! | a call that fails (5xx) | no: nothing was shown and nothing refused |
//!
//! When the record cannot be written the caller gets 503 `audit-away`, and nothing of the answer.

mod notes;
mod record;
mod seen;

pub(crate) use notes::Notes;
pub(crate) use record::{Reading, at_the_door, written};
pub(crate) use seen::Seen;
