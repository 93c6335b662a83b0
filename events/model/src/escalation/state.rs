//! What the rules need to remember of an escalation.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::events::{Channel, EscalationEvent, Recipient, RuleAdopted, ShownAs, Subject};
use super::redacted::EscalationText;
use super::rungs::Rungs;
use crate::actor::Role;
use crate::decider::Fact;
use crate::redaction::Redactions;
use crate::text::StaffId;

/// Who took an escalation up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenUp {
    /// Who.
    pub staff: StaffId,
    /// In which role.
    pub by: Role,
    /// When.
    pub at: Timestamp,
    /// Until when they do something about it.
    pub until: Timestamp,
}

/// Which version of a rule holds, on the rule's own subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adopted {
    /// The version.
    pub version: u32,
    /// What was recorded before then is none of its triggers.
    pub from: Timestamp,
    /// The longest time that it waits for something, seconds.
    pub within_seconds: u64,
}

/// Nobody may have been there to write down what the version before found: a later one looks this much further back. What was
/// raised is not raised again.
const OUTAGE: SignedDuration = SignedDuration::from_hours(24 * 7);

impl Adopted {
    /// A later version looks back as far as either waits, and over an outage, so that what is pending is not lost; never behind
    /// the first.
    fn then(before: Option<Self>, adopted: &RuleAdopted) -> Self {
        let RuleAdopted { version, since, within_seconds, .. } = *adopted;
        let from = match before {
            Some(before) if since > before.from => {
                let longest = within_seconds.max(before.within_seconds).cast_signed();
                let waits = SignedDuration::from_secs(longest).saturating_add(OUTAGE);
                let back = since.checked_sub(waits).unwrap_or(Timestamp::MIN);
                back.max(before.from)
            }
            _ => since,
        };
        Self { version, from, within_seconds }
    }
}

/// What the rules need to remember of an escalation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EscalationState {
    /// It was raised.
    pub raised: bool,
    /// What it is about.
    pub subject: Subject,
    /// For the safeguarding person alone.
    pub confidential: bool,
    /// The rungs that it climbs.
    pub rungs: Rungs,
    /// The rung it stands on.
    pub step: u32,
    /// Until when somebody may take it up before it climbs.
    pub acknowledge_by: Option<Timestamp>,
    /// Who took it up on this rung.
    pub taken_up: Option<TakenUp>,
    /// How often the last rung was reminded.
    pub reminders: u32,
    /// The roles that heard of it, or missed it.
    pub heard: BTreeSet<Role>,
    /// Staff whom it never reaches.
    pub passed_over: Vec<StaffId>,
    /// It is dealt with.
    pub resolved: bool,
    /// Who saw which rung on a stream.
    pub shown: BTreeSet<(StaffId, u32)>,
    /// Where it shows.
    pub shown_as: ShownAs,
    /// What redactions put in place of its texts.
    pub redactions: Redactions<EscalationText>,
    /// On the subject of a rule: which version holds.
    pub adopted: Option<Adopted>,
}

impl EscalationState {
    pub(super) fn evolve(&mut self, fact: &Fact<EscalationEvent>) {
        match &fact.event {
            EscalationEvent::Raised(raised) => {
                self.raised = true;
                self.subject.clone_from(&raised.subject);
                self.confidential = raised.confidential;
                self.rungs = Rungs::of(raised, fact.at);
                self.step = raised.step;
                self.acknowledge_by = Some(raised.acknowledge_by);
                self.shown_as = raised.shown_as;
                self.heard.extend(&raised.recipients);
                self.passed_over.clone_from(&raised.passed_over);
            }
            EscalationEvent::Acknowledged(acknowledged) => {
                let until = self.rungs.promised(self.step, fact.at, acknowledged.until);
                self.taken_up =
                    Some(TakenUp { staff: fact.by.clone(), by: acknowledged.by, at: fact.at, until });
            }
            EscalationEvent::HandedUp(handed_up) => {
                self.step = handed_up.step;
                self.acknowledge_by = Some(handed_up.acknowledge_by);
                self.taken_up = None;
                self.heard.extend(handed_up.recipients.iter().chain(&handed_up.missed));
            }
            EscalationEvent::Reminded(reminded) => {
                self.heard.extend(&reminded.recipients);
                self.reminders = reminded.number;
                self.acknowledge_by = Some(reminded.acknowledge_by);
                self.taken_up = None;
            }
            EscalationEvent::Resolved(_) | EscalationEvent::Lapsed(_) => self.resolved = true,
            EscalationEvent::RuleAdopted(adopted) => {
                self.adopted = Some(Adopted::then(self.adopted, adopted))
            }
            EscalationEvent::Notified(notified) => {
                if let (Channel::Sse, Recipient::Staff(staff)) = (notified.channel, &notified.to) {
                    self.shown.insert((staff.clone(), notified.step));
                }
            }
            EscalationEvent::Redacted(redacted) => self.redactions.take(redacted),
            EscalationEvent::NotificationFailed(_)
            | EscalationEvent::NotificationParked(_)
            | EscalationEvent::NotificationRetried(_) => {}
        }
    }
}
