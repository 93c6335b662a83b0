//! A case begins: opened, assigned to a centre, arrived there.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Accompaniment;
use crate::id::{CentreId, HouseholdId};
use crate::sealed::{Profile, Sealed};
use crate::text::Language;

/// Who the resident is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Resident {
    /// As they want to be called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Sealed<String>>,
    /// The number by which the authorities know them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub official_number: Option<Sealed<String>>,
}

/// The follow-up of one resident began.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Opened {
    /// The centre that follows the resident up.
    pub centre: CentreId,
    /// The birth date; either this or the year.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birth_date: Option<Profile<Date>>,
    /// The birth year, where nobody knows the day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birth_year: Option<Profile<i16>>,
    /// With whom a minor came, as far as it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accompaniment: Option<Accompaniment>,
    /// The household that they belong to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub household: Option<Profile<HouseholdId>>,
    /// The languages in which they can be spoken with, best first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<Language>,
    /// When they arrived in the centre; absent when they are still expected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrived_on: Option<Date>,
    /// Who they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resident: Option<Resident>,
}

/// The dispatching service gave the resident a place in a centre, before arrival.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Assigned {
    /// Where they will live.
    pub centre: CentreId,
    /// When they are expected there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_on: Option<Date>,
}

/// The resident arrived in the centre that follows them up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Arrived {
    /// On which day.
    pub on: Date,
}
