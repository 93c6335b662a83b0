//! A reception centre: its places, who lives and works there, and what its residents and its team asked for.

mod command;
mod counts;
mod decide;
mod events;
mod state;
pub(crate) mod upcast;

pub use command::{CentreCommand, RegisterCentre, ReportOccupancy};
pub use events::*;
pub use state::CentreState;

use uuid::Uuid;

use crate::context::Context;
use crate::decider::{Decider, Fact};
use crate::id::CentreId;
use crate::recorded::Concerns;
use crate::refusal::Refusal;

/// The aggregate.
#[derive(Debug, Clone, Copy)]
pub enum Centre {}

impl Decider for Centre {
    const STATE_VERSION: u32 = 1;
    type State = CentreState;
    type Event = CentreEvent;
    type Command = CentreCommand;

    fn evolve(state: &mut CentreState, fact: &Fact<CentreEvent>) {
        state.evolve(fact);
    }

    fn decide(
        state: &CentreState,
        command: CentreCommand,
        context: &Context<'_>,
    ) -> Result<Vec<CentreEvent>, Refusal> {
        decide::decide(state, command, context)
    }

    fn concerns(id: Uuid, state: &CentreState) -> Concerns {
        Concerns {
            centre: state.operator.is_some().then_some(CentreId(id)),
            cases: vec![],
            confidential: false,
        }
    }
}
