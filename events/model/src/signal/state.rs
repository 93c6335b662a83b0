//! What the rules need to remember of a signal.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::events::{Involved, LinkTarget, Route, SignalEvent, SignalText};
use crate::decider::Fact;
use crate::id::{CentreId, EventId, derived};
use crate::sealed::{Sealed, Secrecy};
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
    /// Records that were linked or suggested and are about something else.
    pub apart: Vec<LinkTarget>,
    /// What the last redaction put in place of each text.
    pub redacted: BTreeMap<EventId, BTreeMap<SignalText, Option<Sealed<String>>>>,
    /// How often its words were sealed again under a new key.
    pub redactions: u32,
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
            }
            SignalEvent::Redacted(redacted) if !redacted.texts.is_empty() => {
                self.redacted.clear();
                for text in &redacted.texts {
                    let of_event = self.redacted.entry(text.event).or_default();
                    of_event.insert(text.field, text.words.clone());
                }
                self.redactions += 1;
            }
            SignalEvent::Redacted(_) | SignalEvent::NotRegistered(_) | SignalEvent::FeedbackGiven(_) => {}
        }
    }

    /// What a redaction put in place of a text: `None` when no redaction named it, `Some(None)` when nothing stayed of it.
    #[must_use]
    pub fn instead(&self, event: EventId, text: SignalText) -> Option<Option<&Sealed<String>>> {
        self.redacted.get(&event)?.get(&text).map(Option::as_ref)
    }

    /// The ids under which the vault holds, or held, the keys of the signal `id`: its own, and one for each redaction.
    #[must_use]
    pub fn keys(&self, id: Uuid) -> Vec<Uuid> {
        let later = (1..=self.redactions).map(|number| key_after(id, number));
        std::iter::once(id).chain(later).collect()
    }

    /// Linked to an entry of the official register.
    #[must_use]
    pub fn registered(&self) -> bool {
        self.links.iter().any(|link| matches!(link, LinkTarget::Incident(_)))
    }
}

/// The id of the key that the `number`th redaction seals under.
pub(super) fn key_after(id: Uuid, number: u32) -> Uuid {
    if number == 0 { id } else { derived(&["redaction", &id.to_string(), &number.to_string()]) }
}
