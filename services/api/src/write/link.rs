//! Links between records of one occurrence, and links taken back. A signal and an incident both remember a link, so both
//! change together or neither does. What is confidential leaves no trace on a record that others read: such a signal alone
//! remembers its links.

use axum::response::Response;
use nabij_log::Accepted;
use nabij_model::CentreId;
use nabij_model::discussion::Discussion;
use nabij_model::id::{IncidentId, SignalId};
use nabij_model::incident::{self, Incident, IncidentCommand};
use nabij_model::signal::{self, LinkTarget, Signal, SignalCommand};

use super::draft::Draft;
use super::written::DONE;
use crate::access::Action::{FollowSignal, HoldDiscussion, RegisterIncident};
use crate::access::{Place, unknown};
use crate::problem::Problem;
use crate::route::Routes;

pub(super) fn routes(routes: &mut Routes) {
    let same = "Say that another record is about the same occurrence";
    routes.special::<signal::Linked, _>("/v1/signals/{id}/links", FollowSignal, same, link_signal);
    routes.special::<incident::Linked, _>("/v1/incidents/{id}/links", RegisterIncident, same, link_incident);
    let apart = "Take a link back: the other record is about something else";
    routes.special::<signal::Unlinked, _>(
        "/v1/signals/{id}/link-removals",
        FollowSignal,
        apart,
        unlink_signal,
    );
    routes.special::<incident::Unlinked, _>(
        "/v1/incidents/{id}/link-removals",
        RegisterIncident,
        apart,
        unlink_incident,
    );
    routes.command::<Signal, _>(
        "/v1/signals/{id}/link-rejections",
        FollowSignal,
        SignalCommand::RejectLink,
        "Say no to a suggested link: it is not suggested again",
    );
}

async fn link_signal(mut draft: Draft) -> Result<Response, Problem> {
    let id = draft.call.parameters.id()?;
    let linked = draft.payload::<signal::Linked>()?;
    let root = draft.allow_record::<Signal>(id).await?;
    let own = &root.state;
    known(&draft, own.centre, linked.to).await?;
    let accepted = match linked.to {
        LinkTarget::Incident(incident) if !own.confidential => {
            both(&draft, SignalId(id), incident, true).await?
        }
        LinkTarget::Incident(_) | LinkTarget::Discussion(_) | LinkTarget::Signal(_) => {
            draft.execute::<Signal>(id, SignalCommand::Link(linked)).await?
        }
    };
    Ok(draft.respond::<Signal>(DONE.status, &accepted))
}

async fn link_incident(mut draft: Draft) -> Result<Response, Problem> {
    let id = draft.call.parameters.id()?;
    let linked = draft.payload::<incident::Linked>()?;
    let own = draft.allow_record::<Incident>(id).await?.state.centre;
    if known(&draft, own, linked.to).await?.confidential {
        let detail =
            "everybody of the team reads this entry: make the link from the confidential record's side";
        return Err(Problem::invalid("confidential", detail, "/to"));
    }
    let accepted = match linked.to {
        LinkTarget::Signal(signal) => both(&draft, signal, IncidentId(id), false).await?,
        LinkTarget::Discussion(_) | LinkTarget::Incident(_) => {
            draft.execute::<Incident>(id, IncidentCommand::Link(linked)).await?
        }
    };
    Ok(draft.respond::<Incident>(DONE.status, &accepted))
}

async fn unlink_signal(mut draft: Draft) -> Result<Response, Problem> {
    let id = draft.call.parameters.id()?;
    let unlinked = draft.payload::<signal::Unlinked>()?;
    let root = draft.allow_record::<Signal>(id).await?;
    let own = &root.state;
    if !own.links.contains(&unlinked.to) {
        known(&draft, own.centre, unlinked.to).await?;
    } else if let LinkTarget::Incident(incident) = unlinked.to
        && !own.confidential
    {
        let other = draft.state.log().load::<Incident>(incident.into()).await?;
        let back = incident::Unlinked { to: LinkTarget::Signal(SignalId(id)), reason: unlinked.reason };
        if other.state.links.contains(&back.to) {
            let transaction = draft.state.log().transaction(draft.submission()?);
            let transaction = transaction
                .then::<Signal>(id, SignalCommand::Unlink(unlinked))
                .then::<Incident>(incident.into(), IncidentCommand::Unlink(back));
            return Ok(draft.respond::<Signal>(DONE.status, &first(transaction.commit().await?)?));
        }
    }
    let accepted = draft.execute::<Signal>(id, SignalCommand::Unlink(unlinked)).await?;
    Ok(draft.respond::<Signal>(DONE.status, &accepted))
}

async fn unlink_incident(mut draft: Draft) -> Result<Response, Problem> {
    let id = draft.call.parameters.id()?;
    let unlinked = draft.payload::<incident::Unlinked>()?;
    let root = draft.allow_record::<Incident>(id).await?;
    let own = &root.state;
    if !own.links.contains(&unlinked.to) {
        known(&draft, own.centre, unlinked.to).await?;
    } else if let LinkTarget::Signal(signal) = unlinked.to {
        let other = draft.state.log().load::<Signal>(signal.into()).await?;
        let back = signal::Unlinked { to: LinkTarget::Incident(IncidentId(id)), reason: unlinked.reason };
        if other.state.links.contains(&back.to) && !other.state.confidential {
            let transaction = draft.state.log().transaction(draft.submission()?);
            let transaction = transaction
                .then::<Incident>(id, IncidentCommand::Unlink(unlinked))
                .then::<Signal>(signal.into(), SignalCommand::Unlink(back));
            return Ok(draft.respond::<Incident>(DONE.status, &first(transaction.commit().await?)?));
        }
    }
    let accepted = draft.execute::<Incident>(id, IncidentCommand::Unlink(unlinked)).await?;
    Ok(draft.respond::<Incident>(DONE.status, &accepted))
}

/// Where a record lies that another one is linked to. It must exist, to the caller too: it is one that they could link from, or lies with
/// the operator of their own record. The id of an entry follows from its number, so any answer about another operator's would tell what
/// stands in its register.
///
/// # Errors
/// 404 where there is none, or none for the caller.
async fn known(draft: &Draft, own: Option<CentreId>, target: LinkTarget) -> Result<Place, Problem> {
    let (action, place) = match target {
        LinkTarget::Discussion(discussion) => {
            (HoldDiscussion, draft.found::<Discussion>(discussion.into()).await?)
        }
        LinkTarget::Incident(incident) => (RegisterIncident, draft.found::<Incident>(incident.into()).await?),
        LinkTarget::Signal(signal) => (FollowSignal, draft.found::<Signal>(signal.into()).await?),
    };
    let kind = place.record.map(|record| record.kind);
    if draft.call.may_there(&draft.state, action, &place).await? {
        return Ok(place);
    }
    let operator = async |centre: Option<CentreId>| match centre {
        Some(centre) => draft.state.operator_of(centre).await,
        None => Ok(None),
    };
    let theirs = operator(place.centre).await?;
    if !place.confidential && theirs.is_some() && theirs == operator(own).await? {
        return Ok(place);
    }
    Err(unknown(kind).into())
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
    first(transaction.commit().await?)
}

/// What became of the record in the address.
fn first(accepted: Vec<Accepted>) -> Result<Accepted, Problem> {
    accepted.into_iter().next().ok_or_else(Problem::internal)
}
