//! Which records go with somebody who is erased, and which stay.
//!
//! | record | |
//! |---|---|
//! | about this person alone, or else only about persons who are erased already | goes: nothing of it is about anybody who is left |
//! | the same, an escalation that nobody resolved yet | goes once it is resolved: whoever deals with it needs its words |
//! | about somebody else too | stays, and a person looks at its words: the erased is in no view of it |
//! | for the safeguarding person alone | stays, whoever is erased: those who erase may be those whom it accuses |

use nabij_log::{Log, LogError};
use nabij_model::case::Case;
use nabij_model::centre::Centre;
use nabij_model::discussion::Discussion;
use nabij_model::escalation::Escalation;
use nabij_model::incident::Incident;
use nabij_model::referral::Referral;
use nabij_model::signal::Signal;
use nabij_model::{AggregateId, AggregateKind, CaseId, Concerns, Decider};
use uuid::Uuid;

/// What becomes of a record when somebody whom it names is erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Its keys go with the person's.
    Goes,
    /// Its key goes when somebody dealt with it.
    GoesOnceResolved,
    /// It keeps its keys.
    Stays,
}

/// What becomes of `record`, as it stands now, when `case` is erased.
///
/// # Errors
/// `Unavailable`.
pub async fn fate(log: &Log, record: AggregateId, case: CaseId) -> Result<Fate, LogError> {
    if !alone(log, &concerns(log, record).await?, case).await? {
        return Ok(Fate::Stays);
    }
    Ok(match record.kind {
        AggregateKind::Case | AggregateKind::Centre => Fate::Stays,
        AggregateKind::Escalation if !log.load::<Escalation>(record.id).await?.state.resolved => {
            Fate::GoesOnceResolved
        }
        _ => Fate::Goes,
    })
}

/// Whom and what a record of any kind is about, as it stands now.
///
/// # Errors
/// `Unavailable`.
pub async fn concerns(log: &Log, record: AggregateId) -> Result<Concerns, LogError> {
    async fn of<A: Decider>(log: &Log, id: Uuid) -> Result<Concerns, LogError> {
        Ok(A::concerns(id, &log.load::<A>(id).await?.state))
    }
    match record.kind {
        AggregateKind::Case => of::<Case>(log, record.id).await,
        AggregateKind::Centre => of::<Centre>(log, record.id).await,
        AggregateKind::Signal => of::<Signal>(log, record.id).await,
        AggregateKind::Discussion => of::<Discussion>(log, record.id).await,
        AggregateKind::Referral => of::<Referral>(log, record.id).await,
        AggregateKind::Incident => of::<Incident>(log, record.id).await,
        AggregateKind::Escalation => of::<Escalation>(log, record.id).await,
    }
}

/// Whether what `concerns` this is about `case`, and else about nobody but persons who are erased already; and for everybody's eyes.
pub(crate) async fn alone(log: &Log, concerns: &Concerns, case: CaseId) -> Result<bool, LogError> {
    if concerns.confidential || concerns.cases.is_empty() {
        return Ok(false);
    }
    for other in concerns.cases.iter().filter(|other| **other != case) {
        if !log.load::<Case>(other.0).await?.state.erased {
            return Ok(false);
        }
    }
    Ok(true)
}
