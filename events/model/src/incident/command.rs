//! What can be asked of an incident. A command that changes nothing on its way is its event's payload.

use super::events::{Closed, Linked, Reclassified, Registered, Unlinked};
use super::redacted::Redacted;

/// `POST /v1/incidents`: the entry as it stands in the register.
pub type RegisterIncident = Registered;

/// What can be asked of an incident.
#[derive(Debug, Clone)]
pub enum IncidentCommand {
    /// Take over an entry of the register.
    Register(RegisterIncident),
    /// Say that another record is about the same occurrence.
    Link(Linked),
    /// Take a link back.
    Unlink(Unlinked),
    /// The register calls it something else.
    Reclassify(Reclassified),
    /// The register closed it.
    Close(Closed),
    /// Let words about somebody who was erased go.
    Redact(Redacted),
}
