//! `/v1/cases`: lists, files, timelines, households.

use axum::response::Response;
use nabij_caseload::{CaseFile, CaseList, CaseSummary, Order, Timeline};
use nabij_engine::Touched;
use nabij_model::case::Case;
use nabij_model::{CaseId, CentreId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::answer::Shown;
use super::found::{Asked, found};
use super::granted::{cut_to_grants, granted_entries};
use super::moment::{AsOf, Moment};
use super::page::{Cursor, Page, Rest};
use super::reveal::reveal;
use super::{JSON, every_entry, incomplete};
use crate::access::{Action, Place};
use crate::input::query;
use crate::problem::Problem;
use crate::route::{Answer, Call, Routes, schema_of};
use crate::state::ApiState;
use crate::write::Placed;

pub(super) fn routes(routes: &mut Routes) {
    use Action::{ReadCase, ReadGranted, ReadGuidance};
    let of = |schema| Answer { schema, ..JSON };
    routes.read(
        "/v1/cases",
        ReadGuidance,
        "Cases of the caller's centres; to who only has duty there, which they are; by `name` or `number`, the cases whose file the caller reads",
        schema_of::<ListQuery>,
        of(schema_of::<CaseList>),
        list,
    );
    let summary =
        "The file of a case; to who only has duty there, its guidance; to whom a part was granted, that part";
    routes.read(
        "/v1/cases/{id}",
        ReadGuidance,
        summary,
        schema_of::<FileQuery>,
        of(schema_of::<CaseFile>),
        file,
    );
    let summary = "Everything that was written about a case; to a former centre, what it wrote itself; to whom a part was granted, that part";
    routes.read(
        "/v1/cases/{id}/timeline",
        ReadGranted,
        summary,
        schema_of::<TimelineQuery>,
        of(schema_of::<Timeline>),
        timeline,
    );
    let summary = "The other cases of the household that live in the caller's centres";
    routes.read(
        "/v1/cases/{id}/household",
        ReadCase,
        summary,
        schema_of::<HouseholdQuery>,
        of(schema_of::<Household>),
        household,
    );
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    /// Whose name is like this: the beginning of a word will do, accents, alphabets and small slips do not matter. The nearest come
    /// first. A search is about now, and is answered in one page.
    #[schemars(length(max = 100))]
    name: Option<String>,
    /// Who has this official number, however it is spaced.
    #[schemars(length(max = 100))]
    number: Option<String>,
    /// Only this centre.
    centre: Option<CentreId>,
    /// Closed cases too.
    #[serde(default)]
    closed: bool,
    /// As the network knew it then: a sequence or a time.
    as_of: Option<AsOf>,
    /// Wait until this event shows: the `sequence` of a write.
    min_sequence: Option<u64>,
    /// At most so many, 1 to 200.
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<CaseId>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct FileQuery {
    /// As the network knew it then: a sequence or a time.
    as_of: Option<AsOf>,
    /// Wait until this event shows: the `sequence` of a write.
    min_sequence: Option<u64>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct HouseholdQuery {
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
struct TimelineQuery {
    /// As the network knew it then: a sequence or a time.
    as_of: Option<AsOf>,
    /// Wait until this event shows: the `sequence` of a write.
    min_sequence: Option<u64>,
    /// Which end comes first.
    #[serde(default)]
    order: Ordering,
    /// At most so many, 1 to 200.
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<u64>,
}

#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Ordering {
    #[default]
    Newest,
    Oldest,
}

/// Who lives with whom.
#[derive(Debug, Serialize, JsonSchema)]
struct Household {
    /// The other cases that the caller may read.
    cases: Vec<CaseSummary>,
    #[serde(flatten)]
    rest: Rest,
}

async fn list(state: ApiState, call: Call) -> Result<Response, Problem> {
    let asked: ListQuery = query(&call.address)?;
    let centres = match asked.centre {
        Some(centre) => {
            call.allow(&state, Place::centre(centre)).await?;
            vec![centre]
        }
        None => call.centres(&state)?,
    };
    let limit = super::limit(asked.limit)?;
    if asked.name.is_some() || asked.number.is_some() {
        if asked.as_of.is_some() || asked.cursor.is_some() {
            let detail = "a search by `name` or `number` is about now and has one page: leave out `as_of` and `cursor`";
            return Err(Problem::bad_request("bad-query", detail));
        }
        let ListQuery { name, number, centre, closed, min_sequence, .. } = asked;
        return found(&state, &call, &Asked { name, number, centre, closed, min_sequence, limit }).await;
    }
    let moment = AsOf::resolve(asked.as_of, asked.min_sequence, &state, &[state.schema()], call.now).await?;
    let list = allowed(&state, &call, &centres, (asked.closed, asked.cursor, limit), moment).await?;
    let mut shown = Shown::new(&list, moment)?;
    for (line, case) in lines(shown.body()).iter_mut().zip(&list.cases) {
        // A case that arrived before its file did is only on duty's list, whoever asks.
        if !call.may(&state, Action::ReadCase, &place_of(case)) {
            duty_only(line);
        }
    }
    let missing = incomplete(&state, Touched::Anything, moment).await?;
    Ok(shown.incomplete(missing).respond(&call.headers))
}

/// A page of the cases that the caller may know of: what the policy leaves out takes no line of it, and is no reason for a next page.
async fn allowed(
    state: &ApiState,
    call: &Call,
    centres: &[CentreId],
    (closed, mut cursor, limit): (bool, Option<CaseId>, u32),
    moment: Moment,
) -> Result<CaseList, Problem> {
    let mut cases: Vec<CaseSummary> = Vec::new();
    loop {
        let page = state.caseload().cases(centres, closed, moment.sequence, cursor, limit + 1).await?;
        cases.extend(page.cases.into_iter().filter(|case| call.may(state, call.action, &place_of(case))));
        cursor = page.next;
        if cursor.is_none() || cases.len() > limit as usize {
            break;
        }
    }
    let more = cases.len() > limit as usize;
    cases.truncate(limit as usize);
    let next = cases.last().filter(|_| more).map(|last| last.case);
    Ok(CaseList { cases, next })
}

async fn file(state: ApiState, call: Call) -> Result<Response, Problem> {
    let (case, asked) = (CaseId(call.parameters.id()?), query::<FileQuery>(&call.address)?);
    let place = place(&state, case).await?;
    let granted = call.may(&state, Action::ReadGranted, &place);
    if !granted {
        call.allow(&state, place.clone()).await?;
    }
    let whole = call.may(&state, Action::ReadCase, &place);
    let moment = AsOf::resolve(asked.as_of, asked.min_sequence, &state, &[state.schema()], call.now).await?;
    let Some(file) = state.caseload().case_file(case, moment.sequence).await? else {
        return Err(unknown_or_erased(&state, case).await?);
    };
    let highest = file.summary.recorded_seq;
    let mut shown = Shown::new(&file, moment)?.highest(highest);
    if !whole && granted {
        let kept = state.caseload().kept_statements(case, moment.sequence).await?;
        cut_to_grants(&state, &call, &place, &kept, shown.body()).await?;
    } else {
        if !whole {
            duty_only(shown.body());
            shown.body()["part"] = "guidance".into();
        }
        reveal(&state, &call, &place, shown.body()).await?;
    }
    let missing = incomplete(&state, Touched::Case(case), moment).await?;
    Ok(shown.incomplete(missing).respond(&call.headers))
}

async fn timeline(state: ApiState, call: Call) -> Result<Response, Problem> {
    let (case, asked) = (CaseId(call.parameters.id()?), query::<TimelineQuery>(&call.address)?);
    let mut place = place(&state, case).await?;
    let whole = call.allow_to(&state, Action::ReadCase, place.clone()).await;
    if whole.is_err() && call.may(&state, Action::ReadGranted, &place) {
        return granted_timeline(&state, &call, case, &place, &asked).await;
    }
    if let Err(problem) = &whole {
        // A former centre keeps sight of what it wrote, and of where the resident went: as if those entries lay there still.
        let own = place.former.iter().find(|centre| call.actor.centres.contains(centre)).copied();
        let own = own.filter(|_| call.may(&state, Action::ReadWritten, &place));
        place = Place::case(case, own.ok_or_else(|| problem.clone())?);
    }
    let moment = AsOf::resolve(asked.as_of, asked.min_sequence, &state, &[state.schema()], call.now).await?;
    let order = match asked.order {
        Ordering::Newest => Order::NewestFirst,
        Ordering::Oldest => Order::OldestFirst,
    };
    let limit = super::limit(asked.limit)?;
    let timeline = if whole.is_ok() {
        state.caseload().timeline(case, moment.sequence, order, asked.cursor, limit).await?
    } else {
        let ours = |centre: &str| call.actor.centres.iter().any(|own| own.to_string() == centre);
        let mut entries = every_entry(&state, case, moment.sequence).await?;
        entries.retain(|entry| {
            entry.centre.is_some_and(|centre| call.actor.centres.iter().any(|own| own.0 == centre))
                || entry.body.get("from_centre").and_then(|from| from.as_str()).is_some_and(ours)
        });
        let next = asked.cut(&mut entries, limit as usize, |entry| entry.recorded_seq);
        Timeline { entries, next, erased: state.caseload().erased(case).await? }
    };
    let mut shown = Shown::new(&timeline, moment)?;
    reveal(&state, &call, &place, shown.body()).await?;
    let missing = incomplete(&state, Touched::Case(case), moment).await?;
    Ok(shown.incomplete(missing).respond(&call.headers))
}

impl TimelineQuery {
    /// Cuts the page out of the entries that are shown, oldest first, and gives the `next` of the page after it: of what is not shown it
    /// tells nothing.
    fn cut<T>(&self, entries: &mut Vec<T>, limit: usize, sequence: impl Fn(&T) -> u64) -> Option<u64> {
        if matches!(self.order, Ordering::Newest) {
            entries.reverse();
        }
        entries.retain(|entry| match (self.order, self.cursor) {
            (_, None) => true,
            (Ordering::Newest, Some(cursor)) => sequence(entry) < cursor,
            (Ordering::Oldest, Some(cursor)) => sequence(entry) > cursor,
        });
        let more = entries.len() > limit;
        entries.truncate(limit);
        entries.last().filter(|_| more).map(sequence)
    }
}

/// The part of a timeline that was granted; paged after all that is not shown was left out.
async fn granted_timeline(
    state: &ApiState,
    call: &Call,
    case: CaseId,
    place: &Place,
    asked: &TimelineQuery,
) -> Result<Response, Problem> {
    let limit = super::limit(asked.limit)? as usize;
    let moment = AsOf::resolve(asked.as_of, asked.min_sequence, state, &[state.schema()], call.now).await?;
    if state.caseload().erased(case).await? {
        let erased = Timeline { entries: Vec::new(), next: None, erased: true };
        return Ok(Shown::new(&erased, moment)?.respond(&call.headers));
    }
    let kept = state.caseload().kept_statements(case, moment.sequence).await?;
    let entries = every_entry(state, case, moment.sequence).await?;
    let mut entries = granted_entries(state, call, place, &kept, entries).await?;
    let next = asked.cut(&mut entries, limit, |(sequence, _)| *sequence);
    let mut shown = Shown::new(&Timeline { entries: Vec::new(), next, erased: false }, moment)?;
    shown.body()["entries"] = entries.into_iter().map(|(_, entry)| entry).collect();
    shown.body()["part"] = "granted".into();
    let missing = incomplete(state, Touched::Case(case), moment).await?;
    Ok(shown.incomplete(missing).respond(&call.headers))
}

async fn household(state: ApiState, call: Call) -> Result<Response, Problem> {
    let (case, asked) = (CaseId(call.parameters.id()?), query::<HouseholdQuery>(&call.address)?);
    call.allow(&state, place(&state, case).await?).await?;
    let (when, which) = ((asked.as_of, asked.min_sequence), (asked.limit, asked.cursor));
    let page = Page::resolve(when, which, &state, &call).await?;
    let mut cases = state.caseload().household(case, page.moment.sequence).await?;
    cases.retain(|case| call.may(&state, Action::ReadCase, &place_of(case)));
    let rest = page.cut(&mut cases);
    Ok(Shown::new(&Household { cases, rest }, page.moment)?.respond(&call.headers))
}

fn lines(list: &mut Value) -> &mut [Value] {
    list.get_mut("cases").and_then(Value::as_array_mut).map_or(&mut [], Vec::as_mut_slice)
}

/// What everybody on duty may know: where the resident stands, and what helps. No file.
fn duty_only(case: &mut Value) {
    const SHOWN: [&str; 7] = ["case", "status", "centre", "safety_centre", "guidance", "as_of", "version"];
    if let Some(fields) = case.as_object_mut() {
        fields.retain(|name, _| SHOWN.contains(&name.as_str()));
    }
}

/// Where a line of a list lies, as the list shows it.
fn place_of(case: &CaseSummary) -> Place {
    let safety = Some(case.safety_centre).filter(|safety| *safety != case.centre);
    Place { safety, ..Place::case(case.case, case.centre) }
}

/// Where a case lies now, whatever day is asked about: who may read is a question of today.
pub(super) async fn place(state: &ApiState, case: CaseId) -> Result<Place, Problem> {
    let root = state.log().load::<Case>(case.into()).await?;
    Ok(Case::found(case.into(), &root)?)
}

async fn unknown_or_erased(state: &ApiState, case: CaseId) -> Result<Problem, Problem> {
    Ok(if state.caseload().erased(case).await? {
        let gone = axum::http::StatusCode::GONE;
        Problem::new(
            gone,
            "case-erased",
            "what was known of this person was destroyed: nothing is left to show",
        )
    } else {
        Problem::not_found(
            "case-unknown",
            "no case had this id then; straight after a write, pass its `min_sequence`",
        )
    })
}
