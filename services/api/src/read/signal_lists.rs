//! `/v1/my/signals` and `/v1/safeguarding/signals`: signals with what became of each.

use axum::response::Response;
use nabij_caseload::{SignalList, SignalProgress};
use nabij_engine::Touched;
use nabij_model::{AggregateId, AggregateKind, CentreId};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

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
    let answer = Answer { schema: schema_of::<SignalList>, ..JSON };
    let asked = schema_of::<PageQuery>;
    routes.read("/v1/my/signals", Action::ReadOwnSignals, "Every signal that the caller logged, with what became of it", asked, answer, mine);
    routes.read("/v1/safeguarding/signals", Action::ReadConfidential, "The confidential signals of the caller's operator, with what became of them", asked, answer, confidential);
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PageQuery {
    /// As the network knew it then: a sequence or a time.
    as_of: Option<AsOf>,
    /// Wait until this event shows: the `sequence` of a write.
    min_sequence: Option<u64>,
    /// At most so many, 1 to 200.
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<u64>,
}

async fn mine(state: ApiState, call: Call) -> Result<Response, Problem> {
    let asked: PageQuery = query(&call.address)?;
    call.permit(&state, Place::default())?;
    let limit = super::limit(asked.limit)?;
    let moment = AsOf::resolve(asked.as_of, asked.min_sequence, &state, &[state.schema()], call.now).await?;
    let reporter = call.actor.subject.as_str();
    let list = state.caseload().signals_by(reporter, moment.sequence, asked.cursor, limit).await?;
    respond(&state, &call, list, moment, true).await
}

async fn confidential(state: ApiState, call: Call) -> Result<Response, Problem> {
    let asked: PageQuery = query(&call.address)?;
    let limit = super::limit(asked.limit)?;
    let moment = AsOf::resolve(asked.as_of, asked.min_sequence, &state, &[state.schema()], call.now).await?;
    let centres = confidential_centres(&state, &call, moment).await?;
    let list = state.caseload().confidential_signals(&centres, moment.sequence, asked.cursor, limit).await?;
    respond(&state, &call, list, moment, false).await
}

/// The centres of the caller's operator, to whose confidential signals the policies let the caller.
pub(super) async fn confidential_centres(
    state: &ApiState,
    call: &Call,
    moment: Moment,
) -> Result<Vec<CentreId>, Problem> {
    let own = call.actor.operator.clone();
    call.permit(state, Place { operator: own.clone(), ..Place::default() })?;
    let operator = own.ok_or_else(|| {
        Problem::forbidden("no-operator", "your token names no operator: ask for one that does")
    })?;
    let centres = state.caseload().centres(Some(operator.as_str()), moment.sequence).await?;
    let centres: Vec<CentreId> = centres.into_iter().map(|centre| centre.centre).collect();
    for centre in &centres {
        call.allow(state, Place { confidential: true, ..Place::centre(*centre) }).await?;
    }
    Ok(centres)
}

/// Each signal opens as its own place allows; to the reporter also what was told to the reporter.
async fn respond(
    state: &ApiState,
    call: &Call,
    list: SignalList,
    moment: Moment,
    own: bool,
) -> Result<Response, Problem> {
    let mut shown = Shown::new(&list, moment)?;
    let lines = shown.body().get_mut("signals").and_then(Value::as_array_mut);
    for (line, signal) in lines.into_iter().flatten().zip(&list.signals) {
        let place = place(call, signal, own);
        if let Some(centre) = place.centre {
            state.operator_of(centre).await?;
        }
        reveal(state, call, &place, line).await?;
    }
    let missing = incomplete(state, Touched::Anything, moment).await?;
    Ok(shown.incomplete(missing).respond(&call.headers))
}

fn place(call: &Call, signal: &SignalProgress, own: bool) -> Place {
    let place = Place {
        confidential: signal.confidential,
        author: own.then(|| call.actor.subject.clone()),
        ..Place::centre(signal.centre)
    };
    place.of(AggregateId::new(AggregateKind::Signal, signal.signal))
}
