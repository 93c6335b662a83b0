//! What one call asked the policy, and what it was told: the audit of the call reads it after the handler.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use nabij_model::{AggregateId, CentreId};

use super::{Action, Place, Verdict};

/// One question to the policy with its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// What was to be done; of a level of secrecy, `open.<level>`.
    pub action: Action,
    /// On which record; absent before there is one, and for the question whether a role may ever do this.
    pub record: Option<AggregateId>,
    /// In which centre, where known.
    pub centre: Option<CentreId>,
    /// What stands there is confidential.
    pub confidential: bool,
    /// What the policy said.
    pub verdict: Verdict,
}

/// Everything that a call asked, in order, each question once.
///
/// `route/answer.rs` makes it before the token is read and keeps it after the handler has ended, so it is there for
/// allowed and refused calls alike, for those that panicked or took too long too: the early question whether the role may
/// ever do this stands first, then each record with the policies that decided about it. A stream goes on asking after
/// its answer began: whoever keeps a clone sees that too.
#[derive(Debug, Clone, Default)]
pub struct Trail {
    asked: Arc<Mutex<Vec<Asked>>>,
    allowed: Arc<AtomicBool>,
}

impl Trail {
    /// Remembers a question.
    pub fn note(&self, action: Action, place: &Place, verdict: &Verdict) {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |before: &Asked| {
            before.action == action
                && before.record == place.record
                && before.centre == place.centre
                && before.confidential == place.confidential
                && before.verdict == *verdict
        };
        // A repeated question follows soon after the first: fields of one record ask for the same few levels.
        if !asked.iter().rev().take(8).any(same) {
            let verdict = verdict.clone();
            let Place { record, centre, confidential, .. } = *place;
            asked.push(Asked { action, record, centre, confidential, verdict });
        }
    }

    /// Remembers that something was allowed at a place, and not only to a role.
    pub fn allow(&self) {
        self.allowed.store(true, Ordering::Release);
    }

    /// Whether anything was allowed at a place until now: an answer without that was never asked about.
    #[must_use]
    pub fn allowed(&self) -> bool {
        self.allowed.load(Ordering::Acquire)
    }

    /// Whether anything confidential was allowed until now.
    #[must_use]
    pub fn opened_confidential(&self) -> bool {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.iter().any(|asked| asked.confidential && asked.verdict.allowed())
    }

    /// What was asked until now.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
