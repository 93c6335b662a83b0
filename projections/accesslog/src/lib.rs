//! Who looked: the audit stream as append-only tables, and the questions put to them.
//!
//! ```text
//! audit stream ──▶ follow ──▶ rows ──COPY──▶ accesslog_v2.access, .access_case ──▶ read: of a case, of everything
//! ```
//!
//! It is no [`Projection`](nabij_engine::Projection) of the engine: those are handed events of the model by a reader of the log,
//! and an audit group is neither (it has no aggregate, nothing to park, nothing sealed, a stream and a sequence of its own).
//! What the engine promises holds here as well, in a tenth of the code: rows and checkpoint change in one transaction by
//! compare-and-set, one writer leads by an advisory lock, a batch that comes twice changes nothing, a gap or another message at the
//! checkpoint stops it, a rebuild fills fresh tables beside the live ones and swaps them in.
//!
//! An erasure takes nothing out of these tables: that somebody looked at a case stays provable, and of the person nothing stands
//! here but the id of the case, which leads nowhere once the case is erased.

mod error;
mod follow;
mod load;
mod question;
mod read;
mod rebuild;
mod rows;

pub use error::AccessLogError;
pub use follow::Follower;
pub use question::{Cursor, NoCursor, Question};
pub use read::{Access, Page, Reader};
pub use rebuild::{Rebuilt, rebuild};

/// Raised whenever a table or the meaning of a row changes.
pub const VERSION: u32 = 2;

/// The schema of this version.
#[must_use]
pub fn schema() -> String {
    format!("accesslog_v{VERSION}")
}
