//! `/v1/cases`: lists, files, households; timelines have a file of their own.

use axum::response::Response;
use nabij_caseload::{CaseFile, CaseList, CaseSummary};
use nabij_engine::Touched;
use nabij_model::case::Case;
use nabij_model::{CaseId, CentreId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::answer::Shown;
use super::found::{Asked, found};
use super::granted::{cut_to_grants, parts, reveal_file, ungranted};
use super::moment::{AsOf, Moment};
use super::page::{Cursor, Page, Rest};
use super::present::{Present, is_earlier};
use super::reveal::reveal;
use super::{JSON, incomplete, kept_now};
use crate::access::{Action, Place};
use crate::input::query;
use crate::problem::Problem;
use crate::route::{Answer, Call, Routes, schema_of};
use crate::state::ApiState;
use crate::write::Placed;

pub(super) fn routes(routes: &mut Routes) {
    use Action::{ReadCase, ReadGuidance};
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
    let (list, whole) = allowed(&state, &call, &centres, &asked, limit, moment).await?;
    let mut shown = Shown::new(&list, moment)?;
    for (line, whole) in lines(shown.body()).iter_mut().zip(whole) {
        // A case that arrived before its file did is only on duty's list, whoever asks.
        if !whole {
            duty_only(line);
        }
    }
    let missing = incomplete(&state, Touched::Anything, moment).await?;
    Ok(shown.incomplete(missing).respond(&call.headers))
}

/// A page of the cases that the caller may know of, and of each whether they read its file: what the policy leaves out takes no line of it,
/// and is no reason for a next page.
async fn allowed(
    state: &ApiState,
    call: &Call,
    centres: &[CentreId],
    asked: &ListQuery,
    limit: u32,
    moment: Moment,
) -> Result<(CaseList, Vec<bool>), Problem> {
    let (mut found, mut cursor) = (Vec::new(), asked.cursor);
    loop {
        let page = state.caseload().cases(centres, asked.closed, moment.sequence, cursor, limit + 1).await?;
        let present = Present::of_lines(state, &page.cases, asked.as_of.is_some()).await?;
        for line in page.cases {
            if present.may(state, call, call.action, line.case) {
                let whole = present.may(state, call, Action::ReadCase, line.case);
                found.push((line, whole));
            }
        }
        cursor = page.next;
        if cursor.is_none() || found.len() > limit as usize {
            break;
        }
    }
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    let (cases, whole): (Vec<CaseSummary>, Vec<bool>) = found.into_iter().unzip();
    let next = cases.last().filter(|_| more).map(|last| last.case);
    Ok((CaseList { cases, next }, whole))
}

async fn file(state: ApiState, call: Call) -> Result<Response, Problem> {
    let (case, asked) = (CaseId(call.parameters.id()?), query::<FileQuery>(&call.address)?);
    let place = place(&state, case).await?;
    let parts = parts(&state, &call, &place);
    if parts.is_empty() {
        call.allow(&state, place.clone()).await?;
    }
    let own = ungranted(&place);
    let whole = call.may(&state, Action::ReadCase, &own);
    if !whole {
        of_now(asked.as_of)?;
    }
    let moment = AsOf::resolve(asked.as_of, asked.min_sequence, &state, &[state.schema()], call.now).await?;
    let Some(file) = state.caseload().case_file(case, moment.sequence).await? else {
        return Err(unknown_or_erased(&state, case).await?);
    };
    let highest = file.summary.recorded_seq;
    let mut shown = Shown::new(&file, moment)?;
    if whole {
        shown = shown.highest(highest);
        reveal_file(&state, &call, &own, &parts, shown.body()).await?;
    } else if parts.is_empty() {
        duty_only(shown.body());
        shown.body()["part"] = "guidance".into();
        reveal(&state, &call, &own, shown.body()).await?;
    } else {
        let kept = kept_now(&state, case).await?;
        cut_to_grants(&state, &call, &own, &parts, &kept, shown.body()).await?;
    }
    let missing = incomplete(&state, Touched::Case(case), moment).await?;
    Ok(shown.incomplete(missing).respond(&call.headers))
}

/// Who reads a part of a file reads it as it stands now: an earlier day would show what was kept from them, corrected or found to be nothing
/// since, and day by day it would tell when something was written that they do not see.
///
/// # Errors
/// 403 `now-only`.
pub(super) fn of_now(as_of: Option<AsOf>) -> Result<(), Problem> {
    if as_of.is_none() {
        return Ok(());
    }
    let detail = "who reads a part of a file reads it as it stands now: leave `as_of` out";
    Err(Problem::forbidden("now-only", detail))
}

async fn household(state: ApiState, call: Call) -> Result<Response, Problem> {
    let (case, asked) = (CaseId(call.parameters.id()?), query::<HouseholdQuery>(&call.address)?);
    call.allow(&state, place(&state, case).await?).await?;
    let (when, which) = ((asked.as_of, asked.min_sequence), (asked.limit, asked.cursor));
    let page = Page::resolve(when, which, &state, &call).await?;
    let mut cases = state.caseload().household(case, page.moment.sequence).await?;
    let earlier = is_earlier(&state, &call, asked.as_of, asked.cursor.is_some(), page.moment).await?;
    let present = Present::of_lines(&state, &cases, earlier).await?;
    cases.retain(|line| present.may(&state, &call, Action::ReadCase, line.case));
    let rest = page.cut(&mut cases);
    Ok(Shown::new(&Household { cases, rest }, page.moment)?.respond(&call.headers))
}

fn lines(list: &mut Value) -> &mut [Value] {
    list.get_mut("cases").and_then(Value::as_array_mut).map_or(&mut [], Vec::as_mut_slice)
}

/// What everybody on duty may know: where the resident stands, and what helps. No file.
fn duty_only(case: &mut Value) {
    // Not its version: that moves with what is not shown.
    const SHOWN: [&str; 6] = ["case", "status", "centre", "safety_centre", "guidance", "as_of"];
    if let Some(fields) = case.as_object_mut() {
        fields.retain(|name, _| SHOWN.contains(&name.as_str()));
    }
}

/// Where a case lies now, whatever day is asked about: who may read is a question of today.
pub(super) async fn place(state: &ApiState, case: CaseId) -> Result<Place, Problem> {
    let root = state.log().load::<Case>(case.into()).await?;
    Ok(Case::found(case.into(), &root)?)
}

/// The same; `None` of a case that the log does not know (any more): it is nobody's.
pub(super) async fn place_if_known(state: &ApiState, case: CaseId) -> Result<Option<Place>, Problem> {
    match place(state, case).await {
        Ok(place) => Ok(Some(place)),
        Err(problem) if problem.code() == "case-unknown" => Ok(None),
        Err(problem) => Err(problem),
    }
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
