//! Who needs special care or a guardian, and how old somebody is.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::sealed::{Profile, Psychosocial, Sealed};
use crate::text::StaffId;

/// The special reception needs of Directive (EU) 2024/1346, article 24; its last letter taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum VulnerabilityCategory {
    /// Minor.
    Minor,
    /// Unaccompanied minor.
    UnaccompaniedMinor,
    /// Person with a disability.
    Disability,
    /// Elderly person.
    Elderly,
    /// Pregnant.
    Pregnancy,
    /// Lesbian, gay, bisexual, trans or intersex person.
    Lgbti,
    /// Single parent with minor children.
    SingleParent,
    /// Victim of trafficking in human beings.
    Trafficking,
    /// Person with a serious illness.
    SeriousIllness,
    /// Person with a mental disorder, post-traumatic stress disorder among them.
    MentalDisorder,
    /// Was subjected to torture.
    Torture,
    /// Was subjected to rape or other sexual violence.
    SexualViolence,
    /// Was subjected to other serious psychological or physical violence.
    SeriousViolence,
    /// Was subjected to gender-based violence.
    GenderBasedViolence,
    /// Was subjected to female genital mutilation.
    FemaleGenitalMutilation,
    /// Was married as a child or by force.
    ChildOrForcedMarriage,
    /// Was subjected to violence with a sexual, gender, racist or religious motive.
    HateViolence,
}

/// A special reception need was noticed. The category would single a person out, so it is sealed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VulnerabilityNoted {
    /// Which need.
    pub category: Profile<VulnerabilityCategory>,
    /// What the person needs because of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Psychosocial<String>>,
}

/// A special reception need is over, or was noted by mistake.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VulnerabilityEnded {
    /// Which need.
    pub category: Profile<VulnerabilityCategory>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Psychosocial<String>>,
}

/// With whom a minor came; every figure is broken down by it, so that no group of children is measured differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Accompaniment {
    /// Both parents.
    Parents,
    /// One parent.
    OneParent,
    /// A relative who is no parent.
    Relative,
    /// Nobody (NBMV, MENA).
    Unaccompanied,
}

/// With whom a minor lives, from a day on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccompanimentSet {
    /// With whom.
    pub accompaniment: Accompaniment,
    /// From when; the day it was recorded when the caller does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Date>,
}

/// The guardianship service gave the minor a guardian.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GuardianAssigned {
    /// The guardian's own login, if they have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guardian: Option<StaffId>,
    /// Their name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Sealed<String>>,
    /// How to reach them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<Sealed<String>>,
    /// From when; the day it was recorded when the caller does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Date>,
}

/// Why a guardianship ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GuardianEndReason {
    /// The minor came of age.
    Majority,
    /// Another guardian follows.
    Replaced,
    /// The parents are there.
    FamilyReunited,
    /// Another reason.
    Other,
}

/// The guardianship ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GuardianEnded {
    /// Why.
    pub reason: GuardianEndReason,
}

/// Who has a view on somebody's age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AgeParty {
    /// The resident.
    Resident,
    /// The centre's team.
    Centre,
    /// The guardian.
    Guardian,
    /// The guardianship service.
    GuardianshipService,
    /// The immigration office.
    ImmigrationOffice,
    /// A court.
    Court,
}

/// Somebody doubts the registered age; until it is settled the person is treated as a minor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AgeDisputed {
    /// Who doubts it.
    pub by: AgeParty,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Sealed<String>>,
}

/// The dispute is over; without a birth date or year the registered one stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AgeSettled {
    /// Who settled it.
    pub by: AgeParty,
    /// The birth date as settled; either this or the year.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birth_date: Option<Profile<Date>>,
    /// The birth year as settled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birth_year: Option<Profile<i16>>,
    /// On what it rests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Sealed<String>>,
}
