//! A discussion: a team talked about one or more cases; what goes well stands beside what is needed.
//!
//! Whose view was on the table is asked for the child, the parents and the guardian, each; nobody is forced to have asked.

mod command;
mod decide;
mod events;
mod redacted;
mod state;

pub use command::{DiscussionCommand, HoldDiscussion};
pub use events::*;
pub use redacted::*;
pub use state::DiscussionState;

use uuid::Uuid;

use crate::context::Context;
use crate::decider::{Decider, Fact};
use crate::recorded::Concerns;
use crate::refusal::Refusal;

/// The aggregate.
#[derive(Debug, Clone, Copy)]
pub enum Discussion {}

impl Decider for Discussion {
    const STATE_VERSION: u32 = 3;
    type State = DiscussionState;
    type Event = DiscussionEvent;
    type Command = DiscussionCommand;

    fn evolve(state: &mut DiscussionState, fact: &Fact<DiscussionEvent>) {
        state.evolve(fact);
    }

    fn decide(
        state: &DiscussionState,
        command: DiscussionCommand,
        context: &Context<'_>,
    ) -> Result<Vec<DiscussionEvent>, Refusal> {
        decide::decide(state, command, context)
    }

    fn key(id: Uuid, state: &DiscussionState) -> Uuid {
        state.redactions.key(id)
    }

    fn concerns(_: Uuid, state: &DiscussionState) -> Concerns {
        Concerns { centre: state.centre, cases: state.cases.clone(), confidential: state.confidential }
    }
}
