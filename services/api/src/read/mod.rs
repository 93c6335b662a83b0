//! Calls that read: views as of a moment, with what the caller may open.
//!
//! # To add a read
//!
//! Write its query and its function in the file of its address, add its line to `routes` there: address, action, what it
//! shows, query, answer. Ask the policy with [`Call::allow`](crate::route::Call::allow) before reading, of a list
//! with [`Call::may`](crate::route::Call::may) about each line before anything is counted or cut into pages (no list is without a limit), and pass every answer that holds events
//! through [`reveal`](reveal::reveal). An answer that was not asked about does not leave: the caller gets a 500.
//! An answer that is not made by [`Shown`](answer::Shown) says itself what it shows ([`Seen`](crate::audit::Seen)), or
//! it does not leave either.

mod access_log;
mod answer;
mod candidate_links;
mod cases;
mod centres;
mod erasures;
mod escalations;
mod family;
mod figures;
mod found;
mod glass;
mod granted;
mod history;
mod moment;
mod page;
mod periods;
mod present;
mod proof;
mod protocols;
mod pseudonyms;
mod redacted;
mod reveal;
mod safeguarding;
mod signal_lists;
mod stream;
mod summary;
mod timeline;

use std::collections::BTreeMap;

use nabij_caseload::{Entry, Order, ReadError};
use nabij_engine::{EngineError, Touched, wait_for};
use nabij_model::case::{Case, FollowUp, KeptFrom};
use nabij_model::{AggregateId, CaseId};
use uuid::Uuid;

pub(crate) use self::moment::AsOf;
use self::moment::Moment;
pub(crate) use self::proof::Turns;
pub(crate) use self::summary::summary_read;
use crate::problem::Problem;
use crate::route::{Answer, Routes, schema_of};
use crate::state::ApiState;

/// Adds every read to the table.
pub(crate) fn routes(routes: &mut Routes) {
    cases::routes(routes);
    timeline::routes(routes);
    centres::routes(routes);
    candidate_links::routes(routes);
    history::routes(routes);
    erasures::routes(routes);
    figures::routes(routes);
    escalations::routes(routes);
    stream::routes(routes);
    access_log::routes(routes);
    signal_lists::routes(routes);
    safeguarding::routes(routes);
    glass::routes(routes);
    summary::routes(routes);
    family::routes(routes);
    pseudonyms::routes(routes);
    protocols::routes(routes);
}

/// A JSON answer; its line puts its own schema in.
const JSON: Answer = Answer { status: 200, media: &["application/json"], schema: schema_of::<()> };

/// The most lines of one page.
const MOST: u32 = 200;

fn limit(asked: Option<u32>) -> Result<u32, Problem> {
    match asked {
        None => Ok(50),
        Some(limit) if (1..=MOST).contains(&limit) => Ok(limit),
        Some(_) => Err(Problem::bad_request("bad-query", format!("`limit` is 1 to {MOST}"))),
    }
}

async fn incomplete(state: &ApiState, touched: Touched<'_>, moment: Moment) -> Result<u64, Problem> {
    let version = nabij_caseload::VERSION;
    Ok(nabij_engine::incomplete(state.pool(), "caseload", version, touched, moment.sequence).await?)
}

/// When the case was last signalled and discussed, as of everything that is in the log now.
pub(crate) async fn follow_up(state: &ApiState, case: CaseId) -> Result<FollowUp, Problem> {
    let sequence = current(state).await?;
    Ok(state.caseload().follow_up(case, sequence).await?)
}

/// Every record that ever named the case, as of everything that is in the log now.
pub(crate) async fn records(state: &ApiState, case: CaseId) -> Result<Vec<AggregateId>, Problem> {
    current(state).await?;
    Ok(state.caseload().records(case).await?)
}

/// Which statements of the case are kept from whom, as the log has it now: whatever day is asked about, who may read is a question of
/// today, and a view that has not heard of it yet is waited for.
async fn kept_now(state: &ApiState, case: CaseId) -> Result<BTreeMap<Uuid, Vec<KeptFrom>>, Problem> {
    let version = state.log().load::<Case>(case.into()).await?.version;
    wait_for(state.pool(), &[state.schema()], version, state.limits().wait).await?;
    Ok(state.caseload().kept_statements(case).await?)
}

/// Everything on the timeline of a case, the oldest first.
async fn every_entry(state: &ApiState, case: CaseId, as_of: u64) -> Result<Vec<Entry>, Problem> {
    let (mut entries, mut cursor) = (Vec::new(), None);
    loop {
        let page = state.caseload().timeline(case, as_of, Order::OldestFirst, cursor, MOST, &[]).await?;
        entries.extend(page.entries);
        cursor = page.next;
        if cursor.is_none() {
            return Ok(entries);
        }
    }
}

/// Waits until the views show everything that is in the log now.
async fn current(state: &ApiState) -> Result<u64, Problem> {
    let sequence = state.log().head().await?.sequence;
    wait_for(state.pool(), &[state.schema()], sequence, state.limits().wait).await?;
    Ok(sequence)
}

impl From<ReadError> for Problem {
    fn from(error: ReadError) -> Self {
        if let ReadError::Inconsistent { .. } = error {
            tracing::error!(%error, "a view is not what this version writes");
            return Self::internal();
        }
        Self::views_away(&error)
    }
}

impl From<EngineError> for Problem {
    fn from(error: EngineError) -> Self {
        Self::views_away(&error)
    }
}
