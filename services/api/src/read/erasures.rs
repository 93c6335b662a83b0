//! `/v1/erasures`: who asked that somebody is erased, who agreed, and whether it is done. Nobody is named.

use axum::response::Response;
use nabij_caseload::{Erasure, ErasureStep};
use nabij_model::CentreId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::JSON;
use super::answer::Shown;
use super::escalations::centres;
use super::moment::AsOf;
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
    /// Only those that are so far.
    state: Option<ErasureStep>,
    /// Wait until this event shows: the `sequence` of a write.
    min_sequence: Option<u64>,
    /// At most so many, 1 to 200.
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<u64>,
}

/// A page of erasures.
#[derive(Debug, Serialize, JsonSchema)]
struct Erasures {
    /// The newest first.
    erasures: Vec<Erasure>,
    /// Give it as `cursor` for the next page; absent on the last.
    next: Option<u64>,
}

async fn list(state: ApiState, call: Call) -> Result<Response, Problem> {
    let asked: ListQuery = query(&call.address)?;
    let moment = AsOf::resolve(None, asked.min_sequence, &state, &[state.schema()], call.now).await?;
    let limit = super::limit(asked.limit)?;
    let near = centres(&state, &call, asked.centre, moment).await?;
    let mut erasures =
        state.caseload().erasures(near.as_deref(), asked.state, moment.sequence, asked.cursor, limit).await?;
    let next = erasures.last().map(|last| last.recorded_seq).filter(|_| erasures.len() == limit as usize);
    for erasure in &erasures {
        if call.needs_operator(&state) {
            state.operator_of(erasure.centre).await?;
        }
    }
    erasures.retain(|erasure| call.may(&state, ReviewErasure, &Place::centre(erasure.centre)));
    Ok(Shown::new(&Erasures { erasures, next }, moment)?.respond(&call.headers))
}
