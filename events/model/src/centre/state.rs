//! What the rules need to remember of a centre.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::events::CentreEvent;
use crate::decider::Fact;
use crate::id::{ActionId, ConcernId};
use crate::text::Code;

/// What the rules need to remember of a centre.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CentreState {
    /// Who runs it; absent before it is registered.
    pub operator: Option<Code>,
    /// Its actions, and whether each is done.
    pub actions: BTreeMap<ActionId, bool>,
    /// Its concerns, and whether each is answered.
    pub concerns: BTreeMap<ConcernId, bool>,
    /// It is closed.
    pub closed: bool,
}

impl CentreState {
    pub(super) fn evolve(&mut self, fact: &Fact<CentreEvent>) {
        match &fact.event {
            CentreEvent::Registered(registered) => self.operator = Some(registered.operator.clone()),
            CentreEvent::ActionAdded(added) => {
                self.actions.insert(added.action, false);
            }
            CentreEvent::ActionCompleted(completed) => {
                self.actions.insert(completed.action, true);
            }
            CentreEvent::ConcernRaised(raised) => {
                self.concerns.insert(raised.concern, false);
            }
            CentreEvent::ConcernAnswered(answered) => {
                self.concerns.insert(answered.concern, true);
            }
            CentreEvent::Closed(_) => self.closed = true,
            CentreEvent::CapacitySet(_)
            | CentreEvent::OccupancyReported(_)
            | CentreEvent::StaffingReported(_)
            | CentreEvent::ParticipationHeld(_)
            | CentreEvent::ProtocolPractised(_)
            | CentreEvent::ClosingAnnounced(_) => {}
        }
    }
}
