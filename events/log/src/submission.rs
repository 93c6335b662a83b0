//! Who asks, when, and how often: what goes with a command into the log.

use std::sync::Arc;

use jiff::Timestamp;
use nabij_model::recorded::CommandRef;
use nabij_model::{Actor, Context, Policies};
use uuid::Uuid;

/// What goes with a command.
#[derive(Debug, Clone)]
pub struct Submission {
    /// The `recorded_at` of the events: ours, not the server's.
    pub now: Timestamp,
    /// Who asks.
    pub actor: Actor,
    /// Legal periods.
    pub policies: Arc<Policies>,
    /// Caller and idempotency key, hashed, with the hash of the request's body: makes a repeat exact.
    pub command: Option<CommandRef>,
    /// Imported or simulated: never notifies anybody.
    pub historic: bool,
    /// W3C trace context.
    pub traceparent: Option<String>,
    /// `If-Match`: the version that the caller saw.
    pub expected_version: Option<u64>,
}

impl Submission {
    /// By `actor` at `now`, with nothing else asked for.
    #[must_use]
    pub fn new(now: Timestamp, actor: Actor, policies: Arc<Policies>) -> Self {
        Self {
            now,
            actor,
            policies,
            command: None,
            historic: false,
            traceparent: None,
            expected_version: None,
        }
    }

    /// What the decider sees of it.
    #[must_use]
    pub fn context(&self) -> Context<'_> {
        Context { now: self.now, actor: &self.actor, policies: &self.policies }
    }
}

/// A command was carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accepted {
    /// The aggregate.
    pub id: Uuid,
    /// Sequence of the command's last event: what a read asks for as `min_sequence`.
    pub sequence: u64,
    /// The aggregate's version: the sequence of its last event.
    pub version: u64,
    /// It was carried out before, under the same idempotency key; nothing was written now.
    pub replayed: bool,
}
