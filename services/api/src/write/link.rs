//! Links between records of one occurrence. A signal and an incident both remember the link, so both change together
//! or neither does.

use axum::response::Response;
use nabij_log::Accepted;
use nabij_model::id::{IncidentId, SignalId};
use nabij_model::incident::{self, Incident, IncidentCommand};
use nabij_model::signal::{self, LinkTarget, Signal, SignalCommand};

use super::draft::Draft;
use super::written::DONE;
use crate::access::Action::{FollowSignal, RegisterIncident};
use crate::problem::Problem;
use crate::route::Routes;

pub(super) fn routes(routes: &mut Routes) {
    let same = "Say that another record is about the same occurrence";
    routes.special::<signal::Linked, _>("/v1/signals/{id}/links", FollowSignal, same, link_signal);
    routes.special::<incident::Linked, _>("/v1/incidents/{id}/links", RegisterIncident, same, link_incident);
}

async fn link_signal(draft: Draft) -> Result<Response, Problem> {
    let _ = draft;
    Err(Problem::internal())
}
async fn link_incident(draft: Draft) -> Result<Response, Problem> {
    let _ = draft;
    Err(Problem::internal())
}
