//! `POST /v1/cases/{id}/erase`: what singles a person out is destroyed.

use axum::response::Response;
use nabij_log::{Accepted, Log};
use nabij_model::case::{Case, CaseCommand, Erased};
use nabij_model::discussion::Discussion;
use nabij_model::referral::Referral;
use nabij_model::signal::Signal;
use nabij_model::{AggregateId, AggregateKind, CaseId, Decider};
use uuid::Uuid;

use super::draft::Draft;
use super::written::DONE;
use crate::access::Action::EraseCase;
use crate::problem::Problem;
use crate::read::records;
use crate::route::Routes;

pub(super) fn routes(routes: &mut Routes) {
    let summary = "Destroy the keys of everything that concerns this person alone";
    routes.special::<Erased, _>("/v1/cases/{id}/erase", EraseCase, summary, erase);
}

/// First the event, which the rules may refuse and which stays as the order to finish; then the keys. Whatever breaks
/// off in between is finished by asking again: of an erased case the keys are destroyed once more, which changes nothing
/// where they are gone. Records about several people keep their keys and are named in the answer, for redaction.
async fn erase(mut draft: Draft) -> Result<Response, Problem> {
    let id = draft.call.parameters.id()?;
    let order = draft.payload::<Erased>()?;
    let root = draft.allow_record::<Case>(id).await?;
    // A caller that hangs up must not leave half of it undone.
    let work = tokio::spawn(async move {
        let records = records(&draft.state, CaseId(id)).await?;
        let accepted = if root.state.erased {
            Accepted { id, sequence: root.version, version: root.version, replayed: true }
        } else {
            draft.execute::<Case>(id, CaseCommand::Erase(order)).await?
        };
        let (mut alone, mut shared) = (vec![id], Vec::new());
        for record in records.into_iter().filter(|record| record.id != id) {
            if only_about(draft.state.log(), record, CaseId(id)).await? {
                alone.push(record.id);
            } else {
                shared.push(record.id);
            }
        }
        draft.state.log().vault().destroy(&alone).await?;
        let mut written = draft.written(&accepted);
        written.shared = shared;
        Ok(written.respond(DONE.status, "cases"))
    });
    work.await.map_err(|_| Problem::internal())?
}

/// Whether `record` concerns nobody else. Entries of the register and of headquarters hold no words about a person.
async fn only_about(log: &Log, record: AggregateId, case: CaseId) -> Result<bool, Problem> {
    async fn concerns<A: Decider>(log: &Log, id: Uuid, case: CaseId) -> Result<bool, Problem> {
        let root = log.load::<A>(id).await?;
        Ok(A::concerns(id, &root.state).cases == [case])
    }
    match record.kind {
        AggregateKind::Signal => concerns::<Signal>(log, record.id, case).await,
        AggregateKind::Discussion => concerns::<Discussion>(log, record.id, case).await,
        AggregateKind::Referral => concerns::<Referral>(log, record.id, case).await,
        AggregateKind::Case | AggregateKind::Incident | AggregateKind::Centre | AggregateKind::Escalation => {
            Ok(false)
        }
    }
}
