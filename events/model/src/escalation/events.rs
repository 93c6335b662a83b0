//! What can happen to an escalation.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::actor::Role;
use crate::event::events;
use crate::id::{CaseId, CentreId, DiscussionId, EventId, IncidentId, ReferralId, SignalId};
use crate::sealed::Sealed;
use crate::text::{Code, StaffId};

events! {
    /// What can happen to an escalation.
    EscalationEvent of Escalation {
        Raised(Raised) = "raised" v 1,
        Notified(Notified) = "notified" v 1,
        NotificationFailed(NotificationFailed) = "notification_failed" v 1,
        Acknowledged(Acknowledged) = "acknowledged" v 1,
        HandedUp(HandedUp) = "handed_up" v 1,
        Resolved(Resolved) = "resolved" v 1,
        Lapsed(Lapsed) = "lapsed" v 1,
        RuleAdopted(RuleAdopted) = "rule_adopted" v 1,
    }
}

/// How loud.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EscalationSeverity {
    /// Worth a look.
    Moderate,
    /// Overdue or serious.
    High,
    /// Somebody is in danger now.
    Acute,
}

/// Where it shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ShownAs {
    /// Its recipients are notified, and it climbs until somebody takes it up.
    #[default]
    Alarm,
    /// On the worklist of the centre's team; nobody is notified.
    Worklist,
    /// On the agenda of the team's next discussion; nobody is notified.
    Agenda,
}

impl ShownAs {
    /// Whether somebody is notified.
    #[must_use]
    pub fn is_alarm(&self) -> bool {
        *self == Self::Alarm
    }
}

/// One rung of the ladder that an escalation climbs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rung {
    /// The roles that hear it there.
    pub to: Vec<Role>,
    /// How long they have to take it up, seconds.
    pub acknowledge_within_seconds: u32,
}

/// What an escalation is about: references, no content.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// The centre.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub centre: Option<CentreId>,
    /// The cases.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cases: Vec<CaseId>,
    /// The signal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signal: Option<SignalId>,
    /// The discussion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discussion: Option<DiscussionId>,
    /// The referral.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referral: Option<ReferralId>,
    /// The incident.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incident: Option<IncidentId>,
}

/// A rule found something that somebody must acknowledge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Raised {
    /// The rule, as its file in `deploy/rules` is called.
    pub rule: Code,
    /// Its version at that moment.
    pub rule_version: u32,
    /// How loud.
    pub severity: EscalationSeverity,
    /// The event that triggered it; rule and trigger name the escalation once and for ever.
    pub trigger: EventId,
    /// What it is about.
    #[serde(default)]
    pub subject: Subject,
    /// Key of the title that recipients read in their language.
    pub title: Code,
    /// The rung it starts on, from 0.
    pub step: u32,
    /// The roles that hear it.
    pub recipients: Vec<Role>,
    /// Until when somebody may take it up before it climbs.
    pub acknowledge_by: Timestamp,
    /// It goes to the operator's safeguarding person alone and appears in no view of the centre.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub confidential: bool,
    /// Where it shows.
    #[serde(default, skip_serializing_if = "ShownAs::is_alarm")]
    pub shown_as: ShownAs,
    /// Every rung, this one first, as the rule had them when it was raised: a changed rule changes no running escalation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ladder: Vec<Rung>,
}

/// How a notice travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// Server-sent events.
    Sse,
    /// A signed webhook.
    Webhook,
    /// E-mail.
    Email,
}

/// Who gets a notice.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Recipient {
    /// Everybody of the role.
    Role(Role),
    /// One member of staff.
    Staff(StaffId),
}

/// A notice was delivered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Notified {
    /// How.
    pub channel: Channel,
    /// To whom.
    pub to: Recipient,
    /// On which rung.
    pub step: u32,
}

/// Why a notice did not arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryFailure {
    /// Nobody of the role is known.
    NobodyThere,
    /// The other side cannot be reached.
    Unreachable,
    /// The other side did not answer in time.
    TimedOut,
    /// The other side said no.
    Rejected,
    /// The channel is not set up.
    NotConfigured,
}

/// A notice did not arrive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NotificationFailed {
    /// How it was tried.
    pub channel: Channel,
    /// For whom.
    pub to: Recipient,
    /// On which rung.
    pub step: u32,
    /// Why.
    pub reason: DeliveryFailure,
}

/// Somebody took it up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Acknowledged {
    /// In which role.
    pub by: Role,
    /// What they will do.
    pub will_do: Sealed<String>,
    /// Until when; past it, unresolved, it climbs again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// Nobody took it up in time: it climbs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HandedUp {
    /// To which rung.
    pub step: u32,
    /// The roles that hear it there.
    pub recipients: Vec<Role>,
    /// Until when somebody may take it up before it climbs again.
    pub acknowledge_by: Timestamp,
}

/// It is dealt with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Resolved {
    /// How.
    pub outcome: Sealed<String>,
}

/// What it asked for was done: it leaves the worklist or the agenda by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lapsed {
    /// The event that did it.
    pub by: EventId,
}

/// A rule holds from now on; the subject of this event is the rule's own, see [`rule_id`](super::rule_id).
///
/// It stands in the log because what a rule looks at must not depend on which process ran when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleAdopted {
    /// The rule.
    pub rule: Code,
    /// Its version.
    pub version: u32,
    /// From when on this version counts.
    pub since: Timestamp,
    /// The longest time that it waits for something, seconds; 0 when it does not wait.
    pub within_seconds: u64,
}
