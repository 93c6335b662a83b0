//! `/v1/incidents`; links have a file of their own.

use nabij_model::incident::{Incident, IncidentCommand as C, RegisterIncident, id_of};

use super::command::{Scope, create};
use super::draft::Draft;
use super::written::CREATED;
use crate::access::Action::RegisterIncident as Register;
use crate::access::Place;
use crate::route::{Input, Routes, schema_of};

#[rustfmt::skip]
pub(super) fn routes(routes: &mut Routes) {
    register(routes);
    routes.command::<Incident, _>("/v1/incidents/{id}/reclassifications", Register, C::Reclassify, "The register calls it something else");
    routes.command::<Incident, _>("/v1/incidents/{id}/close", Register, C::Close, "The register closed it");
}

/// An entry of the register exists once: its id follows from the register and the number there.
fn register(routes: &mut Routes) {
    let input = Input::Body { schema: schema_of::<RegisterIncident>, optional: &[], own_id: false };
    let summary = "Take over an entry of the register";
    routes.write("/v1/incidents", Register, summary, input, CREATED, |state, call| async move {
        let mut draft = Draft::begin(state, call)?;
        let entry = draft.payload::<RegisterIncident>()?;
        let id = id_of(&entry.source, &entry.register_number);
        draft.allow(Place::centre(entry.centre)).await?;
        draft.refuse_erased(&entry.cases, "/cases").await?;
        create::<Incident>(&draft, id.into(), Scope::centre(entry.centre), C::Register(entry)).await
    });
}
