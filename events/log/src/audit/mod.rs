//! Who looked: every read, allowed or refused, is a record on a stream of its own, stored before its answer leaves.
//!
//! ```text
//! reads ──▶ Auditor::write ──▶ group ──▶ <prefix>-audit.<process>.<boot> ──▶ access log, verification
//!              ▲  (waits)         │  one message, many records: hash of the message before, running number
//!              └── acknowledged ──┘
//! ```
//!
//! One group of a process is on its way at a time: what comes meanwhile is the next one. So a read waits for at most two
//! acknowledgements, and many reads share one. A record says that an answer was *about to* leave: where the
//! acknowledgement was lost the read is refused although its record may be there; the other way round never happens.
//!
//! Records hold ids, codes and counts, never words: nothing of a query, a body or a file name but its hash.

mod auditor;
mod chain;
mod group;
mod read;
mod record;
mod verify;
mod writer;

pub use auditor::Auditor;
pub use group::{AuditGroup, GroupContent};
pub use record::{AuditRecord, Ground, Outcome, RecordRef, Underlying};
pub use verify::AuditVerification;
