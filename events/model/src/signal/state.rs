//! What the rules need to remember of a signal.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::events::{FeedbackTo, Involved, LinkTarget, Route, Severity, SignalEvent, SignalText};
use super::protocol::{ProtocolRun, StepState};
use crate::decider::Fact;
use crate::id::{CentreId, RunId};
use crate::redaction::Redactions;
use crate::sealed::Secrecy;
use crate::text::{Code, StaffId};

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
    /// What it is about, as last corrected.
    pub category: Option<Code>,
    /// The highest that anybody, its reporter or who assessed it, said of it.
    pub severity: Severity,
    /// A strength, not a worry.
    pub strength: bool,
    /// A second person gave their view.
    pub assessed: bool,
    /// It was found to be nothing, and no later assessment reopened it.
    pub dismissed: bool,
    /// Records of the same occurrence.
    pub links: Vec<LinkTarget>,
    /// Records that were linked or suggested and are about something else.
    pub apart: Vec<LinkTarget>,
    /// What redactions put in place of its texts.
    pub redactions: Redactions<SignalText>,
    /// Its reporter was told something, if only that it was received.
    pub reporter_told: bool,
    /// The protocols that were started on it.
    pub protocols: BTreeMap<RunId, ProtocolRun>,
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
                self.category.clone_from(&logged.category);
                self.severity = logged.severity;
                self.strength = logged.strength;
            }
            SignalEvent::Assessed(assessed) => {
                self.severity = self.severity.max(assessed.severity);
                self.assessed = true;
                self.dismissed = false;
            }
            SignalEvent::Linked(linked) => {
                self.apart.retain(|other| *other != linked.to);
                self.links.push(linked.to);
            }
            SignalEvent::Unlinked(unlinked) => {
                self.links.retain(|other| *other != unlinked.to);
                self.apart.push(unlinked.to);
            }
            SignalEvent::LinkRejected(rejected) => self.apart.push(rejected.to),
            SignalEvent::Dismissed(_) => self.dismissed = true,
            SignalEvent::Corrected(corrected) => {
                if let Some(cases) = &corrected.cases {
                    self.cases.clone_from(cases);
                }
                if corrected.category.is_some() {
                    self.category.clone_from(&corrected.category);
                }
            }
            SignalEvent::Redacted(redacted) => self.redactions.take(redacted),
            SignalEvent::FeedbackGiven(feedback) => {
                self.reporter_told |= feedback.to == FeedbackTo::Reporter;
            }
            SignalEvent::ProtocolStarted(started) => {
                self.protocols.insert(started.run, ProtocolRun::of(started));
            }
            SignalEvent::ProtocolStepDone(done) => self.step(done.run, &done.step, StepState::done),
            SignalEvent::ProtocolStepSkipped(skipped) => {
                self.step(skipped.run, &skipped.step, StepState::skip);
            }
            SignalEvent::ProtocolStepOverdue(overdue) => {
                self.step(overdue.run, &overdue.step, |step| step.overdue = true);
            }
            SignalEvent::NotRegistered(_) => {}
        }
    }

    fn step(&mut self, run: RunId, step: &Code, happened: impl FnOnce(&mut StepState)) {
        if let Some(step) = self.protocols.get_mut(&run).and_then(|run| run.steps.get_mut(step)) {
            happened(step);
        }
    }

    /// Linked to an entry of the official register.
    #[must_use]
    pub fn registered(&self) -> bool {
        self.links.iter().any(|link| matches!(link, LinkTarget::Incident(_)))
    }
}
