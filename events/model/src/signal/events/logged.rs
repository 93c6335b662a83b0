//! What somebody notices or is told, as they bring it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::case::Accompaniment;
use crate::id::{CaseId, CentreId, DiscussionId, IncidentId, SignalId};
use crate::occurred::Occurred;
use crate::sealed::{Sealed, Secrecy};
use crate::text::Code;

/// How serious.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Who notices need not judge.
    #[default]
    Unsure,
    /// Low.
    Low,
    /// Moderate.
    Moderate,
    /// High.
    High,
    /// Somebody is in danger now.
    Acute,
}

/// How it is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    /// Who notices need not judge.
    #[default]
    Unsure,
    /// Seen or heard by the reporter.
    Witnessed,
    /// Told by the person it happened to.
    Disclosed,
    /// Told by somebody else.
    Reported,
    /// Suspected.
    Suspected,
}

/// Where a signal comes from; each is a separate list of an occurrence's capture history.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SignalSource {
    /// A member of staff noticed it.
    #[default]
    Frontline,
    /// The resident's or the child's own voice.
    OwnVoice,
    /// A medical note.
    MedicalNote,
}

/// What part a case has in a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Involvement {
    /// It happened to them.
    Affected,
    /// They saw or heard it.
    Witness,
    /// They were there.
    Present,
    /// They are said to have done it; restricted until assessed, dropped when the signal is dismissed.
    AllegedActor,
}

/// A case in a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Involved {
    /// Which case.
    pub case: CaseId,
    /// Its part.
    pub role: Involvement,
}

/// What the reporter hopes for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Expectation {
    /// Only that somebody knows.
    Inform,
    /// Advice.
    Advice,
    /// That something is done.
    Action,
}

/// Who gets to read a signal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Route {
    /// The centre's team.
    #[default]
    Team,
    /// The operator's safeguarding person alone: for a signal about staff.
    Confidential,
}

/// What made somebody write this down; a prompted capture is no independent list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PromptedBy {
    /// Another signal.
    Signal(SignalId),
    /// A discussion.
    Discussion(DiscussionId),
    /// An entry of the register.
    Incident(IncidentId),
    /// A reminder of Nabij itself.
    Reminder,
}

/// Something was noticed or told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Logged {
    /// Where it was logged.
    pub centre: CentreId,
    /// In the reporter's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Sealed<String>>,
    /// What it is about: `violence_against_child`, `conflict`, `withdrawal` ...
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<Code>,
    /// Whom it is about, 0..n.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cases: Vec<Involved>,
    /// How it is known.
    #[serde(default)]
    pub certainty: Certainty,
    /// How serious.
    #[serde(default)]
    pub severity: Severity,
    /// Whose list it is on.
    #[serde(default)]
    pub source: SignalSource,
    /// When it happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occurred: Option<Occurred>,
    /// Where it happened, when that is not `centre`: it may be a former centre.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occurred_place: Option<CentreId>,
    /// Whether everybody is safe now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub safe_now: Option<bool>,
    /// What the reporter hopes for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reporter_expects: Option<Expectation>,
    /// Whether a minor is involved, as far as the reporter knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub involves_minor: Option<bool>,
    /// With whom the affected minor was then; of several the least accompanied. The service says it, from the cases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accompaniment: Option<Accompaniment>,
    /// A strength, not a worry.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub strength: bool,
    /// It is about a member of staff.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub concerns_staff: bool,
    /// Who gets to read it.
    #[serde(default)]
    pub route: Route,
    /// How secret the note is.
    #[serde(default)]
    pub secrecy: Secrecy,
    /// What made the reporter write it down, if not their own noticing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompted_by: Option<PromptedBy>,
}
