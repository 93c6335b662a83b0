//! A referral to outside care: asked for with consent, waited for, attended or not, and what stood in the way.

mod command;
mod decide;
mod events;
mod state;

pub use command::{ReferralCommand, RequestReferral};
pub use events::*;
pub use state::{ReferralState, ReferralStatus};

use uuid::Uuid;

use crate::context::Context;
use crate::decider::{Decider, Fact};
use crate::recorded::Concerns;
use crate::refusal::Refusal;

/// The aggregate.
#[derive(Debug, Clone, Copy)]
pub enum Referral {}

impl Decider for Referral {
    const STATE_VERSION: u32 = 1;
    type State = ReferralState;
    type Event = ReferralEvent;
    type Command = ReferralCommand;

    fn evolve(state: &mut ReferralState, fact: &Fact<ReferralEvent>) {
        state.evolve(fact);
    }

    fn decide(
        state: &ReferralState,
        command: ReferralCommand,
        context: &Context<'_>,
    ) -> Result<Vec<ReferralEvent>, Refusal> {
        decide::decide(state, command, context)
    }

    fn concerns(_: Uuid, state: &ReferralState) -> Concerns {
        Concerns { centre: state.centre, cases: state.case.into_iter().collect(), confidential: false }
    }
}
