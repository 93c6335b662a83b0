//! What the rules need to remember of a signal.

use serde::{Deserialize, Serialize};

use super::events::{Involved, LinkTarget, Route, SignalEvent};
use crate::decider::Fact;
use crate::id::CentreId;
use crate::sealed::Secrecy;
use crate::text::StaffId;

/// What the rules need to remember of a signal.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SignalState {
    /// Where it was logged; absent before that.
    pub centre: Option<CentreId>,
    /// Who logged it.
    pub reporter: Option<StaffId>,
    /// For the safeguarding person alone.
    pub confidential: bool,
    /// How secret its words are.
    pub secrecy: Secrecy,
    /// Whom it is about, as last corrected.
    pub cases: Vec<Involved>,
    /// A second person gave their view.
    pub assessed: bool,
    /// It was found to be nothing, and no later assessment reopened it.
    pub dismissed: bool,
    /// Records of the same occurrence.
    pub links: Vec<LinkTarget>,
}

impl SignalState {
    pub(super) fn evolve(&mut self, fact: &Fact<SignalEvent>) {
        match &fact.event {
            SignalEvent::Logged(logged) => {
                self.centre = Some(logged.centre);
                self.reporter = Some(fact.by.clone());
                self.confidential = logged.route == Route::Confidential;
                self.secrecy = logged.secrecy;
                self.cases.clone_from(&logged.cases);
            }
            SignalEvent::Assessed(_) => {
                self.assessed = true;
                self.dismissed = false;
            }
            SignalEvent::Linked(linked) => self.links.push(linked.to),
            SignalEvent::Dismissed(_) => self.dismissed = true,
            SignalEvent::Corrected(corrected) => {
                if let Some(cases) = &corrected.cases {
                    self.cases.clone_from(cases);
                }
            }
            SignalEvent::NotRegistered(_) | SignalEvent::FeedbackGiven(_) => {}
        }
    }

    /// Linked to an entry of the official register.
    #[must_use]
    pub fn registered(&self) -> bool {
        self.links.iter().any(|link| matches!(link, LinkTarget::Incident(_)))
    }
}
