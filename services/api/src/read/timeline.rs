//! `/v1/cases/{id}/timeline`: everything that was written about a case. Of what is not shown no page tells, by its length or by a next one.

use axum::response::Response;
use nabij_caseload::{Entry, Order, Timeline};
use nabij_engine::Touched;
use nabij_model::CaseId;
use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use super::answer::Shown;
use super::cases::{of_now, place};
use super::escalations::hidden_on;
use super::granted::{Part, cut_entries, drop_restricted, parts, reveal_entries, ungranted};
use super::moment::{AsOf, Moment};
use super::{JSON, every_entry, incomplete, kept_now};
use crate::access::{Action, Place};
use crate::input::query;
use crate::problem::Problem;
use crate::route::{Answer, Call, Routes, schema_of};
use crate::state::ApiState;

pub(super) fn routes(routes: &mut Routes) {
    let answer = Answer { schema: schema_of::<Timeline>, ..JSON };
    let summary = "Everything that was written about a case; to a former centre, what it wrote itself; to whom a part was granted, that part";
    routes.read(
        "/v1/cases/{id}/timeline",
        Action::ReadGranted,
        summary,
        schema_of::<TimelineQuery>,
        answer,
        timeline,
    );
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

async fn timeline(state: ApiState, call: Call) -> Result<Response, Problem> {
    let (case, asked) = (CaseId(call.parameters.id()?), query::<TimelineQuery>(&call.address)?);
    let lies = place(&state, case).await?;
    let mut own = ungranted(&lies);
    let whole = call.allow_to(&state, Action::ReadCase, own.clone()).await;
    let parts = parts(&state, &call, &lies);
    if whole.is_err() && !parts.is_empty() {
        of_now(asked.as_of)?;
        return granted_timeline(&state, &call, case, &own, &parts, &asked).await;
    }
    if let Err(problem) = &whole {
        // A former centre keeps sight of what it wrote, and of where the resident went: as if those entries lay there still.
        let centre = lies.former.iter().find(|centre| call.actor.centres.contains(centre)).copied();
        let centre = centre.filter(|_| call.may(&state, Action::ReadWritten, &lies));
        own = Place::case(case, centre.ok_or_else(|| problem.clone())?);
        of_now(asked.as_of)?;
    }
    let moment = AsOf::resolve(asked.as_of, asked.min_sequence, &state, &[state.schema()], call.now).await?;
    let limit = super::limit(asked.limit)? as usize;
    let hidden = hidden_on(&state, &call, case, moment).await?;
    let Timeline { entries, next, erased } = if whole.is_ok() {
        whole_timeline(&state, &call, case, &own, &parts, (&asked, limit), (moment, &hidden)).await?
    } else {
        let ours = |centre: &str| call.actor.centres.iter().any(|own| own.to_string() == centre);
        let mut entries = every_entry(&state, case, moment.sequence).await?;
        entries.retain(|entry| !hidden.contains(&entry.aggregate));
        entries.retain(|entry| {
            // Until the handover is acknowledged what the receiver writes lies with the sender too, who did not write it.
            let written = entry.centre.filter(|_| !entry.by_others);
            written.is_some_and(|centre| call.actor.centres.iter().any(|own| own.0 == centre))
                || entry.body.get("from_centre").and_then(|from| from.as_str()).is_some_and(ours)
        });
        drop_restricted(&state, &call, &own, &parts, &mut entries);
        let next = asked.cut(&mut entries, limit);
        Timeline { entries, next, erased: state.caseload().erased(case).await? }
    };
    let entries = reveal_entries(&state, &call, &own, &parts, entries).await?;
    let mut shown = Shown::new(&Timeline { entries: Vec::new(), next, erased }, moment)?;
    shown.body()["entries"] = entries;
    let missing = incomplete(&state, Touched::Case(case), moment).await?;
    Ok(shown.incomplete(missing).respond(&call.headers))
}

/// A page of a whole timeline, filled up with what is shown: what is restricted takes no line of it.
async fn whole_timeline(
    state: &ApiState,
    call: &Call,
    case: CaseId,
    own: &Place,
    parts: &[Part<'_>],
    (asked, limit): (&TimelineQuery, usize),
    (moment, hidden): (Moment, &[Uuid]),
) -> Result<Timeline, Problem> {
    let order = match asked.order {
        Ordering::Newest => Order::NewestFirst,
        Ordering::Oldest => Order::OldestFirst,
    };
    let (mut found, mut cursor) = (Vec::new(), asked.cursor);
    loop {
        let ask = u32::try_from(limit + 1 - found.len()).unwrap_or(1);
        let mut page = state.caseload().timeline(case, moment.sequence, order, cursor, ask, hidden).await?;
        drop_restricted(state, call, own, parts, &mut page.entries);
        found.extend(page.entries);
        cursor = page.next;
        if cursor.is_none() || found.len() > limit {
            let more = found.len() > limit;
            found.truncate(limit);
            let next = found.last().filter(|_| more).map(|entry| entry.recorded_seq);
            return Ok(Timeline { entries: found, next, erased: page.erased });
        }
    }
}

impl TimelineQuery {
    /// Cuts the page out of the entries that are shown, oldest first, and gives the `next` of the page after it: of what is not shown it
    /// tells nothing.
    fn cut(&self, entries: &mut Vec<Entry>, limit: usize) -> Option<u64> {
        if matches!(self.order, Ordering::Newest) {
            entries.reverse();
        }
        entries.retain(|entry| match (self.order, self.cursor) {
            (_, None) => true,
            (Ordering::Newest, Some(cursor)) => entry.recorded_seq < cursor,
            (Ordering::Oldest, Some(cursor)) => entry.recorded_seq > cursor,
        });
        let more = entries.len() > limit;
        entries.truncate(limit);
        entries.last().filter(|_| more).map(|entry| entry.recorded_seq)
    }
}

/// The part of a timeline that was granted; paged after all that is not shown was left out.
async fn granted_timeline(
    state: &ApiState,
    call: &Call,
    case: CaseId,
    own: &Place,
    parts: &[Part<'_>],
    asked: &TimelineQuery,
) -> Result<Response, Problem> {
    let limit = super::limit(asked.limit)? as usize;
    let moment = AsOf::resolve(None, asked.min_sequence, state, &[state.schema()], call.now).await?;
    let erased = state.caseload().erased(case).await?;
    let mut entries = if erased { Vec::new() } else { every_entry(state, case, moment.sequence).await? };
    let kept = kept_now(state, case).await?;
    cut_entries(own, parts, &kept, &mut entries);
    let next = asked.cut(&mut entries, limit);
    let entries = reveal_entries(state, call, own, parts, entries).await?;
    let mut shown = Shown::new(&Timeline { entries: Vec::new(), next, erased }, moment)?;
    shown.body()["entries"] = entries;
    shown.body()["part"] = "granted".into();
    let missing = incomplete(state, Touched::Case(case), moment).await?;
    Ok(shown.incomplete(missing).respond(&call.headers))
}
