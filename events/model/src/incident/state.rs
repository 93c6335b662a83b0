//! What the rules need to remember of an incident.

use serde::{Deserialize, Serialize};

use super::events::{IncidentEvent, Level};
use super::redacted::IncidentText;
use crate::decider::Fact;
use crate::id::{CaseId, CentreId};
use crate::redaction::Redactions;
use crate::signal::LinkTarget;
use crate::text::Code;

/// What the rules need to remember of an incident.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct IncidentState {
    /// Where it happened; absent before it is registered.
    pub centre: Option<CentreId>,
    /// Whom it is about.
    pub cases: Vec<CaseId>,
    /// What the register calls it now.
    pub incident_type: Option<Code>,
    /// The group of types that it belongs to now.
    pub category: Option<Code>,
    /// How serious the register says it is now.
    pub level: Level,
    /// Records of the same occurrence.
    pub links: Vec<LinkTarget>,
    /// The register's file is closed.
    pub closed: bool,
    /// What redactions put in place of its texts.
    pub redactions: Redactions<IncidentText>,
}

impl IncidentState {
    pub(super) fn evolve(&mut self, fact: &Fact<IncidentEvent>) {
        match &fact.event {
            IncidentEvent::Registered(registered) => {
                self.centre = Some(registered.centre);
                self.cases.clone_from(&registered.cases);
                self.incident_type = Some(registered.incident_type.clone());
                self.category.clone_from(&registered.category);
                self.level = registered.level;
            }
            IncidentEvent::Linked(linked) => self.links.push(linked.to),
            IncidentEvent::Unlinked(unlinked) => self.links.retain(|other| *other != unlinked.to),
            IncidentEvent::Reclassified(new) => {
                self.incident_type = new.incident_type.clone().or(self.incident_type.take());
                self.category = new.category.clone().or(self.category.take());
                self.level = new.level.unwrap_or(self.level);
            }
            IncidentEvent::Closed(_) => self.closed = true,
            IncidentEvent::Redacted(redacted) => self.redactions.take(redacted),
        }
    }
}
