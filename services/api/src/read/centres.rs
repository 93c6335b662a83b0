//! `/v1/centres`: which there are, and what the team of one has to do.

use axum::response::Response;
use jiff::Timestamp;
use nabij_caseload::{Agenda, Board, Centre, Occupancy, Worklist};
use nabij_engine::Touched;
use nabij_model::CentreId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::answer::Shown;
use super::moment::{AsOf, Moment};
use super::reveal::reveal;
use super::{JSON, incomplete};
use crate::access::{Action, Place};
use crate::input::query;
use crate::problem::Problem;
use crate::route::{Answer, Call, Routes, schema_of};
use crate::state::ApiState;

#[rustfmt::skip]
pub(super) fn routes(routes: &mut Routes) {
    use Action::{ListCentres, ReadBoard, ReadCentre, ReadWork};
    fn of<T: JsonSchema>() -> Answer {
        Answer { schema: schema_of::<T>, ..JSON }
    }
    let asked = schema_of::<MomentQuery>;
    routes.read("/v1/centres", ListCentres, "Which centres there are", schema_of::<ListQuery>, of::<Centres>(), list);
    routes.read("/v1/centres/{id}", ReadCentre, "A centre", asked, of::<Centre>(), one);
    routes.read("/v1/centres/{id}/occupancy", ReadCentre, "How many lived there", schema_of::<OccupancyQuery>, of::<Occupancies>(), occupancy);
    routes.read("/v1/centres/{id}/worklist", ReadWork, "What the team has to do", asked, of::<Worklist>(), worklist);
    routes.read("/v1/centres/{id}/agenda", ReadWork, "What the next discussion is about: strengths and quiet residents too", asked, of::<Agenda>(), agenda);
    routes.read("/v1/centres/{id}/board", ReadBoard, "Figures of a centre", asked, of::<Board>(), board);
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    /// Only centres of this operator.
    operator: Option<nabij_model::text::Code>,
    /// As the network knew it then: a sequence or a time.
    as_of: Option<AsOf>,
    /// Wait until this event shows: the `sequence` of a write.
    min_sequence: Option<u64>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct MomentQuery {
    /// As the network knew it then: a sequence or a time.
    as_of: Option<AsOf>,
    /// Wait until this event shows: the `sequence` of a write.
    min_sequence: Option<u64>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct OccupancyQuery {
    /// From this moment on.
    from: Option<Timestamp>,
    /// Before this moment.
    to: Option<Timestamp>,
    /// As the network knew it then: a sequence or a time.
    as_of: Option<AsOf>,
    /// Wait until this event shows: the `sequence` of a write.
    min_sequence: Option<u64>,
}

/// Which centres there are.
#[derive(Debug, Serialize, JsonSchema)]
struct Centres {
    /// By code.
    centres: Vec<Centre>,
}

/// Counts of a centre.
#[derive(Debug, Serialize, JsonSchema)]
struct Occupancies {
    /// Oldest first.
    counts: Vec<Occupancy>,
}

async fn list(state: ApiState, call: Call) -> Result<Response, Problem> {
    let asked: ListQuery = query(&call.address)?;
    call.allow(&state, Place::default()).await?;
    let moment = AsOf::resolve(asked.as_of, asked.min_sequence, &state, &[state.schema()], call.now).await?;
    let operator = asked.operator.as_ref().map(|operator| operator.as_str());
    let centres = state.caseload().centres(operator, moment.sequence).await?;
    Ok(Shown::new(&Centres { centres }, moment)?.respond(&call.headers))
}

async fn one(state: ApiState, call: Call) -> Result<Response, Problem> {
    let (centre, moment) = asked(&state, &call).await?;
    let view = state.caseload().centre(centre, moment.sequence).await?.ok_or_else(unknown)?;
    Ok(Shown::new(&view, moment)?.respond(&call.headers))
}

async fn occupancy(state: ApiState, call: Call) -> Result<Response, Problem> {
    let asked: OccupancyQuery = query(&call.address)?;
    let centre = CentreId(call.parameters.id()?);
    call.allow(&state, Place::centre(centre)).await?;
    let moment = AsOf::resolve(asked.as_of, asked.min_sequence, &state, &[state.schema()], call.now).await?;
    let (from, to) = (asked.from.unwrap_or(Timestamp::UNIX_EPOCH), asked.to.unwrap_or(call.now));
    let counts = state.caseload().occupancy(centre, from, to, moment.sequence).await?;
    Ok(Shown::new(&Occupancies { counts }, moment)?.respond(&call.headers))
}

async fn worklist(state: ApiState, call: Call) -> Result<Response, Problem> {
    let (centre, moment) = asked(&state, &call).await?;
    let view = state.caseload().worklist(centre, state.policies(), moment.time, moment.sequence).await?;
    respond(&state, &call, centre, &view, moment).await
}

async fn agenda(state: ApiState, call: Call) -> Result<Response, Problem> {
    let (centre, moment) = asked(&state, &call).await?;
    let view = state.caseload().agenda(centre, state.policies(), moment.time, moment.sequence).await?;
    respond(&state, &call, centre, &view, moment).await
}

async fn board(state: ApiState, call: Call) -> Result<Response, Problem> {
    let (centre, moment) = asked(&state, &call).await?;
    let view = state.caseload().board(centre, state.policies(), moment.time, moment.sequence).await?;
    respond(&state, &call, centre, &view.ok_or_else(unknown)?, moment).await
}

async fn asked(state: &ApiState, call: &Call) -> Result<(CentreId, Moment), Problem> {
    let asked: MomentQuery = query(&call.address)?;
    let centre = CentreId(call.parameters.id()?);
    call.allow(state, Place::centre(centre)).await?;
    let moment = AsOf::resolve(asked.as_of, asked.min_sequence, state, &[state.schema()], call.now).await?;
    Ok((centre, moment))
}

async fn respond(
    state: &ApiState,
    call: &Call,
    centre: CentreId,
    view: &impl Serialize,
    moment: Moment,
) -> Result<Response, Problem> {
    let mut shown = Shown::new(view, moment)?;
    reveal(state, call, &Place::centre(centre), shown.body()).await?;
    let missing = incomplete(state, Touched::Centre(centre, &[]), moment).await?;
    Ok(shown.incomplete(missing).respond(&call.headers))
}

fn unknown() -> Problem {
    Problem::not_found(
        "centre-unknown",
        "no centre has this id; straight after a write, pass its `min_sequence`",
    )
}
