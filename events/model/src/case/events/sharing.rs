//! What leaves the team, to whom, and on what ground.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::actor::Role;
use crate::id::{CentreId, ConsentId, ShareId};
use crate::sealed::{Sealed, Secrecy};
use crate::text::{Code, StaffId};

/// Somebody outside the team.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Recipient {
    /// Another centre or operator of the network.
    Network,
    /// The guardian or the guardianship service.
    Guardian,
    /// The lawyer.
    Lawyer,
    /// Health care outside.
    HealthCare,
    /// Mental health care outside.
    MentalHealthCare,
    /// School.
    School,
    /// Youth care.
    YouthCare,
    /// A confidential centre for child abuse (VK, SOS Enfants).
    ChildAbuseCentre,
    /// A shelter or a centre for victims.
    VictimSupport,
    /// Police.
    Police,
    /// Public prosecutor or court.
    Justice,
    /// The authorities that decide on the asylum application.
    AsylumAuthorities,
    /// Parents or other relatives.
    Family,
    /// Another.
    Other,
}

/// A kind of information in a case file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    /// Who the resident is.
    Identity,
    /// Household and support network.
    Network,
    /// Special reception needs.
    Vulnerabilities,
    /// Guidance: triggers and what helps.
    Guidance,
    /// Strengths.
    Strengths,
    /// Signals and what became of them.
    Signals,
    /// Discussions.
    Discussions,
    /// Screenings and the support level.
    Screenings,
    /// The plan.
    Plan,
    /// Referrals and care outside.
    Referrals,
    /// Medical information.
    Medical,
    /// Incidents of the register.
    Incidents,
}

impl FileKind {
    /// All kinds.
    pub const ALL: [Self; 12] = [
        Self::Identity,
        Self::Network,
        Self::Vulnerabilities,
        Self::Guidance,
        Self::Strengths,
        Self::Signals,
        Self::Discussions,
        Self::Screenings,
        Self::Plan,
        Self::Referrals,
        Self::Medical,
        Self::Incidents,
    ];
}

/// On what a disclosure rests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ShareGround {
    /// A consent that covers the recipient.
    Consent,
    /// Shared professional secrecy: the same mission, necessary, and the person knows.
    SharedSecrecy,
    /// Somebody's life or integrity is at stake.
    VitalInterest,
    /// A law or a judge demands it.
    LegalDuty,
}

/// The conditions of a disclosure, as the one who shared saw them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ShareConditions {
    /// The recipient has the same mission towards the resident.
    pub same_mission: bool,
    /// The recipient cannot do without it.
    pub necessary: bool,
    /// The resident knows.
    pub person_informed: bool,
}

/// Who inside the network reads along.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ShareReader {
    /// This colleague, wherever they work.
    Person(StaffId),
    /// Whoever has this role, in this centre or for this operator.
    Role {
        /// The role.
        role: Role,
        /// Only in this centre.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        centre: Option<CentreId>,
        /// Only for this operator.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        operator: Option<Code>,
    },
}

/// Something of the file was told to somebody outside the team. With a `reader` it is more than told: they read these kinds of
/// the file, at these levels, until the share ends or the consent that it rests on is withdrawn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InformationShared {
    /// Its id; by it the share is ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<ShareId>,
    /// To whom.
    pub with: Recipient,
    /// To whom exactly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipient: Option<Sealed<String>>,
    /// Who of the network reads along; absent when something was told and nobody reads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reader: Option<ShareReader>,
    /// What.
    pub what: Vec<FileKind>,
    /// Up to which levels of secrecy.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub levels: Vec<Secrecy>,
    /// On what ground.
    pub ground: ShareGround,
    /// The consent that it rests on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<ConsentId>,
    /// Under which conditions.
    pub conditions: ShareConditions,
    /// The last day on which the recipient may use it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
    /// What was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Sealed<String>>,
}

/// Why a share ended early.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ShareEndReason {
    /// It is not needed any more.
    NotNeeded,
    /// The resident asked.
    PersonAsked,
    /// It was used for something else.
    Misused,
    /// It was a mistake.
    Mistake,
    /// Another reason.
    Other,
}

/// A share ended before its day: nobody reads along from now on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ShareEnded {
    /// Which share.
    pub share: ShareId,
    /// Why.
    pub reason: ShareEndReason,
    /// In words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Sealed<String>>,
}

/// On what a report to the outside rests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OutsideGround {
    /// A consent that covers the recipient.
    Consent,
    /// Danger that cannot wait (Belgian Criminal Code of 1867, art. 422bis: the duty to help).
    ImminentDanger,
    /// A serious danger to a minor or vulnerable person (the same code, art. 458bis: the right to speak).
    RightToSpeak,
    /// A law or a judge demands it.
    LegalDuty,
}

/// Somebody outside was asked to act. Never refused for want of deliberation: that would silence who is alone on duty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportedOutside {
    /// To whom.
    pub to: Recipient,
    /// On what ground.
    pub ground: OutsideGround,
    /// The consent that it rests on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<ConsentId>,
    /// With whom it was deliberated.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deliberated_with: Vec<Role>,
    /// Whether the child knows; absent for an adult.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub child_informed: Option<bool>,
    /// What was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Sealed<String>>,
}
