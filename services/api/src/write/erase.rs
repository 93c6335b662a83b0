//! `/v1/cases/{id}/erase`: what singles a person out is destroyed, once two persons agree.

use std::time::Duration;

use axum::response::Response;
use nabij_alerts::alone::{Fate, concerns, fate};
use nabij_log::{Accepted, KnownAt, Log};
use nabij_model::case::{
    Case, CaseCommand, CaseEvent, Erased, ErasureRefused, ErasureRequested, ErasureScope, ErasureWithdrawn,
    Records,
};
use nabij_model::{AggregateId, AggregateKind, CaseId, Event};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::time::Instant;
use uuid::Uuid;

use super::draft::Draft;
use super::written::DONE;
use crate::access::Action::{ApproveErasure, RequestErasure};
use crate::problem::Problem;
use crate::read::records;
use crate::route::Routes;

/// How often it is looked whether the keys are gone.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

#[rustfmt::skip]
pub(super) fn routes(routes: &mut Routes) {
    routes.special::<ErasureRequested, _>("/v1/cases/{id}/erase", RequestErasure, "Ask that a person is erased; a second person must agree", request);
    routes.special::<Approval, _>("/v1/cases/{id}/erase/approve", ApproveErasure, "Agree, as a second person: destroy the keys of everything that concerns this person alone", approve);
    routes.command::<Case, ErasureRefused>("/v1/cases/{id}/erase/refuse", ApproveErasure, CaseCommand::RefuseErasure, "Do not agree: the file stays");
    routes.command::<Case, ErasureWithdrawn>("/v1/cases/{id}/erase/withdraw", RequestErasure, CaseCommand::WithdrawErasure, "Take a request back: the file stays");
}

/// What a second person sends: nothing, the request says it all.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Approval {}

/// Asks; says what would go and what is about others too.
async fn request(mut draft: Draft) -> Result<Response, Problem> {
    let id = draft.call.parameters.id()?;
    let asked = draft.payload::<ErasureRequested>()?;
    draft.allow_record::<Case>(id).await?;
    let scope = scope(&draft, CaseId(id)).await?;
    let accepted = draft.execute::<Case>(id, CaseCommand::RequestErasure(asked)).await?;
    let mut written = draft.written(&accepted);
    written.alone = tellable(&draft, &scope.alone).await?;
    written.shared = tellable(&draft, &scope.shared).await?;
    Ok(written.respond(DONE.status, "cases"))
}

/// Writes the order down, which names all that goes; the eraser carries it out, whatever happens to this call. Records about
/// several people keep their keys and are named in the answer, for redaction.
async fn approve(mut draft: Draft) -> Result<Response, Problem> {
    let id = draft.call.parameters.id()?;
    let Approval {} = draft.payload()?;
    let root = draft.allow_record::<Case>(id).await?;
    let accepted = if root.state.erased {
        Accepted { id, sequence: root.version, version: root.version, replayed: true }
    } else {
        let scope = scope(&draft, CaseId(id)).await?;
        draft.execute::<Case>(id, CaseCommand::Erase(scope)).await?
    };
    let order = order(draft.state.log(), id).await?;
    let mut written = draft.written(&accepted);
    written.alone = tellable(&draft, &order.alone).await?;
    written.shared = tellable(&draft, &order.shared).await?;
    written.done = Some(done(&draft, id).await?);
    Ok(written.respond(DONE.status, "cases"))
}

/// Waits a moment for the keys to be gone.
async fn done(draft: &Draft, id: Uuid) -> Result<bool, Problem> {
    let until = Instant::now() + draft.state.limits().wait;
    loop {
        if draft.state.log().load::<Case>(id).await?.state.erasure_completed {
            return Ok(true);
        }
        if Instant::now() + LOOK_AGAIN > until {
            return Ok(false);
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// The order, as it stands in the log.
async fn order(log: &Log, id: Uuid) -> Result<Erased, Problem> {
    let raws = log.history(AggregateId::new(AggregateKind::Case, id)).await?;
    let events = raws.iter().rev().filter_map(|raw| raw.decode(&mut KnownAt::default()).ok());
    let mut orders = events.filter_map(|recorded| match recorded.event {
        Event::Case(CaseEvent::Erased(order)) => Some(order),
        _ => None,
    });
    orders.next().ok_or_else(|| {
        // A server of a cluster that has not heard of it yet.
        let detail = "the order is in the log, and could not be read back yet: repeat the call, which changes nothing more";
        Problem::unavailable("not-visible-yet", detail, 1)
    })
}

async fn scope(draft: &Draft, case: CaseId) -> Result<ErasureScope, Problem> {
    let listed_at = draft.state.log().head().await?.sequence;
    let mut scope = ErasureScope { listed_at, ..ErasureScope::default() };
    for record in records(&draft.state, case).await? {
        let goes = fate(draft.state.log(), record, case).await? == Fate::Goes;
        let records = if goes { &mut scope.alone } else { &mut scope.shared };
        match record.kind {
            AggregateKind::Signal => records.signals.push(record.id.into()),
            AggregateKind::Discussion => records.discussions.push(record.id.into()),
            AggregateKind::Referral => records.referrals.push(record.id.into()),
            AggregateKind::Incident => records.incidents.push(record.id.into()),
            AggregateKind::Escalation => records.escalations.push(record.id.into()),
            AggregateKind::Case | AggregateKind::Centre => {}
        }
    }
    Ok(scope)
}

/// The ids of these records, but for those that are for the safeguarding person alone: to whoever erases they do not exist.
async fn tellable(draft: &Draft, records: &Records) -> Result<Vec<Uuid>, Problem> {
    let mut told = Vec::new();
    for record in records.all() {
        if !concerns(draft.state.log(), record).await?.confidential {
            told.push(record.id);
        }
    }
    Ok(told)
}
