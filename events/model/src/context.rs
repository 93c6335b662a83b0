//! What a decider may know besides the state: the moment, the actor, the legal periods.

use jiff::Timestamp;

use crate::actor::Actor;
use crate::policies::Policies;

/// Everything that comes from outside the aggregate.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// Ours, not the server's: the `recorded_at` that the events will carry.
    pub now: Timestamp,
    /// Who asks.
    pub actor: &'a Actor,
    /// Legal periods, ages and grounds (`deploy/policies`).
    pub policies: &'a Policies,
}
