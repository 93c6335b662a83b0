//! An escalation: an alert that somebody must acknowledge before a deadline, else it climbs.
//!
//! Its id is derived from the rule and its trigger ([`id_of`]), so that it is raised once, ever.

mod command;
mod decide;
mod events;
mod redacted;
mod rungs;
mod state;

pub use command::{Acknowledge, EscalationCommand};
pub use events::*;
pub use redacted::*;
pub use rungs::Rungs;
pub use state::{Adopted, EscalationState, TakenUp};

use uuid::Uuid;

use crate::context::Context;
use crate::decider::{Decider, Fact};
use crate::id::{EscalationId, EventId};
use crate::recorded::Concerns;
use crate::refusal::Refusal;
use crate::text::Code;

/// The aggregate.
#[derive(Debug, Clone, Copy)]
pub enum Escalation {}

impl Decider for Escalation {
    const STATE_VERSION: u32 = 9;
    type State = EscalationState;
    type Event = EscalationEvent;
    type Command = EscalationCommand;

    fn evolve(state: &mut EscalationState, fact: &Fact<EscalationEvent>) {
        state.evolve(fact);
    }

    fn decide(
        state: &EscalationState,
        command: EscalationCommand,
        context: &Context<'_>,
    ) -> Result<Vec<EscalationEvent>, Refusal> {
        decide::decide(state, command, context)
    }

    fn key(id: Uuid, state: &EscalationState) -> Uuid {
        state.redactions.key(id)
    }

    fn concerns(_: Uuid, state: &EscalationState) -> Concerns {
        Concerns {
            centre: state.subject.centre,
            cases: state.subject.cases.clone(),
            confidential: state.confidential,
        }
    }
}

/// The one id of what `rule` raises on `trigger`.
#[must_use]
pub fn id_of(rule: &Code, trigger: EventId) -> EscalationId {
    EscalationId::derived(&["escalation", rule.as_str(), &trigger.to_string()])
}

/// The subject on which it stands which version of `rule` holds.
#[must_use]
pub fn rule_id(rule: &Code) -> EscalationId {
    EscalationId::derived(&["rule", rule.as_str()])
}
