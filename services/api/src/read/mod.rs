//! Calls that read: views as of a moment, with what the caller may open.

mod csv;
mod reveal;

use nabij_model::CaseId;
use nabij_model::case::FollowUp;
use uuid::Uuid;

use crate::problem::Problem;
use crate::route::Routes;
use crate::state::ApiState;

/// Adds every read to the table.
pub(crate) fn routes(_: &mut Routes) {}

pub(crate) async fn follow_up(_: &ApiState, _: CaseId) -> Result<FollowUp, Problem> {
    Err(Problem::internal())
}

pub(crate) async fn only_about(_: &ApiState, _: CaseId) -> Result<Vec<Uuid>, Problem> {
    Ok(vec![])
}
