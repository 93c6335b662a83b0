//! What can happen to a signal.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::events;
use crate::id::{CaseId, CentreId, DiscussionId, IncidentId, SignalId};
use crate::occurred::Occurred;
use crate::sealed::{Sealed, Secrecy};
use crate::text::Code;

events! {
    /// What can happen to a signal.
    SignalEvent of Signal {
        Logged(Logged) = "logged" v 1,
        Assessed(Assessed) = "assessed" v 1,
        Linked(Linked) = "linked" v 1,
        NotRegistered(NotRegistered) = "not_registered" v 1,
        Dismissed(Dismissed) = "dismissed" v 1,
        FeedbackGiven(FeedbackGiven) = "feedback_given" v 1,
        Corrected(Corrected) = "corrected" v 1,
    }
}

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

/// What a signal is linked to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LinkTarget {
    /// An entry of the register.
    Incident(IncidentId),
    /// A discussion.
    Discussion(DiscussionId),
    /// Another signal.
    Signal(SignalId),
}

/// The signal and the target are about the same occurrence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Linked {
    /// The other record of the same occurrence.
    pub to: LinkTarget,
}

/// Why something reportable was not registered (findings of the 2025 studies).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NonRegistrationReason {
    /// The team dealt with it itself.
    HandledInformally,
    /// Seen as normal here.
    SeenAsNormal,
    /// Read as cultural.
    CulturalReading,
    /// The procedure is unclear.
    UnclearProcedure,
    /// No time.
    NoTime,
    /// Nothing would come of it.
    FearOfNoReaction,
    /// Too much would come of it, a hasty transfer for example.
    FearOfOverreaction,
    /// The resident asked not to.
    ResidentAskedNotTo,
    /// Not serious enough.
    NotSerious,
    /// Another reason.
    Other,
}

/// Somebody decided not to register it, and says why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NotRegistered {
    /// Why not.
    pub reason: NonRegistrationReason,
    /// In their words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Sealed<String>>,
}

/// It turned out to be nothing; a new assessment reopens it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dismissed {
    /// Why.
    pub note: Sealed<String>,
}

/// Who was told what became of a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FeedbackTo {
    /// Who logged it.
    Reporter,
    /// The child.
    Child,
    /// The parents.
    Parents,
    /// The guardian.
    Guardian,
}

/// What was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FeedbackKind {
    /// It was received.
    Acknowledged,
    /// Something was done.
    ActionTaken,
    /// How it ended.
    Outcome,
}

/// Somebody was told what became of the signal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FeedbackGiven {
    /// Who was told.
    pub to: FeedbackTo,
    /// What.
    pub kind: FeedbackKind,
    /// In which words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Sealed<String>>,
}

/// Something in the signal was wrong; the first version stays readable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Corrected {
    /// Why.
    pub reason: Sealed<String>,
    /// The note as it should read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Sealed<String>>,
    /// The category as it should be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<Code>,
    /// When it really happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occurred: Option<Occurred>,
    /// Where it really happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occurred_place: Option<CentreId>,
    /// Whom it is really about: the whole list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cases: Option<Vec<Involved>>,
    /// Whether a minor was involved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub involves_minor: Option<bool>,
}
