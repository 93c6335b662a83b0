//! What is asked of a provider, and on whose consent.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::{CaseId, CentreId};
use crate::sealed::Psychosocial;

/// What kind of care is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProviderKind {
    /// A general practitioner.
    GeneralPractitioner,
    /// A psychologist.
    Psychologist,
    /// A psychiatrist.
    Psychiatrist,
    /// A centre for mental health (CGG / SSM).
    MentalHealthCentre,
    /// A hospital, its emergency department among them.
    Hospital,
    /// Youth care.
    YouthCare,
    /// A confidential centre for child abuse (VK / SOS Enfants).
    ChildAbuseCentre,
    /// A care centre after sexual violence (ZSG / CPVS).
    SexualViolenceCentre,
    /// Help for victims.
    VictimSupport,
    /// Help with addiction.
    AddictionCare,
    /// Legal help.
    LegalAid,
    /// Another reception place with more care.
    SpecialisedReception,
    /// Anything else.
    Other,
}

/// How soon it is needed.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Urgency {
    /// In its turn.
    #[default]
    Routine,
    /// Within weeks.
    Soon,
    /// Within days.
    Urgent,
    /// Now.
    Emergency,
}

/// Who said yes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConsentBy {
    /// The resident.
    #[serde(rename = "self")]
    Resident,
    /// A parent.
    Parent,
    /// The guardian.
    Guardian,
}

/// On what ground somebody is referred.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ReferralConsent {
    /// Nobody said yes: such a referral is refused.
    #[default]
    NotGiven,
    /// Somebody who may, said yes.
    Given {
        /// Who.
        by: ConsentBy,
    },
    /// A life is at stake and nobody can be asked.
    VitalInterest {
        /// Why it could not wait.
        justification: Psychosocial<String>,
    },
}

/// Outside care was asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Requested {
    /// For whom.
    pub case: CaseId,
    /// By which team.
    pub centre: CentreId,
    /// From whom.
    pub provider: Psychosocial<String>,
    /// What kind of care.
    pub provider_kind: ProviderKind,
    /// How soon it is needed.
    #[serde(default)]
    pub urgency: Urgency,
    /// Why.
    pub reason: Psychosocial<String>,
    /// On what ground.
    #[serde(default)]
    pub consent: ReferralConsent,
}
