//! What can happen to an escalation.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::redacted::Redacted;
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
        Reminded(Reminded) = "reminded" v 1,
        NotificationParked(NotificationParked) = "notification_parked" v 1,
        NotificationRetried(NotificationRetried) = "notification_retried" v 1,
        Redacted(Redacted) = "redacted" v 1,
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
    /// Its rungs keep the network's quiet hours: whoever would hear it in the night hears it in the morning.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub quiet_hours: bool,
    /// Nobody hears it before then; absent: at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heard_from: Option<Timestamp>,
    /// Staff whom it never reaches, since they are implicated in the matter.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub passed_over: Vec<StaffId>,
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
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
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
    /// The event that the notice tells of: raised, handed up, or a reminder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<EventId>,
    /// Which address of the role, as the roster calls it; never the address itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<Code>,
    /// The how manieth attempt it was, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u32>,
    /// One message that told of so many notices at once; absent: of this one alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub together: Option<u32>,
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
    /// The event that the notice tells of: raised, handed up, or a reminder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<EventId>,
    /// Which address of the role, as the roster calls it; never the address itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<Code>,
    /// The how manieth attempt it was, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u32>,
    /// When it is tried again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_try: Option<Timestamp>,
}

/// A notice did not arrive after every attempt: somebody has to look at the channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NotificationParked {
    /// How it was tried.
    pub channel: Channel,
    /// For whom.
    pub to: Recipient,
    /// On which rung.
    pub step: u32,
    /// How often it was tried.
    pub attempts: u32,
    /// Why the last attempt failed.
    pub reason: DeliveryFailure,
    /// The event that the notice tells of: raised, handed up, or a reminder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<EventId>,
    /// Which address of the role, as the roster calls it; never the address itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<Code>,
}

/// Somebody had a parked notice tried again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NotificationRetried {
    /// How it is tried.
    pub channel: Channel,
    /// For whom.
    pub to: Recipient,
    /// On which rung.
    pub step: u32,
    /// The event that the notice tells of: raised, handed up, or a reminder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<EventId>,
    /// Which address of the role, as the roster calls it; never the address itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<Code>,
}

/// Somebody took it up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Acknowledged {
    /// In which role.
    pub by: Role,
    /// What they will do.
    pub will_do: Sealed<String>,
    /// Until when; past it, unresolved, it climbs again. Absent only in old events: as long as the rung has to answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// Why an escalation climbs, or its last rung is reminded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Missed {
    /// Nobody took it up in time.
    Acknowledgement,
    /// Somebody took it up, and what they promised is overdue.
    Promise,
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
    /// Why it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<Missed>,
    /// Nobody hears it before then; absent: at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heard_from: Option<Timestamp>,
    /// The roles of the rung that missed it: they are told so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missed: Vec<Role>,
}

/// There is nobody above the last rung: it is reminded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reminded {
    /// The how manieth reminder, from 1.
    pub number: u32,
    /// The last rung.
    pub step: u32,
    /// The roles that are reminded.
    pub recipients: Vec<Role>,
    /// Until when somebody may take it up before the next reminder.
    pub acknowledge_by: Timestamp,
    /// Why it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<Missed>,
    /// Nobody hears it before then; absent: at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heard_from: Option<Timestamp>,
    /// No reminder follows: it stays open, and is shown as unanswered.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub last: bool,
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
