//! The event log on NATS JetStream: append, read, seal, verify.
//!
//! ```text
//! command ── decide ── seal ── append ──▶ stream of events ──▶ read ──▶ projections, alerts
//!              ▲         │                     │
//!     cache, snapshot    └── keys ──▶ vault    └── verify, guard
//! ```
//!
//! | to | use |
//! |---|---|
//! | carry a command out | [`Log::execute`] |
//! | read an aggregate | [`Log::load`] |
//! | follow all events | [`Log::read`], then [`Raw::decode`] |
//! | show one aggregate, or one kind as it comes | [`Log::history`], [`Log::follow`] |
//! | carry out commands on several aggregates together | [`Log::transaction`] |
//! | carry out very many commands | [`Log::bulk`] |
//! | open sealed fields | [`Log::vault`] |
//! | know whether the log is what was written | [`Log::verify`], with anchors [`Log::verify_against`] |
//! | sign what the log is now | [`Anchorer`] |
//! | exchange the master key | [`Log::rotate`] |
//! | write down who looked, and read it back | [`Log::auditor`], [`Log::read_audit`], [`Log::verify_audit`] |
//! | keep a copy, and bring it back | [`Log::backup`], [`Checked::restore`] |
//! | stop when the log was rewound | [`Log::check`], [`Log::until_rewound`] |
//!
//! What it promises: an append happens once or not at all and says which; an acknowledged event is found again or every
//! writer stops; no free text leaves the process in the clear; an erased person's fields open for nobody.

mod access;
mod anchor;
mod append;
mod audit;
mod backup;
mod bulk;
mod cache;
mod cipher;
mod config;
mod connection;
mod decision;
mod direct;
mod doubt;
mod envelope;
mod erasures;
mod error;
mod event_store;
mod execute;
mod finding;
mod follow;
mod guard;
mod hash;
mod keyring;
mod known_at;
mod leader;
mod load;
mod log;
mod master_key;
mod outgoing;
mod prepare;
mod publish;
mod raw;
mod read;
mod seal;
mod setup;
mod snapshot;
mod step;
mod submission;
mod transaction;
mod vault;
mod verify;
mod walk;

pub use access::{Access, NkeyUser};
pub use anchor::{Anchor, AnchorKey, AnchorSet, Anchorer, Mark, PublicKey, VaultMark};
pub use append::Append;
pub use audit::{
    AuditGroup, AuditRecord, AuditVerification, Auditor, Ground, GroupContent, Outcome as AuditOutcome,
    RecordRef, Underlying,
};
pub use backup::{
    Checked, Compared, Erasure, Erasures, EventsManifest, Restored, VAULT_DAYS, VaultManifest, prune,
};
pub use bulk::{Bulk, Outcome};
pub use config::LogConfig;
pub use error::{AppendError, ExecuteError, LogError, LogErrorKind};
pub use event_store::{EventStore, EventStoreError};
pub use finding::{Finding, Part};
pub use keyring::Keyring;
pub use known_at::KnownAt;
pub use log::{Head, Log};
pub use master_key::MasterKey;
pub use publish::MAX_BATCH;
pub use raw::{DecodeError, Raw};
pub use setup::Resized;
pub use submission::{Accepted, Submission};
pub use transaction::Transaction;
pub use vault::{BlindKey, Rotated, Vault};
pub use verify::Verification;
