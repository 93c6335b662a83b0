//! What a second person makes of it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Certainty, Severity};
use crate::sealed::Sealed;

/// A Sensoa flag: how acceptable sexual behaviour is, by six criteria.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Flag {
    /// Acceptable.
    Green,
    /// Lightly unacceptable.
    Yellow,
    /// Seriously unacceptable.
    Red,
    /// Very seriously unacceptable.
    Black,
}

/// One criterion of the flag system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Met {
    /// Met.
    Yes,
    /// Doubtful.
    Unsure,
    /// Not met.
    No,
}

/// The six criteria of the Sensoa flag system (Frans & Franck 2010).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FlagCriteria {
    /// Mutual consent.
    pub consent: Met,
    /// Voluntariness.
    pub voluntary: Met,
    /// Equality.
    pub equal: Met,
    /// Fits age and development.
    pub age_appropriate: Met,
    /// Fits the context.
    pub context_appropriate: Met,
    /// Self-respect; harms nobody.
    pub self_respect: Met,
}

/// A second person's view of a signal; several may differ, and none is forced into one verdict.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Assessed {
    /// How serious, to the assessor.
    pub severity: Severity,
    /// How it is known, to the assessor.
    #[serde(default)]
    pub certainty: Certainty,
    /// Whether the assessor judged without seeing the first severity.
    pub blind: bool,
    /// The flag, for sexual behaviour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flag: Option<Flag>,
    /// The criteria behind the flag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub criteria: Option<FlagCriteria>,
    /// In the assessor's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Sealed<String>>,
}
