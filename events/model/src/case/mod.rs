//! A case: the psychosocial follow-up of one resident, from the place that is kept for them to the day they leave.
//!
//! # To add an event of a case
//!
//! Its payload goes to the file of its theme in `events/`, its rule and the rule's test to the file of the same name in
//! `decide/`, its trace to [`CaseState`].

pub mod age;
mod command;
mod decide;
mod events;
mod state;

pub use command::*;
pub use events::*;
pub use state::{
    CaseState, Consent, Glass, Hold, LiveShare, OpenErasure, OpenTransfer, Share, TransferStage, Trust, opens,
};

use uuid::Uuid;

use crate::context::Context;
use crate::decider::{Decider, Fact};
use crate::id::CaseId;
use crate::recorded::Concerns;
use crate::refusal::Refusal;

/// The aggregate.
#[derive(Debug, Clone, Copy)]
pub enum Case {}

impl Decider for Case {
    const STATE_VERSION: u32 = 3;
    type State = CaseState;
    type Event = CaseEvent;
    type Command = CaseCommand;

    fn evolve(state: &mut CaseState, fact: &Fact<CaseEvent>) {
        state.evolve(fact);
    }

    fn decide(
        state: &CaseState,
        command: CaseCommand,
        context: &Context<'_>,
    ) -> Result<Vec<CaseEvent>, Refusal> {
        decide::decide(state, command, context).map(|event| vec![event])
    }

    fn concerns(id: Uuid, state: &CaseState) -> Concerns {
        Concerns { centre: state.centre, cases: vec![CaseId(id)], confidential: false }
    }
}
