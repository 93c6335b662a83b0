//! Links between records of one occurrence. A signal and an incident both remember the link, so both change together
//! or neither does.

use axum::response::Response;
use nabij_log::Accepted;
use nabij_model::id::{IncidentId, SignalId};
use nabij_model::incident::{self, Incident, IncidentCommand};
use nabij_model::signal::{self, LinkTarget, Signal, SignalCommand};

use super::draft::Draft;
use super::written::DONE;
use crate::access::Action::{FollowSignal, RegisterIncident};
use crate::problem::Problem;
use crate::route::Routes;

pub(super) fn routes(routes: &mut Routes) {
    let same = "Say that another record is about the same occurrence";
    routes.special::<signal::Linked, _>("/v1/signals/{id}/links", FollowSignal, same, link_signal);
    routes.special::<incident::Linked, _>("/v1/incidents/{id}/links", RegisterIncident, same, link_incident);
}

async fn link_signal(mut draft: Draft) -> Result<Response, Problem> {
    let id = draft.call.parameters.id()?;
    let linked = draft.payload::<signal::Linked>()?;
    match linked.to {
        LinkTarget::Incident(incident) => {
            draft.allow_record::<Signal>(id).await?;
            let accepted = both(&draft, SignalId(id), incident, true).await?;
            Ok(draft.respond::<Signal>(DONE.status, &accepted))
        }
        LinkTarget::Discussion(_) | LinkTarget::Signal(_) => {
            let accepted = draft.execute::<Signal>(id, SignalCommand::Link(linked)).await?;
            Ok(draft.respond::<Signal>(DONE.status, &accepted))
        }
    }
}

async fn link_incident(mut draft: Draft) -> Result<Response, Problem> {
    let id = draft.call.parameters.id()?;
    let linked = draft.payload::<incident::Linked>()?;
    match linked.to {
        LinkTarget::Signal(signal) => {
            draft.allow_record::<Incident>(id).await?;
            let accepted = both(&draft, signal, IncidentId(id), false).await?;
            Ok(draft.respond::<Incident>(DONE.status, &accepted))
        }
        LinkTarget::Discussion(_) | LinkTarget::Incident(_) => {
            let accepted = draft.execute::<Incident>(id, IncidentCommand::Link(linked)).await?;
            Ok(draft.respond::<Incident>(DONE.status, &accepted))
        }
    }
}

/// Links both ways, in one batch. The first command is the one of the record in the address: `If-Match` is about it, and
/// the answer too.
async fn both(
    draft: &Draft,
    signal: SignalId,
    incident: IncidentId,
    signal_first: bool,
) -> Result<Accepted, Problem> {
    let to_incident = SignalCommand::Link(signal::Linked { to: LinkTarget::Incident(incident) });
    let to_signal = IncidentCommand::Link(incident::Linked { to: LinkTarget::Signal(signal) });
    let transaction = draft.state.log().transaction(draft.submission()?);
    let transaction = if signal_first {
        transaction.then::<Signal>(signal.into(), to_incident).then::<Incident>(incident.into(), to_signal)
    } else {
        transaction.then::<Incident>(incident.into(), to_signal).then::<Signal>(signal.into(), to_incident)
    };
    transaction.commit().await?.into_iter().next().ok_or_else(Problem::internal)
}
