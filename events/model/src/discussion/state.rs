//! What the rules need to remember of a discussion.

use serde::{Deserialize, Serialize};

use super::events::DiscussionEvent;
use super::redacted::DiscussionText;
use crate::decider::Fact;
use crate::id::{CaseId, CentreId};
use crate::redaction::Redactions;

/// What the rules need to remember of a discussion.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DiscussionState {
    /// Whose team held it; absent before that.
    pub centre: Option<CentreId>,
    /// The cases it was about.
    pub cases: Vec<CaseId>,
    /// For the operator's safeguarding person alone.
    pub confidential: bool,
    /// What redactions put in place of its texts.
    pub redactions: Redactions<DiscussionText>,
}

impl DiscussionState {
    pub(super) fn evolve(&mut self, fact: &Fact<DiscussionEvent>) {
        match &fact.event {
            DiscussionEvent::Held(held) => {
                self.centre = Some(held.centre);
                self.cases.clone_from(&held.cases);
                self.confidential = held.confidential;
            }
            DiscussionEvent::DebriefOffered(_) => {}
            DiscussionEvent::Redacted(redacted) => self.redactions.take(redacted),
        }
    }
}
