//! `/v1/incidents`; links have a file of their own.

use nabij_log::LogError;
use nabij_model::CentreId;
use nabij_model::id::IncidentId;
use nabij_model::incident::{Incident, IncidentCommand as C, RegisterIncident, former_id_of, id_of};

use super::command::{Scope, create};
use super::draft::Draft;
use super::written::CREATED;
use crate::access::Action::RegisterIncident as Register;
use crate::access::Place;
use crate::route::{Input, Routes, schema_of};
use crate::state::ApiState;

#[rustfmt::skip]
pub(super) fn routes(routes: &mut Routes) {
    register(routes);
    routes.command::<Incident, _>("/v1/incidents/{id}/reclassifications", Register, C::Reclassify, "The register calls it something else");
    routes.command::<Incident, _>("/v1/incidents/{id}/close", Register, C::Close, "The register closed it");
}

/// An entry of the register exists once: its id follows from its operator, the register and the number there.
fn register(routes: &mut Routes) {
    let input = Input::Body { schema: schema_of::<RegisterIncident>, optional: &[], own_id: false };
    let summary = "Take over an entry of the register";
    routes.write("/v1/incidents", Register, summary, input, CREATED, |state, call| async move {
        let mut draft = Draft::begin(state, call)?;
        let entry = draft.payload::<RegisterIncident>()?;
        draft.allow(Place::centre(entry.centre)).await?;
        let id = id_for(&draft.state, &entry).await?;
        draft.named(&entry.cases).await?;
        create::<Incident>(&draft, id.into(), Scope::centre(entry.centre), C::Register(entry)).await
    });
}

/// The id of an entry: in another operator's register nobody reads or takes a place by it. One that the same operator took over when ids did
/// not follow from operators keeps the one that it has.
async fn id_for(state: &ApiState, entry: &RegisterIncident) -> Result<IncidentId, LogError> {
    let own = operator(state, entry.centre).await?;
    let former = former_id_of(&entry.source, &entry.register_number);
    let before = state.log().load::<Incident>(former.into()).await?.state.centre;
    if let Some(centre) = before
        && operator(state, centre).await? == own
    {
        return Ok(former);
    }
    Ok(id_of(&own, &entry.source, &entry.register_number))
}

/// Whose register it is: a centre that nobody registered stands for itself.
async fn operator(state: &ApiState, centre: CentreId) -> Result<String, LogError> {
    let operator = state.operator_of(centre).await?;
    Ok(operator.map_or_else(|| centre.to_string(), |operator| operator.to_string()))
}
