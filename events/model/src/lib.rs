//! What happened: the aggregates of a reception network, their commands, deciders and event types.
//!
//! Pure: no I/O, no clock, no randomness. The time, the actor and the legal periods come in through
//! [`Context`]; ids come in through the command.
//!
//! # To add an event
//!
//! 1. Write its payload as a struct in the aggregate's folder (`case/`, `signal/` ...): `deny_unknown_fields`, a
//!    doc comment that says what happened, free text and names as [`Sealed`], every other string as one of the
//!    pattern types of [`text`].
//! 2. Add one line to the aggregate's `events!` table. The name that it gives is for ever.
//! 3. Add the command, its rule in `decide` and its trace in `evolve`, with a given / when / then test.
//! 4. `cargo run -p nabij-model --example schemas` writes its JSON Schema and a golden file; commit both. A golden
//!    file only grows.
//!
//! To change an event that is on main already, add a new version beside it and an upcaster ([`upcast`]); the old
//! golden file stays and must decode for ever.

pub mod actor;
pub mod case;
pub mod centre;
mod check;
pub mod context;
pub mod decider;
pub mod discussion;
pub mod escalation;
pub mod event;
mod forget;
#[cfg(test)]
mod given;
pub mod id;
pub mod incident;
pub mod occurred;
pub mod policies;
pub mod recorded;
pub mod redaction;
pub mod referral;
pub mod refusal;
pub mod sealed;
pub mod signal;
pub mod text;
pub mod upcast;

pub use actor::{Actor, Role};
pub use context::Context;
pub use decider::{Decider, Deciding, Fact, Root};
pub use event::{Event, EventType, Payload};
pub use forget::forget;
pub use id::{AggregateId, AggregateKind, CaseId, CentreId, CommandId, EventId};
pub use occurred::{Occurred, Precision};
pub use policies::Policies;
pub use recorded::{Concerns, EventHash, Meta, Recorded};
pub use refusal::{Refusal, RefusalKind};
pub use sealed::{Duty, Medical, Profile, Psychosocial, SealLevel, Sealed, Secrecy};
