//! `POST /v1/cases/{id}/erase`: what singles a person out is destroyed.

use axum::response::Response;
use nabij_log::Accepted;
use nabij_model::case::{Case, CaseCommand, Erased};

use super::draft::Draft;
use super::written::DONE;
use crate::access::Action::EraseCase;
use crate::problem::Problem;
use crate::read::only_about;
use crate::route::Routes;

pub(super) fn routes(routes: &mut Routes) {
    let summary = "Destroy the keys of everything that concerns this person alone";
    routes.special::<Erased, _>("/v1/cases/{id}/erase", EraseCase, summary, erase);
}

/// First the event, which the rules may refuse and which stays as the order to finish; then the keys. Whatever breaks
/// off in between is finished by asking again: of an erased case the keys are destroyed once more, which changes nothing
/// where they are gone.
async fn erase(mut draft: Draft) -> Result<Response, Problem> {
    let id = draft.call.parameters.id()?;
    let order = draft.payload::<Erased>()?;
    draft.allow_record::<Case>(id).await?;
    // A caller that hangs up must not leave half of it undone.
    let work = tokio::spawn(async move {
        let root = draft.state.log().load::<Case>(id).await?;
        let accepted = if root.state.erased {
            Accepted { id, sequence: root.version, version: root.version, replayed: true }
        } else {
            draft.execute::<Case>(id, CaseCommand::Erase(order)).await?
        };
        let mut records = only_about(&draft.state, id.into()).await?;
        records.push(id);
        draft.state.log().vault().destroy(&records).await?;
        Ok(draft.respond::<Case>(DONE.status, &accepted))
    });
    work.await.map_err(|_| Problem::internal())?
}
