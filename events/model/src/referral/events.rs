//! What can happen to a referral.

mod requested;

pub use requested::*;

use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::events;
use crate::sealed::Psychosocial;

events! {
    /// What can happen to a referral.
    ReferralEvent of Referral {
        Requested(Requested) = "requested" v 1,
        Accepted(Accepted) = "accepted" v 1,
        Waitlisted(Waitlisted) = "waitlisted" v 1,
        Refused(Refused) = "refused" v 1,
        AppointmentSet(AppointmentSet) = "appointment_set" v 1,
        Attended(Attended) = "attended" v 1,
        Missed(Missed) = "missed" v 1,
        Completed(Completed) = "completed" v 1,
        Withdrawn(Withdrawn) = "withdrawn" v 1,
        BarrierRecorded(BarrierRecorded) = "barrier_recorded" v 1,
    }
}

/// The provider takes the resident.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// In the words of who noted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Psychosocial<String>>,
}

/// The provider put the resident on a waiting list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Waitlisted {
    /// When a place is expected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_on: Option<Date>,
    /// In the words of who noted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Psychosocial<String>>,
}

/// Why a provider says no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProviderRefusal {
    /// No place and no waiting list.
    NoCapacity,
    /// Outside what the provider treats.
    OutsideCriteria,
    /// Outside the age it treats.
    Age,
    /// Outside its region.
    Region,
    /// No language in common and no interpreter.
    Language,
    /// No residence papers or no cover of the cost.
    StatusPapers,
    /// Too complex or too dangerous for the provider.
    TooComplex,
    /// No reason was given, or another.
    Other,
}

/// The provider said no.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Refused {
    /// Why.
    pub reason: ProviderRefusal,
    /// In the words of who noted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Psychosocial<String>>,
}

/// There is an appointment; a later one replaces it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AppointmentSet {
    /// When.
    pub at: Timestamp,
    /// An interpreter is arranged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interpreter: Option<bool>,
    /// Somebody goes along.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accompanied: Option<bool>,
}

/// The resident went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Attended {
    /// In the words of who noted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Psychosocial<String>>,
}

/// The resident did not go.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Missed {
    /// What stood in the way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub barrier: Option<Barrier>,
    /// In the words of who noted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Psychosocial<String>>,
}

/// The care has ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Completed {
    /// What came of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Psychosocial<String>>,
}

/// The team or the resident took the request back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Withdrawn {
    /// What stood in the way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub barrier: Option<Barrier>,
    /// In the words of who noted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Psychosocial<String>>,
}

/// What stands between a resident and care.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Barrier {
    /// No language in common.
    Language,
    /// No way to get there.
    Transport,
    /// Nobody pays.
    Cost,
    /// A waiting list.
    WaitingList,
    /// Shame, or fear of being seen there.
    Stigma,
    /// Residence papers.
    StatusPapers,
    /// No interpreter.
    NoInterpreter,
    /// Too far.
    Distance,
    /// The provider does not want to.
    RefusalByProvider,
    /// The resident does not want to.
    ResidentDeclined,
    /// Anything else.
    Other,
}

/// Something stands in the way; a referral may meet several.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BarrierRecorded {
    /// What.
    pub barrier: Barrier,
    /// In the words of who noted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Psychosocial<String>>,
}
