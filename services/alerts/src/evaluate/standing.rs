//! Alarms that stand: one matter is one alarm, and only what is worse is news.

use std::collections::HashMap;

use nabij_model::escalation::{EscalationSeverity, Subject};
use nabij_model::id::EscalationId;
use nabij_model::text::Code;
use uuid::Uuid;

/// How bad: the rule's severity, then the grade of its trigger.
pub(crate) type Badness = (EscalationSeverity, u8);

/// What rules share: the word that they have in common, the record, and whether it is for the safeguarding person alone. An alarm
/// that HQ hears is not told by one that HQ does not.
type Shared = (Code, Uuid, bool);

/// Alarms from their trigger until somebody resolved them. That an alarm is not written yet changes nothing: the same log gives
/// the same alarms, however long nobody was there to write them.
#[derive(Debug, Default)]
pub(crate) struct Standing {
    by_matter: HashMap<Shared, Vec<(EscalationId, Badness)>>,
    by_id: HashMap<EscalationId, Vec<Shared>>,
}

impl Standing {
    /// Whether an alarm stands there that is at least so bad.
    pub(crate) fn tells(&self, matter: &Code, record: Uuid, confidential: bool, bad: Badness) -> bool {
        let standing = self.by_matter.get(&(matter.clone(), record, confidential));
        standing.is_some_and(|standing| standing.iter().any(|(_, told)| *told >= bad))
    }

    /// It stands from now on. What is known of it already stays.
    pub(crate) fn add(
        &mut self,
        matter: &Code,
        record: Uuid,
        confidential: bool,
        bad: Badness,
        id: EscalationId,
    ) {
        let shared = (matter.clone(), record, confidential);
        let known = self.by_id.entry(id).or_default();
        if !known.contains(&shared) {
            known.push(shared.clone());
            self.by_matter.entry(shared).or_default().push((id, bad));
        }
    }

    /// All that stand.
    pub(crate) fn all(&self) -> Vec<EscalationId> {
        self.by_id.keys().copied().collect()
    }

    /// Somebody resolved it: the next one is news.
    pub(crate) fn over(&mut self, id: EscalationId) {
        for shared in self.by_id.remove(&id).into_iter().flatten() {
            if let Some(standing) = self.by_matter.get_mut(&shared) {
                standing.retain(|(other, _)| *other != id);
                if standing.is_empty() {
                    self.by_matter.remove(&shared);
                }
            }
        }
    }
}

/// The record that an alarm of the log is about, where the rule of today would no longer have raised it.
pub(crate) fn record_of(subject: &Subject) -> Option<Uuid> {
    let signal = subject.signal.map(|id| id.0);
    let of_record = signal
        .or(subject.discussion.map(|id| id.0))
        .or(subject.referral.map(|id| id.0))
        .or(subject.incident.map(|id| id.0));
    of_record.or(subject.cases.first().map(|case| case.0))
}
