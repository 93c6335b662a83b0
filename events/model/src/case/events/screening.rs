//! Scored instruments.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::sealed::{Profile, Psychosocial};

/// A scored instrument.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Instrument {
    /// Refugee Health Screener-15 (Hollifield et al. 2013): 14 items of 0..4 and a distress thermometer of 0..10.
    Rhs15,
}

/// Somebody was screened. That it was positive the worklist must know; the scores are the psychosocial team's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScreeningRecorded {
    /// With what.
    pub instrument: Profile<Instrument>,
    /// On which day.
    pub on: Date,
    /// The score of each item, in the instrument's order.
    pub items: Psychosocial<Vec<u8>>,
    /// The distress thermometer.
    pub thermometer: Psychosocial<u8>,
    /// Whether the instrument's threshold was reached: a reason to look, no diagnosis.
    pub positive: Profile<bool>,
    /// What the resident said about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Psychosocial<String>>,
}
