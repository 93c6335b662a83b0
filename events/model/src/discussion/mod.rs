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
    DiscussionEvent of Discussion {
        Closed(Closed) = "closed" v 1,
    }
}

/// Closed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Closed {}

/// The aggregate.
#[derive(Debug, Clone, Copy)]
pub enum Discussion {}

impl Decider for Discussion {
    const STATE_VERSION: u32 = 1;
    type State = ();
    type Event = DiscussionEvent;
    type Command = ();

    fn evolve(_: &mut (), _: &Fact<DiscussionEvent>) {}

    fn decide(_: &(), _: (), _: &Context<'_>) -> Result<Vec<DiscussionEvent>, Refusal> {
        Ok(vec![])
    }

    fn concerns(_: Uuid, _: &()) -> Concerns {
        Concerns::default()
    }
}
