//! `/v1/escalations`: what one's role heard of, and where it stands.

use axum::response::Response;
use nabij_alerts::view::{EscalationView, Wanted, escalations};
use nabij_model::{AggregateId, AggregateKind, CentreId, Role};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::JSON;
use super::answer::Shown;
use super::moment::{AsOf, Moment};
use super::reveal::reveal;
use crate::access::{
    Action::{ReadConfidential, ReadEscalations},
    Place,
};
use crate::input::query;
use crate::problem::Problem;
use crate::route::{Answer, Call, Reach, Routes, schema_of};
use crate::state::ApiState;

/// The schema that the watcher of the rules fills.
const SCHEMA: &str = "alerts_v3";

#[rustfmt::skip]
pub(super) fn routes(routes: &mut Routes) {
    let of = |schema| Answer { schema, ..JSON };
    routes.read("/v1/escalations", ReadEscalations, "Escalations that the caller's role heard of, the newest first", schema_of::<ListQuery>, of(schema_of::<Escalations>), list);
    routes.read("/v1/escalations/{id}", ReadEscalations, "An escalation with its whole way", schema_of::<OneQuery>, of(schema_of::<EscalationView>), one);
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    /// Only of this centre.
    centre: Option<CentreId>,
    /// As the network knew it then: a sequence or a time.
    as_of: Option<AsOf>,
    /// Wait until this event shows: the `sequence` of a write.
    min_sequence: Option<u64>,
    /// At most so many, 1 to 200.
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<u64>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct OneQuery {
    /// As the network knew it then: a sequence or a time.
    as_of: Option<AsOf>,
    /// Wait until this event shows: the `sequence` of a write.
    min_sequence: Option<u64>,
}

/// A page of escalations.
#[derive(Debug, Serialize, JsonSchema)]
struct Escalations {
    /// The newest first.
    escalations: Vec<EscalationView>,
    /// Give it as `cursor` for the next page; absent on the last.
    next: Option<u64>,
}

async fn list(state: ApiState, call: Call) -> Result<Response, Problem> {
    let asked: ListQuery = query(&call.address)?;
    let schemas = [state.schema(), SCHEMA];
    let moment = AsOf::resolve(asked.as_of, asked.min_sequence, &state, &schemas, call.now).await?;
    let limit = super::limit(asked.limit)?;
    let own_operator = Place { operator: call.actor.operator.clone(), ..Place::default() };
    let wanted = Wanted {
        id: None,
        centres: centres(&state, &call, asked.centre, moment).await?,
        confidential: call.may(&state, ReadConfidential, &own_operator),
        as_of: moment.sequence,
        before: asked.cursor,
        limit,
    };
    let mut found = read(&state, &wanted).await?;
    let first = |view: &EscalationView| view.steps.first().map(|step| step.sequence);
    let next = found.last().and_then(first).filter(|_| found.len() == limit as usize);
    found.retain(|view| heard(call.actor.role, view.steps.iter().map(|step| &step.body)));
    for centre in found.iter().filter_map(|view| view.centre).filter(|_| call.needs_operator(&state)) {
        state.operator_of(CentreId(centre)).await?;
    }
    found.retain(|view| call.may(&state, ReadEscalations, &place(view)));
    let places: Vec<Place> = found.iter().map(place).collect();
    let mut shown = Shown::new(&Escalations { escalations: found, next }, moment)?;
    let lines = shown.body().get_mut("escalations").and_then(Value::as_array_mut);
    for (line, place) in lines.into_iter().flatten().zip(&places) {
        reveal(&state, &call, place, line).await?;
    }
    Ok(shown.respond(&call.headers))
}

async fn one(state: ApiState, call: Call) -> Result<Response, Problem> {
    let asked: OneQuery = query(&call.address)?;
    let schemas = [state.schema(), SCHEMA];
    let moment = AsOf::resolve(asked.as_of, asked.min_sequence, &state, &schemas, call.now).await?;
    let wanted = Wanted {
        id: Some(call.parameters.id()?),
        centres: None,
        confidential: true,
        as_of: moment.sequence,
        before: None,
        limit: 1,
    };
    let found = read(&state, &wanted)
        .await?
        .into_iter()
        .next()
        .ok_or_else(|| Problem::not_found("escalation-unknown", "no escalation has this id"))?;
    let place = place(&found);
    call.allow(&state, place.clone()).await?;
    let version = found.version;
    let mut shown = Shown::new(&found, moment)?.highest(version);
    reveal(&state, &call, &place, shown.body()).await?;
    Ok(shown.respond(&call.headers))
}

/// The centres whose escalations the caller may see; `None` for the whole network.
pub(super) async fn centres(
    state: &ApiState,
    call: &Call,
    asked: Option<CentreId>,
    moment: Moment,
) -> Result<Option<Vec<Uuid>>, Problem> {
    if let Some(centre) = asked {
        call.allow(state, Place::centre(centre)).await?;
        return Ok(Some(vec![centre.0]));
    }
    Ok(match call.reach(state)? {
        Reach::Network => None,
        Reach::Operator(operator) => {
            let centres = state.caseload().centres(Some(operator.as_str()), moment.sequence).await?;
            Some(centres.into_iter().map(|centre| centre.centre.0).collect())
        }
        Reach::Centres(centres) => Some(centres.into_iter().map(|centre| centre.0).collect()),
    })
}

/// Where an escalation lies.
fn place(view: &EscalationView) -> Place {
    Place { centre: view.centre.map(CentreId), confidential: view.confidential, ..Place::default() }
        .of(AggregateId::new(AggregateKind::Escalation, view.id))
}

async fn read(state: &ApiState, wanted: &Wanted) -> Result<Vec<EscalationView>, Problem> {
    let client = state.pool().get().await.map_err(|error| Problem::views_away(&error))?;
    escalations(&client, wanted).await.map_err(|error| Problem::views_away(&error))
}

/// Whether any of these bodies names `role` among those who hear of it: the rest is not their alarm.
pub(super) fn heard<'b>(role: Role, bodies: impl Iterator<Item = &'b Value>) -> bool {
    let named = |body: &Value| {
        let recipients = body.get("recipients").and_then(Value::as_array);
        recipients.is_some_and(|roles| roles.iter().any(|named| named == role.as_str()))
    };
    bodies.into_iter().any(named)
}
