//! `/v1/erasures`: who asked that somebody is erased, who agreed, and whether it is done. Nobody is named.

use axum::response::Response;
use nabij_caseload::{Erasure, ErasureStep, Outlived, Proposal};
use nabij_model::CentreId;
use nabij_model::case::Case;
use nabij_model::case::age::today;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::JSON;
use super::answer::Shown;
use super::escalations::centres;
use super::moment::{AsOf, Moment};
use crate::access::{Action::ReviewErasure, Place};
use crate::input::query;
use crate::problem::Problem;
use crate::route::{Answer, Call, Routes, schema_of};
use crate::state::ApiState;

pub(super) fn routes(routes: &mut Routes) {
    let answer = Answer { schema: schema_of::<Erasures>, ..JSON };
    let summary = "Erasures with their last step, the newest first";
    routes.read("/v1/erasures", ReviewErasure, summary, schema_of::<ListQuery>, answer, list);
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    /// Only of this centre.
    centre: Option<CentreId>,
    /// Only those that are so far; `proposed`: whose retention period is over.
    state: Option<Wanted>,
    /// Wait until this event shows: the `sequence` of a write.
    min_sequence: Option<u64>,
    /// At most so many, 1 to 200.
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<u64>,
}

/// How far an erasure is, or that a rule proposes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Wanted {
    Proposed,
    Requested,
    Refused,
    Withdrawn,
    Ordered,
    Done,
}

impl Wanted {
    fn step(self) -> Option<ErasureStep> {
        Some(match self {
            Self::Proposed => return None,
            Self::Requested => ErasureStep::Requested,
            Self::Refused => ErasureStep::Refused,
            Self::Withdrawn => ErasureStep::Withdrawn,
            Self::Ordered => ErasureStep::Ordered,
            Self::Done => ErasureStep::Done,
        })
    }
}

/// A page of erasures.
#[derive(Debug, Serialize, JsonSchema)]
struct Erasures {
    /// The newest first.
    erasures: Vec<Erasure>,
    /// Of `state=proposed`: whose retention period is over, and no hold keeps. Nobody is erased before two persons agree.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    proposals: Vec<Proposal>,
    /// Of `state=proposed`: signals and discussions that named no case and whose retention period is over; their words go by
    /// `/redactions`. They come after all proposals.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    records: Vec<Outlived>,
    /// Give it as `cursor` for the next page; absent on the last.
    next: Option<u64>,
}

async fn list(state: ApiState, call: Call) -> Result<Response, Problem> {
    let asked: ListQuery = query(&call.address)?;
    let moment = AsOf::resolve(None, asked.min_sequence, &state, &[state.schema()], call.now).await?;
    let limit = super::limit(asked.limit)?;
    let near = centres(&state, &call, asked.centre, moment).await?;
    if asked.state == Some(Wanted::Proposed) {
        let mut proposals = proposals(&state, &call, near.as_deref(), moment).await?;
        let mut records = outlived(&state, &call, near.as_deref(), moment).await?;
        let before = asked.cursor.and_then(|before| usize::try_from(before).ok()).unwrap_or_default();
        let (end, all) = (before.saturating_add(limit as usize), proposals.len());
        let next = (end < all + records.len()).then_some(end as u64);
        proposals = page(proposals, before, end);
        records = page(records, before.saturating_sub(all), end.saturating_sub(all));
        let shown = Erasures { erasures: Vec::new(), proposals, records, next };
        return Ok(Shown::new(&shown, moment)?.respond(&call.headers));
    }
    let step = asked.state.and_then(Wanted::step);
    let (mut erasures, mut before) = (Vec::new(), asked.cursor);
    // What the policy leaves out takes no line of a page, and is no reason for a next one.
    while erasures.len() <= limit as usize {
        let page =
            state.caseload().erasures(near.as_deref(), step, moment.sequence, before, limit + 1).await?;
        before = page.last().map(|last| last.recorded_seq);
        let last = page.len() <= limit as usize;
        for erasure in page {
            if sees(&state, &call, &Place::centre(erasure.centre)).await? {
                erasures.push(erasure);
            }
        }
        if last {
            break;
        }
    }
    let more = erasures.len() > limit as usize;
    erasures.truncate(limit as usize);
    let next = erasures.last().filter(|_| more).map(|last: &Erasure| last.recorded_seq);
    let shown = Erasures { erasures, proposals: Vec::new(), records: Vec::new(), next };
    Ok(Shown::new(&shown, moment)?.respond(&call.headers))
}

/// Lines `from` to `end` of a list.
fn page<T>(list: Vec<T>, from: usize, end: usize) -> Vec<T> {
    list.into_iter().take(end).skip(from).collect()
}

async fn proposals(
    state: &ApiState,
    call: &Call,
    near: Option<&[Uuid]>,
    moment: Moment,
) -> Result<Vec<Proposal>, Problem> {
    let retention = state.retention();
    let all = state.caseload().proposals(retention, near, call.now, moment.sequence).await?;
    let mut proposals = Vec::new();
    for one in all {
        let case = state.log().load::<Case>(one.case.0).await?;
        if case.state.held_until(today(call.now)).is_none() {
            proposals.push(one);
        }
    }
    Ok(proposals)
}

/// Records without a case that the caller may know of.
async fn outlived(
    state: &ApiState,
    call: &Call,
    near: Option<&[Uuid]>,
    moment: Moment,
) -> Result<Vec<Outlived>, Problem> {
    let mut records = Vec::new();
    for one in state.caseload().outlived(state.retention(), call.now, moment.sequence).await? {
        let Some(centre) = one.centre else { continue };
        let place = Place { confidential: one.confidential, ..Place::centre(centre) };
        if near.is_none_or(|near| near.contains(&centre.0)) && sees(state, call, &place).await? {
            records.push(one);
        }
    }
    Ok(records)
}

/// Whether the caller may know of what is erased, or to be, at `place`.
async fn sees(state: &ApiState, call: &Call, place: &Place) -> Result<bool, Problem> {
    if let Some(centre) = place.centre.filter(|_| call.needs_operator(state)) {
        state.operator_of(centre).await?;
    }
    Ok(call.may(state, ReviewErasure, place))
}
