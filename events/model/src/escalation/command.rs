//! What can be asked of an escalation. A command that changes nothing on its way is its event's payload.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;

use super::events::{
    HandedUp, Lapsed, NotificationFailed, NotificationParked, NotificationRetried, Notified, Raised,
    Reminded, Resolved, RuleAdopted,
};
use super::redacted::Redacted;
use crate::sealed::Sealed;

/// `POST /v1/escalations/{id}/acknowledge`: what the actor will do; the role is the actor's own.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Acknowledge {
    /// What they will do.
    pub will_do: Sealed<String>,
    /// Until when; past it, unresolved, it climbs again, and somebody may take it up anew. Whoever has it may say so again. Absent: as long as its rung has to answer. No
    /// later than a week from now, or what the network agreed on (`escalation_promise_hours`).
    #[serde(default)]
    pub until: Option<Timestamp>,
}

/// What can be asked of an escalation.
#[derive(Debug, Clone)]
pub enum EscalationCommand {
    /// Raise it: once, ever.
    Raise(Raised),
    /// A notice was delivered.
    Notify(Notified),
    /// A notice did not arrive.
    FailNotification(NotificationFailed),
    /// A notice did not arrive after every attempt.
    ParkNotification(NotificationParked),
    /// Try a parked notice again.
    RetryNotification(NotificationRetried),
    /// Take it up.
    Acknowledge(Acknowledge),
    /// Nobody took it up in time.
    HandUp(HandedUp),
    /// Nobody took it up in time, and there is nobody above.
    Remind(Reminded),
    /// It is dealt with.
    Resolve(Resolved),
    /// What it asked for was done.
    Lapse(Lapsed),
    /// Let words go, and seal those that stay again under a new key.
    Redact(Redacted),
    /// Let a version of a rule hold: on the subject of the rule.
    AdoptRule(RuleAdopted),
}
