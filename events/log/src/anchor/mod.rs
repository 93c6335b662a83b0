//! Anchors: signed words of what the log, the vault and the audit stream were, kept outside NATS as well.
//!
//! Chains of hashes show what was changed by accident. Whoever can rewrite the servers' disk can compute every chain anew; an
//! anchor that lies elsewhere, signed, then still says what the log was.
//!
//! One anchor is one line of JSON, see [`Signed`](signed). It names the line before it by its hash, so that a line cannot be
//! left out. The same lines stand in the stream `<stream>_ANCHORS`, anchor `n` at sequence `n`.

mod copy;
mod file;
mod key;
mod mark;
mod rolling;
mod set;
pub(crate) mod signed;
mod writer;

use jiff::Timestamp;
use nabij_model::EventHash;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use self::key::{AnchorKey, PublicKey};
pub use self::mark::{Mark, VaultMark};
pub(crate) use self::rolling::Rolling;
pub use self::set::AnchorSet;
pub use self::writer::Anchorer;

/// What is signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Anchor {
    /// From 1 without gaps.
    pub number: u64,
    /// When it was made.
    pub at: Timestamp,
    /// SHA-256 of the line of the anchor before it; absent on the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<EventHash>,
    /// The stream of events.
    pub events: Mark,
    /// Which keys there were and which were erased; nothing of the keys themselves.
    pub vault: VaultMark,
    /// The audit stream.
    pub audit: Mark,
}

/// The kind of signed text that an anchor is.
pub(crate) const KIND: &str = "nabij.anchor.v1";

/// What the next anchor names this line by.
pub(crate) fn line_hash(line: &str) -> EventHash {
    EventHash(Sha256::digest(line.as_bytes()).into())
}
