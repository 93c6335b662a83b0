//! Placeholder until the aggregate is written.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::context::Context;
use crate::decider::{Decider, Fact};
use crate::event::events;
use crate::recorded::Concerns;
use crate::refusal::Refusal;

events! {
    /// What can happen.
    EscalationEvent of Escalation {
        Closed(Closed) = "closed" v 1,
    }
}

/// Closed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Closed {}

/// The aggregate.
#[derive(Debug, Clone, Copy)]
pub enum Escalation {}

impl Decider for Escalation {
    const STATE_VERSION: u32 = 1;
    type State = ();
    type Event = EscalationEvent;
    type Command = ();

    fn evolve(_: &mut (), _: &Fact<EscalationEvent>) {}

    fn decide(_: &(), _: (), _: &Context<'_>) -> Result<Vec<EscalationEvent>, Refusal> {
        Ok(vec![])
    }

    fn concerns(_: Uuid, _: &()) -> Concerns {
        Concerns::default()
    }
}
