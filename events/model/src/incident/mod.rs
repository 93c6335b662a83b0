//! An incident: an entry of the official register, taken over as it stands there.
//!
//! Its id is derived from its operator, the register and the number there ([`id_of`]), so that the same entry exists once, and nobody takes the
//! place of another operator's or finds out what stands there.

mod command;
mod decide;
mod events;
mod redacted;
mod state;

pub use command::{IncidentCommand, RegisterIncident};
pub use events::*;
pub use redacted::*;
pub use state::IncidentState;

use uuid::Uuid;

use crate::context::Context;
use crate::decider::{Decider, Fact};
use crate::id::IncidentId;
use crate::recorded::Concerns;
use crate::refusal::Refusal;
use crate::text::{Code, RegisterNumber};

/// The aggregate.
#[derive(Debug, Clone, Copy)]
pub enum Incident {}

impl Decider for Incident {
    const STATE_VERSION: u32 = 2;
    type State = IncidentState;
    type Event = IncidentEvent;
    type Command = IncidentCommand;

    fn evolve(state: &mut IncidentState, fact: &Fact<IncidentEvent>) {
        state.evolve(fact);
    }

    fn decide(
        state: &IncidentState,
        command: IncidentCommand,
        context: &Context<'_>,
    ) -> Result<Vec<IncidentEvent>, Refusal> {
        decide::decide(state, command, context)
    }

    fn key(id: Uuid, state: &IncidentState) -> Uuid {
        state.redactions.key(id)
    }

    fn concerns(_: Uuid, state: &IncidentState) -> Concerns {
        Concerns { centre: state.centre, cases: state.cases.clone(), confidential: false }
    }
}

/// The one id of entry `number` of the register `source`, as `operator` has it.
#[must_use]
pub fn id_of(operator: &str, source: &Code, number: &RegisterNumber) -> IncidentId {
    IncidentId::derived(&["incident", operator, source.as_str(), number.as_str()])
}

/// The id of such an entry that was taken over when ids did not follow from operators.
#[must_use]
pub fn former_id_of(source: &Code, number: &RegisterNumber) -> IncidentId {
    IncidentId::derived(&["incident", source.as_str(), number.as_str()])
}
