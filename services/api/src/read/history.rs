//! `/v1/signals/{id}` and the like: one record with everything that happened to it, straight from the log.

use std::collections::HashSet;

use axum::response::Response;
use jiff::Timestamp;
use nabij_log::Raw;
use nabij_model::case::Case;
use nabij_model::discussion::Discussion;
use nabij_model::incident::Incident;
use nabij_model::referral::Referral;
use nabij_model::signal::Signal;
use nabij_model::text::StaffId;
use nabij_model::{AggregateId, AggregateKind, CaseId, Role, forget};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::JSON;
use super::answer::Shown;
use super::moment::Moment;
use super::reveal::reveal;
use crate::access::Action;
use crate::input::query;
use crate::problem::Problem;
use crate::route::{Answer, Call, Routes, schema_of};
use crate::state::ApiState;
use crate::write::{Placed, whereabouts};

#[rustfmt::skip]
pub(super) fn routes(routes: &mut Routes) {
    let answer = Answer { schema: schema_of::<History>, ..JSON };
    let no_query = schema_of::<NoQuery>;
    routes.read("/v1/signals/{id}", Action::ReadSignal, "A signal and what became of it; to frontline staff, their own", no_query, answer, history::<Signal>);
    routes.read("/v1/discussions/{id}", Action::HoldDiscussion, "A discussion", no_query, answer, history::<Discussion>);
    routes.read("/v1/referrals/{id}", Action::FollowReferral, "A referral, step by step", no_query, answer, history::<Referral>);
    routes.read("/v1/incidents/{id}", Action::RegisterIncident, "An entry of the register, and what became of it", no_query, answer, history::<Incident>);
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NoQuery {}

/// A record with everything that happened to it.
#[derive(Debug, Serialize, JsonSchema)]
struct History {
    /// The record.
    id: Uuid,
    /// For `If-Match`.
    version: u64,
    /// Oldest first.
    events: Vec<Happened>,
}

/// One thing that happened.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Happened {
    /// Where it stands in the log.
    sequence: u64,
    /// The event: what a redaction names.
    event_id: Uuid,
    /// Whose event.
    kind: AggregateKind,
    /// The record.
    aggregate: Uuid,
    /// `nabij.signal.logged.v1`.
    event_type: String,
    /// When it was written down.
    pub(super) recorded_at: Timestamp,
    /// Who wrote it down.
    pub(super) actor: StaffId,
    /// In which role.
    role: Role,
    /// What happened.
    body: Value,
}

async fn history<A: Placed>(state: ApiState, call: Call) -> Result<Response, Problem> {
    let NoQuery {} = query(&call.address)?;
    let id = call.parameters.id()?;
    let root = state.log().load::<A>(id).await?;
    let place = whereabouts(&state, id, &root).await?;
    call.allow(&state, place.clone()).await?;
    let raws = state.log().history(AggregateId::new(A::KIND, id)).await?;
    let mut events = raws.iter().map(happened).collect::<Option<Vec<_>>>().ok_or_else(Problem::internal)?;
    // How a team goes about it is not for who only logged the signal; least of all when it may be about them.
    if !call.may(&state, Action::FollowProtocol, &place) {
        events.retain(|happened| !happened.event_type.starts_with("nabij.signal.protocol_"));
    }
    let erased = erased(&state, &raws).await?;
    let gone =
        |case: &Value| case.as_str().and_then(|id| id.parse().ok()).is_some_and(|id| erased.contains(&id));
    for happened in &mut events {
        forget(&mut happened.body, &|case| erased.contains(&case));
        // A referral is about one case, and names it outside any list.
        if let Some(body) = happened.body.as_object_mut() {
            body.retain(|name, field| name != "case" || !gone(field));
        }
    }
    let moment = Moment { sequence: root.version, time: call.now };
    let mut shown = Shown::new(&History { id, version: root.version, events }, moment)?;
    reveal(&state, &call, &place, shown.body()).await?;
    Ok(shown.respond(&call.headers))
}

/// Which of the cases that a record ever named are erased: their part in it shows no more.
async fn erased(state: &ApiState, raws: &[Raw]) -> Result<HashSet<CaseId>, Problem> {
    let named: HashSet<CaseId> = raws.iter().flat_map(Raw::cases).collect();
    let mut erased = HashSet::new();
    for case in named {
        if state.log().load::<Case>(case.0).await?.state.erased {
            erased.insert(case);
        }
    }
    Ok(erased)
}

pub(super) fn happened(raw: &Raw) -> Option<Happened> {
    let actor = raw.actor().ok()?;
    Some(Happened {
        sequence: raw.sequence,
        event_id: raw.event_id().ok()?.0,
        kind: raw.aggregate().ok()?.kind,
        aggregate: raw.aggregate().ok()?.id,
        event_type: raw.event_type().ok()?.to_owned(),
        recorded_at: raw.recorded_at().ok()?,
        actor: actor.subject,
        role: actor.role,
        body: serde_json::from_slice(&raw.body).ok()?,
    })
}
