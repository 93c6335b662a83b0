//! The HTTP interface of Nabij: parse, authorise, call, answer.
//!
//! ```text
//! request ── route/answer ──▶ token ──▶ access: may this role? ──▶ write/: body ─▶ policy on the record ─▶ Log::execute
//!              (limits, panics,                                └─▶ read/:  policy ─▶ views as of .. ─▶ open what may be opened
//!               counting, id)
//! ```
//!
//! | folder | holds |
//! |---|---|
//! | `route/` | the table of calls, and what happens around each |
//! | `audit/` | who looked: written down before an answer leaves |
//! | `access/` | asks the policies of `deploy/policies` who may do what, and remembers why |
//! | `input/` | bodies, parameters, headers, read strictly |
//! | `write/` | one line for each command |
//! | `read/` | views, figures, streams |
//! | `find/` | who is meant by a name or number: an index in memory |
//! | `docs/` | OpenAPI, AsyncAPI, schemas, all from the code |
//! | `operations/` | health and metrics |
//! | `limits/` | what one caller and one address may ask |
//!
//! Bearer tokens are the business of `nabij-identity`, here under the name `tokens`.
//!
//! # To add a call
//!
//! A write is one line in `write/`, a read one line and a function in `read/`. Both name the [`Action`](access::Action)
//! that the policy is asked about, and appear in `/openapi.json` by themselves. A new action is a line in `access/action.rs` and in
//! `deploy/policies/nabij.cedarschema`, and a policy beside it; see [`access`]. A handler that answers and never asked is
//! answered for with a 500, and a test drives every call with every role.

pub mod access;
mod audit;
mod docs;
mod failures;
mod find;
#[cfg(test)]
mod fixtures;
mod input;
mod limits;
mod metrics;
mod operations;
mod problem;
pub mod pseudonym;
mod read;
mod route;
mod serve;
mod state;
mod write;

pub use docs::openapi;
pub use limits::{Rate, Rates};
pub use nabij_identity as tokens;
pub use problem::{Document, Problem};
pub use route::Proxies;
pub use serve::serve;
pub use state::{ApiState, Limits};
