//! `/v1/centres`: which there are, and what the team of one has to do.

use axum::response::Response;
use jiff::Timestamp;
use nabij_caseload::{Agenda, Board, Centre, Occupancy, Worklist};
use nabij_engine::Touched;
use nabij_model::{CaseId, CentreId};
use nabij_underreporting::facts::SCHEMA;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::answer::Shown;
use super::candidate_links::to_confirm;
use super::moment::{AsOf, Moment};
use super::page::{Cursor, Page, PageQuery, Rest};
use super::present::{Present, is_earlier};
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
    let (asked, paged) = (schema_of::<MomentQuery>, schema_of::<PageQuery>);
    routes.read("/v1/centres", ListCentres, "Which centres there are", schema_of::<ListQuery>, of::<Centres>(), list);
    routes.read("/v1/centres/{id}", ReadCentre, "A centre", asked, of::<Centre>(), one);
    routes.read("/v1/centres/{id}/occupancy", ReadCentre, "How many lived there", schema_of::<OccupancyQuery>, of::<Occupancies>(), occupancy);
    routes.read("/v1/centres/{id}/worklist", ReadWork, "What the team has to do", paged, of::<WorkPage>(), worklist);
    routes.read("/v1/centres/{id}/agenda", ReadWork, "What the next discussion is about: strengths, quiet residents, and what rules put there", paged, of::<AgendaPage>(), agenda);
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
    /// At most so many, 1 to 200; 50 when left out.
    limit: Option<u32>,
    /// `next` of the page before; it brings its own moment.
    cursor: Option<Cursor>,
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
    /// At most so many, 1 to 200; 50 when left out.
    limit: Option<u32>,
    /// `next` of the page before; it brings its own moment.
    cursor: Option<Cursor>,
}

/// Which centres there are.
#[derive(Debug, Serialize, JsonSchema)]
struct Centres {
    /// By code.
    centres: Vec<Centre>,
    #[serde(flatten)]
    rest: Rest,
}

/// Counts of a centre.
#[derive(Debug, Serialize, JsonSchema)]
struct Occupancies {
    /// Oldest first.
    counts: Vec<Occupancy>,
    #[serde(flatten)]
    rest: Rest,
}

/// A page of the work of a team.
#[derive(Debug, Serialize, JsonSchema)]
struct WorkPage {
    #[serde(flatten)]
    work: Worklist,
    #[serde(flatten)]
    rest: Rest,
}

/// A page of an agenda: `cases` are paged, the quiet residents and the matters of rules stand on each page.
#[derive(Debug, Serialize, JsonSchema)]
struct AgendaPage {
    #[serde(flatten)]
    agenda: Agenda,
    #[serde(flatten)]
    rest: Rest,
}

async fn list(state: ApiState, call: Call) -> Result<Response, Problem> {
    let asked: ListQuery = query(&call.address)?;
    call.allow(&state, Place::default()).await?;
    let (when, which) = ((asked.as_of, asked.min_sequence), (asked.limit, asked.cursor));
    let page = Page::resolve(when, which, &state, &call).await?;
    let operator = asked.operator.as_ref().map(|operator| operator.as_str());
    let mut centres = state.caseload().centres(operator, page.moment.sequence).await?;
    let rest = page.cut(&mut centres);
    Ok(Shown::new(&Centres { centres, rest }, page.moment)?.respond(&call.headers))
}

async fn one(state: ApiState, call: Call) -> Result<Response, Problem> {
    let (centre, moment, _) = asked(&state, &call).await?;
    let view = state.caseload().centre(centre, moment.sequence).await?.ok_or_else(unknown)?;
    Ok(Shown::new(&view, moment)?.respond(&call.headers))
}

async fn occupancy(state: ApiState, call: Call) -> Result<Response, Problem> {
    let asked: OccupancyQuery = query(&call.address)?;
    let centre = CentreId(call.parameters.id()?);
    call.allow(&state, Place::centre(centre)).await?;
    let (when, which) = ((asked.as_of, asked.min_sequence), (asked.limit, asked.cursor));
    let page = Page::resolve(when, which, &state, &call).await?;
    let (from, to) = (asked.from.unwrap_or(Timestamp::UNIX_EPOCH), asked.to.unwrap_or(page.moment.time));
    let mut counts = state.caseload().occupancy(centre, from, to, page.moment.sequence).await?;
    let rest = page.cut(&mut counts);
    Ok(Shown::new(&Occupancies { counts, rest }, page.moment)?.respond(&call.headers))
}

async fn worklist(state: ApiState, call: Call) -> Result<Response, Problem> {
    let (centre, page, earlier) = paged(&state, &call, &[state.schema(), SCHEMA]).await?;
    let moment = page.moment;
    let mut work = state.caseload().worklist(centre, state.policies(), moment.time, moment.sequence).await?;
    work.items.iter_mut().filter_map(|item| item.rule.as_mut()).for_each(|note| state.explain(note));
    // Behind what somebody waits for: they are never due.
    work.items.extend(to_confirm(&state, centre, moment).await?);
    if earlier {
        let named: Vec<CaseId> = work.items.iter().flat_map(|item| item.cases.clone()).collect();
        let present = Present::of_log(&state, &named).await?;
        work.items.retain_mut(|item| present.keep(&state, &call, Action::ReadGuidance, &mut item.cases));
    }
    let rest = page.cut(&mut work.items);
    respond(&state, &call, centre, &WorkPage { work, rest }, moment).await
}

async fn agenda(state: ApiState, call: Call) -> Result<Response, Problem> {
    let (centre, page, earlier) = paged(&state, &call, &[state.schema()]).await?;
    let moment = page.moment;
    let mut agenda = state.caseload().agenda(centre, state.policies(), moment.time, moment.sequence).await?;
    agenda.matters.iter_mut().for_each(|matter| state.explain(&mut matter.rule));
    if earlier {
        let mut named: Vec<CaseId> = agenda.cases.iter().map(|line| line.case.case).collect();
        named.extend(agenda.quiet.iter().map(|line| line.case.case));
        named.extend(agenda.matters.iter().flat_map(|matter| matter.cases.clone()));
        let present = Present::of_log(&state, &named).await?;
        let may = |case: CaseId| present.may(&state, &call, Action::ReadCase, case);
        agenda.cases.retain(|line| may(line.case.case));
        agenda.quiet.retain(|line| may(line.case.case));
        let keep = |cases: &mut Vec<CaseId>| present.keep(&state, &call, Action::ReadCase, cases);
        agenda.matters.retain_mut(|matter| keep(&mut matter.cases));
    }
    let rest = page.cut(&mut agenda.cases);
    respond(&state, &call, centre, &AgendaPage { agenda, rest }, moment).await
}

async fn board(state: ApiState, call: Call) -> Result<Response, Problem> {
    let (centre, moment, earlier) = asked(&state, &call).await?;
    if earlier && !call.may(&state, Action::ReadWork, &Place::centre(centre)) {
        let detail = "who does not do the work of the centre sees its board as it stands now: leave `as_of` out; `/v1/analytics` has figures of months that are over";
        return Err(Problem::forbidden("now-only", detail));
    }
    let view = state.caseload().board(centre, state.policies(), moment.time, moment.sequence).await?;
    respond(&state, &call, centre, &view.ok_or_else(unknown)?, moment).await
}

/// The centre, the moment, and whether it is an earlier day.
async fn asked(state: &ApiState, call: &Call) -> Result<(CentreId, Moment, bool), Problem> {
    let asked: MomentQuery = query(&call.address)?;
    let centre = CentreId(call.parameters.id()?);
    call.allow(state, Place::centre(centre)).await?;
    let moment = AsOf::resolve(asked.as_of, asked.min_sequence, state, &[state.schema()], call.now).await?;
    Ok((centre, moment, asked.as_of.is_some()))
}

/// The centre, the page, and whether it shows an earlier day.
async fn paged(state: &ApiState, call: &Call, schemas: &[&str]) -> Result<(CentreId, Page, bool), Problem> {
    let asked: PageQuery = query(&call.address)?;
    let centre = CentreId(call.parameters.id()?);
    call.allow(state, Place::centre(centre)).await?;
    let (when, which) = ((asked.as_of, asked.min_sequence), (asked.limit, asked.cursor));
    let page = Page::of_views(schemas, when, which, state, call).await?;
    let earlier = is_earlier(state, call, asked.as_of, asked.cursor.is_some(), page.moment).await?;
    Ok((centre, page, earlier))
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
