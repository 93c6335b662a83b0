//! What can happen to a discussion.

use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::redacted::Redacted;
use crate::actor::Role;
use crate::event::events;
use crate::id::{CaseId, CentreId, SignalId};
use crate::sealed::{Sealed, Secrecy};
use crate::signal::PromptedBy;

events! {
    /// What can happen to a discussion.
    DiscussionEvent of Discussion {
        Held(Held) = "held" v 1,
        DebriefOffered(DebriefOffered) = "debrief_offered" v 1,
        Redacted(Redacted) = "redacted" v 1,
    }
}

/// What kind of meeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DiscussionKind {
    /// The team's own multidisciplinary meeting.
    Multidisciplinary,
    /// An OASE intervision.
    Oase,
    /// A WANDA intervision: starts from what goes well.
    Wanda,
    /// About one case, with whoever works with it.
    CaseConference,
}

/// Why somebody was not asked for their view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NotAskedReason {
    /// Too young to have a say in this.
    TooYoung,
    /// Could not be reached.
    NotReachable,
    /// No interpreter.
    NoInterpreter,
    /// No time.
    NoTime,
    /// Asking would have endangered somebody.
    WouldEndanger,
    /// There is no such person.
    NotApplicable,
    /// Another reason.
    Other,
}

/// Whether somebody's view was on the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Voice {
    /// They were heard, in person or by somebody they chose.
    Heard,
    /// They were asked and declined.
    Declined,
    /// Nobody asked them.
    NotAsked {
        /// Why not.
        reason: NotAskedReason,
    },
}

/// Whose view was on the table; who is left out was not thought of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Voices {
    /// The child.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub child: Option<Voice>,
    /// The parents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parents: Option<Voice>,
    /// The guardian.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guardian: Option<Voice>,
}

/// Something that the meeting decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// What.
    pub text: Sealed<String>,
    /// Who does it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// By when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_on: Option<Date>,
}

/// A team talked about one or more cases.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Held {
    /// Whose team.
    pub centre: CentreId,
    /// What kind of meeting.
    pub kind: DiscussionKind,
    /// When it began.
    pub held_at: Timestamp,
    /// The cases it was about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cases: Vec<CaseId>,
    /// The signals it was about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signals: Vec<SignalId>,
    /// Who was there, by role; no names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub participants: Vec<Role>,
    /// What goes well.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub strengths: Vec<Sealed<String>>,
    /// What is needed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<Sealed<String>>,
    /// What was decided.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decisions: Vec<Decision>,
    /// When the team looks at it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_review: Option<Date>,
    /// Whose view was on the table.
    #[serde(default)]
    pub voice: Voices,
    /// How secret its words are.
    #[serde(default)]
    pub secrecy: Secrecy,
    /// What made the team talk about it, if not its own agenda.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompted_by: Option<PromptedBy>,
    /// It is about a confidential signal, and as confidential as that. Follows from its signals; nobody can say otherwise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub confidential: bool,
    /// Those of `cases` whom another team followed then: to that team nobody talked about them. Follows from where they lived; nobody can
    /// say otherwise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guest_cases: Vec<CaseId>,
    /// Those of `signals` that are about such cases alone, or were logged elsewhere and are about nobody.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guest_signals: Vec<SignalId>,
}

impl Held {
    /// The cases of the team that held it.
    pub fn own_cases(&self) -> impl Iterator<Item = CaseId> {
        self.cases.iter().copied().filter(|case| !self.guest_cases.contains(case))
    }

    /// The signals of the team that held it.
    pub fn own_signals(&self) -> impl Iterator<Item = SignalId> {
        self.signals.iter().copied().filter(|signal| !self.guest_signals.contains(signal))
    }
}

/// Those who went through it were offered a debriefing. Counts only: nobody is named for needing one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DebriefOffered {
    /// To how many persons.
    pub offered: u32,
    /// How many took it, once that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted: Option<u32>,
}
