//! `/v1/safeguarding/worklist`: what the safeguarding person has to do.

use axum::response::Response;
use nabij_alerts::view::EscalationView;
use nabij_caseload::{ConfidentialWork, PlacedHold};
use nabij_engine::{Touched, wait_for};
use nabij_model::Role;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::answer::Shown;
use super::page::{Page, PageQuery, Rest};
use super::reveal::reveal;
use super::{JSON, escalations, incomplete, signal_lists};
use crate::access::Action;
use crate::input::query;
use crate::problem::Problem;
use crate::route::{Answer, Call, Routes, schema_of};
use crate::state::ApiState;

#[rustfmt::skip]
pub(super) fn routes(routes: &mut Routes) {
    let answer = Answer { schema: schema_of::<SafeguardingWork>, ..JSON };
    routes.read("/v1/safeguarding/worklist", Action::ReadConfidential, "What the safeguarding person has to do: confidential signals, words that are owed, alarms, own legal holds", schema_of::<PageQuery>, answer, worklist);
}

/// The work on confidential signals: `items` are paged, the alarms and the holds stand on each page.
#[derive(Debug, Serialize, JsonSchema)]
struct SafeguardingWork {
    /// What is overdue first, then by day.
    items: Vec<ConfidentialWork>,
    /// Alarms that the safeguarding person heard of and nobody resolved, the newest first.
    escalations: Vec<EscalationView>,
    /// Legal holds that were placed in this role and not lifted, the oldest first: nobody else lifts them.
    holds: Vec<PlacedHold>,
    #[serde(flatten)]
    rest: Rest,
}

async fn worklist(state: ApiState, call: Call) -> Result<Response, Problem> {
    let asked: PageQuery = query(&call.address)?;
    let (when, which) = ((asked.as_of, asked.min_sequence), (asked.limit, asked.cursor));
    let page = Page::resolve(when, which, &state, &call).await?;
    let moment = page.moment;
    wait_for(state.pool(), &[escalations::SCHEMA], moment.sequence, state.limits().wait).await?;
    let centres = signal_lists::confidential_centres(&state, &call, moment).await?;
    let (policies, reader) = (state.policies(), state.caseload());
    let mut items = reader.confidential_work(&centres, policies, moment.time, moment.sequence).await?;
    let rest = page.cut(&mut items);
    let open = escalations::open_to(&state, &call, &centres, moment).await?;
    let places: Vec<_> = open.iter().map(escalations::place).collect();
    let holds = reader.placed_holds(Role::SafeguardingPerson, &centres, moment.sequence).await?;
    let mut shown = Shown::new(&SafeguardingWork { items, escalations: open, holds, rest }, moment)?;
    let lines = shown.body().get_mut("escalations").and_then(Value::as_array_mut);
    for (line, place) in lines.into_iter().flatten().zip(&places) {
        reveal(&state, &call, place, line).await?;
    }
    let missing = incomplete(&state, Touched::Anything, moment).await?;
    Ok(shown.incomplete(missing).respond(&call.headers))
}
