//! Which records go with somebody who is erased, and which stay.
//!
//! | record | |
//! |---|---|
//! | about this person alone, or else only about persons who are erased already | goes: nothing of it is about anybody who is left |
//! | the same, an escalation that nobody resolved yet | goes once it is resolved: whoever deals with it needs its words |
//! | about somebody else too | stays, and a person looks at its words: the erased is in no view of it |
//! | for the safeguarding person alone | stays, whoever is erased: those who erase may be those whom it accuses |
//!
//! An escalation about somebody else too keeps its words as they are: they say what was done for that person, and there is no
//! redaction of them. They go with the last whom it is about.

use nabij_log::{Log, LogError};
use nabij_model::case::Case;
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
    async fn concerns<A: Decider>(log: &Log, id: Uuid) -> Result<Concerns, LogError> {
        Ok(A::concerns(id, &log.load::<A>(id).await?.state))
    }
    let (concerns, dealt_with) = match record.kind {
        AggregateKind::Signal => (concerns::<Signal>(log, record.id).await?, true),
        AggregateKind::Discussion => (concerns::<Discussion>(log, record.id).await?, true),
        AggregateKind::Referral => (concerns::<Referral>(log, record.id).await?, true),
        AggregateKind::Incident => (concerns::<Incident>(log, record.id).await?, true),
        AggregateKind::Escalation => {
            let root = log.load::<Escalation>(record.id).await?;
            let state = &root.state;
            (Escalation::concerns(record.id, state), state.resolved)
        }
        AggregateKind::Case | AggregateKind::Centre => return Ok(Fate::Stays),
    };
    Ok(match (alone(log, &concerns, case).await?, dealt_with) {
        (true, true) => Fate::Goes,
        (true, false) => Fate::GoesOnceResolved,
        (false, _) => Fate::Stays,
    })
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
