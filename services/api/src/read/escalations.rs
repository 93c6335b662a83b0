//! `/v1/escalations`: what one's role heard of, and where it stands.

use axum::response::Response;
use nabij_alerts::view::{EscalationView, Standing, Wanted, escalations, related};
use nabij_model::escalation::{Escalation, EscalationSeverity};
use nabij_model::{AggregateId, AggregateKind, CaseId, CentreId, Role};
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
    Place, unknown,
};
use crate::input::query;
use crate::problem::Problem;
use crate::route::{Answer, Call, Reach, Routes, schema_of};
use crate::state::ApiState;
use crate::write::Placed;

/// The schema that the watcher of the rules fills.
pub(super) const SCHEMA: &str = "alerts_v5";

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
    /// Only those that stand there.
    standing: Option<Standing>,
    /// Only so loud.
    severity: Option<EscalationSeverity>,
    /// Only those that somebody has to read for words about a person who was erased, or only the others.
    redaction_due: Option<bool>,
    /// Only those that the caller took up, or that wait for the caller's role on the rung where they stand.
    mine: Option<bool>,
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
        ids: None,
        role: Some(call.actor.role),
        for_staff: Some(call.actor.subject.to_string()),
        severity: asked.severity,
        redaction_due: asked.redaction_due,
        ended: asked.standing.map(|standing| standing == Standing::Resolved),
        centres: centres(&state, &call, asked.centre, moment).await?,
        confidential: call.may(&state, ReadConfidential, &own_operator),
        as_of: moment.sequence,
        before: asked.cursor,
        limit,
    };
    let (mut found, next) = page(&state, &call, wanted, &asked).await?;
    gather(&state, &call, &mut found, moment).await?;
    let places: Vec<Place> = found.iter().map(place).collect();
    let mut shown = Shown::new(&Escalations { escalations: found, next }, moment)?;
    let lines = shown.body().get_mut("escalations").and_then(Value::as_array_mut);
    for (line, place) in lines.into_iter().flatten().zip(&places) {
        reveal(&state, &call, place, line).await?;
    }
    Ok(shown.respond(&call.headers))
}

/// A page that is as full as what the caller may see allows, and where the next one begins.
async fn page(
    state: &ApiState,
    call: &Call,
    mut wanted: Wanted,
    asked: &ListQuery,
) -> Result<(Vec<EscalationView>, Option<u64>), Problem> {
    let limit = wanted.limit as usize;
    let first = |view: &EscalationView| view.steps.first().map(|step| step.sequence);
    let mut page: Vec<EscalationView> = Vec::new();
    loop {
        let found = read(state, &wanted).await?;
        let is_last = found.len() < limit;
        wanted.before = found.last().and_then(first);
        let seen = seen(state, call, found).await?;
        page.extend(seen.into_iter().filter(|view| fits(view, asked, call)));
        if page.len() > limit {
            page.truncate(limit);
            let next = page.last().and_then(first);
            return Ok((page, next));
        }
        if is_last {
            return Ok((page, None));
        }
    }
}

/// What of these the policies let the caller see.
async fn seen(
    state: &ApiState,
    call: &Call,
    mut found: Vec<EscalationView>,
) -> Result<Vec<EscalationView>, Problem> {
    for centre in found.iter().filter_map(|view| view.centre).filter(|_| call.needs_operator(state)) {
        state.operator_of(CentreId(centre)).await?;
    }
    found.retain(|view| call.may(state, ReadEscalations, &place(view)));
    Ok(found)
}

fn fits(view: &EscalationView, asked: &ListQuery, call: &Call) -> bool {
    let stands = asked.standing.is_none_or(|standing| view.standing == standing);
    let way = view.way.as_ref();
    let mine = || match way.and_then(|way| way.taken_up.as_ref()) {
        Some(taken_up) => taken_up.by == call.actor.subject.as_str(),
        None => {
            view.standing == Standing::Open && way.is_some_and(|way| way.asked().contains(&call.actor.role))
        }
    };
    stands && asked.mine.is_none_or(|wanted| mine() == wanted)
}

/// Names the other open escalations of the same case that the caller may see too.
async fn gather(
    state: &ApiState,
    call: &Call,
    found: &mut [EscalationView],
    moment: Moment,
) -> Result<(), Problem> {
    let ids: Vec<Uuid> = found.iter().map(|view| view.id).collect();
    let client = state.pool().get().await.map_err(|error| Problem::views_away(&error))?;
    let all = related(&client, &ids, moment.sequence).await.map_err(|error| Problem::views_away(&error))?;
    drop(client);
    let mut others: Vec<Uuid> = all.values().flatten().copied().collect();
    others.sort_unstable();
    others.dedup();
    if others.is_empty() {
        return Ok(());
    }
    let wanted = Wanted {
        limit: u32::try_from(others.len()).unwrap_or(u32::MAX),
        ids: Some(others),
        role: Some(call.actor.role),
        for_staff: Some(call.actor.subject.to_string()),
        confidential: true,
        as_of: moment.sequence,
        ..Wanted::default()
    };
    let others = seen(state, call, read(state, &wanted).await?).await?;
    let raised_at = |view: &EscalationView| view.steps.first().map_or(u64::MAX, |step| step.sequence);
    for view in found {
        let Some(named) = all.get(&view.id) else { continue };
        let of_case = others.iter().filter(|other| named.contains(&other.id));
        let mut group: Vec<(u64, Uuid)> = of_case.map(|other| (raised_at(other), other.id)).collect();
        group.sort_unstable();
        view.related = group.iter().map(|(_, id)| *id).collect();
        group.push((raised_at(view), view.id));
        view.group = group.iter().min().map(|(_, id)| *id).filter(|_| group.len() > 1);
    }
    Ok(())
}

async fn one(state: ApiState, call: Call) -> Result<Response, Problem> {
    let asked: OneQuery = query(&call.address)?;
    let schemas = [state.schema(), SCHEMA];
    let moment = AsOf::resolve(asked.as_of, asked.min_sequence, &state, &schemas, call.now).await?;
    let wanted = Wanted {
        ids: Some(vec![call.parameters.id()?]),
        role: Some(call.actor.role),
        for_staff: Some(call.actor.subject.to_string()),
        confidential: true,
        as_of: moment.sequence,
        limit: 1,
        ..Wanted::default()
    };
    let mut found = read(&state, &wanted)
        .await?
        .into_iter()
        .next()
        .ok_or_else(|| unknown(Some(AggregateKind::Escalation)))?;
    let place = place(&found);
    call.allow(&state, place.clone()).await?;
    gather(&state, &call, std::slice::from_mut(&mut found), moment).await?;
    let version = found.version;
    let mut shown = Shown::new(&found, moment)?.highest(version);
    reveal(&state, &call, &place, shown.body()).await?;
    Ok(shown.respond(&call.headers))
}

/// What the caller's role heard of in `centres` and nobody resolved, as far as the policies let the caller, the newest first.
pub(super) async fn open_to(
    state: &ApiState,
    call: &Call,
    centres: &[CentreId],
    moment: Moment,
) -> Result<Vec<EscalationView>, Problem> {
    let wanted = Wanted {
        role: Some(call.actor.role),
        for_staff: Some(call.actor.subject.to_string()),
        ended: Some(false),
        centres: Some(centres.iter().map(|centre| centre.0).collect()),
        confidential: true,
        as_of: moment.sequence,
        limit: super::MOST,
        ..Wanted::default()
    };
    let found = read(state, &wanted).await?;
    seen(state, call, found).await
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

/// Of the escalations that stand on the timeline of `case` those that are not shown to the caller: whoever never heard of one, or was
/// passed over, does not learn of it there either.
pub(super) async fn hidden_on(
    state: &ApiState,
    call: &Call,
    case: CaseId,
    moment: Moment,
) -> Result<Vec<Uuid>, Problem> {
    let mut hidden = Vec::new();
    for escalation in state.caseload().escalations(case, moment.sequence).await? {
        let root = state.log().load::<Escalation>(escalation).await?;
        let shown = match Escalation::found(escalation, &root) {
            Ok(place) => call.may_there(state, ReadEscalations, &place).await?,
            Err(_) => false,
        };
        if !shown {
            hidden.push(escalation);
        }
    }
    Ok(hidden)
}

/// Where an escalation lies.
pub(super) fn place(view: &EscalationView) -> Place {
    Place { centre: view.centre.map(CentreId), confidential: view.confidential, ..Place::default() }
        .of(AggregateId::new(AggregateKind::Escalation, view.id))
}

async fn read(state: &ApiState, wanted: &Wanted) -> Result<Vec<EscalationView>, Problem> {
    let client = state.pool().get().await.map_err(|error| Problem::views_away(&error))?;
    escalations(&client, wanted).await.map_err(|error| Problem::views_away(&error))
}

/// Whether any of these bodies names `role` among those who hear of it, or who missed it: the rest is not their alarm.
pub(super) fn heard<'b>(role: Role, bodies: impl Iterator<Item = &'b Value>) -> bool {
    let named = |body: &Value| {
        let roles = ["recipients", "missed"].into_iter().filter_map(|name| body.get(name)?.as_array());
        roles.flatten().any(|named| named == role.as_str())
    };
    bodies.into_iter().any(named)
}
