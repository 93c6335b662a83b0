//! `/v1/cases/{id}/shares` and `/trusted-persons`: who lets a colleague read along opens no level that they do not open themselves.

use axum::response::Response;
use nabij_model::SealLevel;
use nabij_model::case::{Case, CaseCommand, InformationShared, TrustedPersonNamed};
use nabij_model::sealed::Secrecy;
use uuid::Uuid;

use super::draft::Draft;
use super::placed::Placed;
use super::written::DONE;
use crate::access::Action::{self, FollowCase, ShareCase};
use crate::access::Place;
use crate::problem::Problem;
use crate::route::{Input, Routes, schema_of};

pub(super) fn routes(routes: &mut Routes) {
    let input = Input::Body { schema: schema_of::<InformationShared>, optional: &["share"], own_id: false };
    let summary = "Say what was shared outside the team, or let a colleague of the network read along";
    routes.write("/v1/cases/{id}/shares", ShareCase, summary, input, DONE, |state, call| async move {
        let mut draft = Draft::begin(state, call)?;
        draft.mint("share");
        share(draft).await
    });
    let summary = "Name whom the resident trusts, and what they may read";
    routes.special::<TrustedPersonNamed, _>("/v1/cases/{id}/trusted-persons", FollowCase, summary, trust);
}

async fn share(mut draft: Draft) -> Result<Response, Problem> {
    let id = draft.call.parameters.id()?;
    let shared = draft.payload::<InformationShared>()?;
    if shared.reader.is_some() {
        opens_all(&draft, id, &shared.levels).await?;
    }
    let accepted = draft.execute::<Case>(id, CaseCommand::ShareInformation(shared)).await?;
    Ok(draft.respond::<Case>(DONE.status, &accepted))
}

async fn trust(mut draft: Draft) -> Result<Response, Problem> {
    let id = draft.call.parameters.id()?;
    let named = draft.payload::<TrustedPersonNamed>()?;
    opens_all(&draft, id, &named.levels).await?;
    let accepted = draft.execute::<Case>(id, CaseCommand::NameTrustedPerson(named)).await?;
    Ok(draft.respond::<Case>(DONE.status, &accepted))
}

/// Whether the caller opens all of `levels` by their own role, not by what was granted to them.
///
/// # Errors
/// The policy's no to the call, and 403 `not-yours-to-give` at the first level that they do not open.
async fn opens_all(draft: &Draft, id: Uuid, levels: &[Secrecy]) -> Result<(), Problem> {
    if levels.is_empty() {
        return Ok(());
    }
    let root = draft.allow_record::<Case>(id).await?;
    let own = Place { grants: Vec::new(), ..Case::found(id, &root)? };
    for (number, level) in levels.iter().enumerate() {
        let opens = Action::from(SealLevel::from(*level));
        if !draft.call.may(&draft.state, opens, &own) {
            let detail = format!(
                "you may not {opens} in this case yourself, so you cannot let a colleague: ask somebody who may, or leave the level out"
            );
            return Err(Problem::forbidden("not-yours-to-give", detail).at(format!("/levels/{number}")));
        }
    }
    Ok(())
}
