//! What the rules need to remember of an escalation.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::events::{EscalationEvent, Subject};
use crate::actor::Role;
use crate::decider::Fact;

/// Who took an escalation up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenUp {
    /// In which role.
    pub by: Role,
    /// When.
    pub at: Timestamp,
    /// Until when they do something about it.
    pub until: Option<Timestamp>,
}

/// What the rules need to remember of an escalation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EscalationState {
    /// It was raised.
    pub raised: bool,
    /// What it is about.
    pub subject: Subject,
    /// For the safeguarding person alone.
    pub confidential: bool,
    /// The rung it stands on.
    pub step: u32,
    /// Until when somebody may take it up before it climbs.
    pub acknowledge_by: Option<Timestamp>,
    /// Who took it up on this rung.
    pub taken_up: Option<TakenUp>,
    /// It is dealt with.
    pub resolved: bool,
}

impl EscalationState {
    pub(super) fn evolve(&mut self, fact: &Fact<EscalationEvent>) {
        match &fact.event {
            EscalationEvent::Raised(raised) => {
                self.raised = true;
                self.subject.clone_from(&raised.subject);
                self.confidential = raised.confidential;
                self.step = raised.step;
                self.acknowledge_by = Some(raised.acknowledge_by);
            }
            EscalationEvent::Acknowledged(acknowledged) => {
                self.taken_up = Some(TakenUp { by: acknowledged.by, at: fact.at, until: acknowledged.until });
            }
            EscalationEvent::HandedUp(handed_up) => {
                self.step = handed_up.step;
                self.acknowledge_by = Some(handed_up.acknowledge_by);
                self.taken_up = None;
            }
            EscalationEvent::Resolved(_) => self.resolved = true,
            EscalationEvent::Notified(_) | EscalationEvent::NotificationFailed(_) => {}
        }
    }
}
