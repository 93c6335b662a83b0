//! Placeholder until the aggregate is written.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::context::Context;
use crate::decider::{Decider, Fact};
use crate::event::events;
use crate::recorded::Concerns;
use crate::refusal::Refusal;
pub mod upcast;

events! {
    /// What can happen.
    CentreEvent of Centre {
        Closed(Closed) = "closed" v 1,
    }
}

/// Closed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Closed {}

/// The aggregate.
#[derive(Debug, Clone, Copy)]
pub enum Centre {}

impl Decider for Centre {
    const STATE_VERSION: u32 = 1;
    type State = ();
    type Event = CentreEvent;
    type Command = ();

    fn evolve(_: &mut (), _: &Fact<CentreEvent>) {}

    fn decide(_: &(), _: (), _: &Context<'_>) -> Result<Vec<CentreEvent>, Refusal> {
        Ok(vec![])
    }

    fn concerns(_: Uuid, _: &()) -> Concerns {
        Concerns::default()
    }
}
