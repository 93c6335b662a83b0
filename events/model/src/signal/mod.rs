//! A signal: something noticed or told; an observation, suspicion, disclosure or a strength, about 0..n cases.
//!
//! Who notices need not judge: only the centre and a note or a category are needed, and every scale has `unsure`.

mod command;
mod decide;
mod events;
mod protocol;
mod state;

pub use command::{LogSignal, SignalCommand};
pub use events::*;
pub use protocol::{ProtocolRun, StepState};
pub use state::SignalState;

use uuid::Uuid;

use crate::context::Context;
use crate::decider::{Decider, Fact};
use crate::recorded::Concerns;
use crate::refusal::Refusal;

/// The aggregate.
#[derive(Debug, Clone, Copy)]
pub enum Signal {}

impl Decider for Signal {
    const STATE_VERSION: u32 = 5;
    type State = SignalState;
    type Event = SignalEvent;
    type Command = SignalCommand;

    fn evolve(state: &mut SignalState, fact: &Fact<SignalEvent>) {
        state.evolve(fact);
    }

    fn decide(
        state: &SignalState,
        command: SignalCommand,
        context: &Context<'_>,
    ) -> Result<Vec<SignalEvent>, Refusal> {
        decide::decide(state, command, context)
    }

    fn key(id: Uuid, state: &SignalState) -> Uuid {
        state.redactions.key(id)
    }

    fn concerns(_: Uuid, state: &SignalState) -> Concerns {
        Concerns {
            centre: state.centre,
            cases: state.cases.iter().map(|involved| involved.case).collect(),
            confidential: state.confidential,
        }
    }
}
