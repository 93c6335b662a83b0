//! Who is told what, and when: from the log to one message for one contact.
//!
//! ```text
//! raised, handed up, reminded ──▶ a notice for each contact of the roster ──▶ at once, in the morning, or in a digest
//!                             ──▶ due(now): one message, with everything of one case together ──▶ a channel
//! ```
//!
//! A notice waits here until the log says for each of the contact's channels that it arrived or was parked. Nothing of it is kept
//! anywhere else, so whatever was held when something crashed is held, or due, again.

mod storm;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use nabij_model::case::CaseEvent;
use nabij_model::centre::CentreEvent;
use nabij_model::escalation::{Channel, EscalationEvent, EscalationSeverity, Raised, Recipient, Rung};
use nabij_model::id::{EscalationId, EventId};
use nabij_model::text::{Code, StaffId};
use nabij_model::{CaseId, CentreId, Event, Recorded, Role};

use crate::machine::Machine;
use crate::pace::Pace;
use crate::roster::{Contact, Roster};
use storm::{Flow, Told};

/// What a notice says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoticeKind {
    /// Something was raised.
    Raised,
    /// Nobody below answered.
    HandedUp,
    /// The contact did not answer in time, and others hear it now.
    Missed,
    /// Still nobody answered.
    Reminded,
    /// A notice to a lower rung could not be delivered.
    Undelivered,
}

/// One thing to tell one contact: references, no content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The event that it tells of: with contact and channel it names the notice for ever.
    pub of: EventId,
    /// Where that event stands in the log.
    pub sequence: u64,
    /// The escalation.
    pub escalation: EscalationId,
    /// The oldest open escalation on the same case when it was told; the escalation itself when it is alone.
    pub group: EscalationId,
    /// What it says.
    pub kind: NoticeKind,
    /// The rung.
    pub step: u32,
    /// The rule, whose title the contact reads.
    pub rule: Code,
    /// How loud.
    pub severity: EscalationSeverity,
    /// When it happened.
    pub at: Timestamp,
    /// The channels that have not told it yet.
    pub left: BTreeSet<Channel>,
}

/// One message for one contact, through the channels that have not told it yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// For whom.
    pub contact: Contact,
    /// By what.
    pub channels: BTreeSet<Channel>,
    /// What it tells of, the oldest first; several of one case, or of a storm.
    pub notices: Vec<Notice>,
    /// What came too fast to be told one by one: a count and a link.
    pub digest: bool,
    /// Since when it is due.
    pub due: Timestamp,
}

/// A contact, as events call it.
type Whom = (Recipient, Option<Code>);

#[derive(Debug, Clone)]
struct Pending {
    contact: Contact,
    notice: Notice,
    told: Told,
    /// Channels whose outcome is not known yet.
    left: BTreeSet<Channel>,
    parked: BTreeSet<Channel>,
}

/// An escalation that nobody ended.
#[derive(Debug, Clone)]
struct Open {
    sequence: u64,
    rule: Code,
    severity: EscalationSeverity,
    confidential: bool,
    centre: Option<CentreId>,
    cases: Vec<CaseId>,
    passed_over: Vec<StaffId>,
    /// The rungs, of which the first has this number.
    first: u32,
    rungs: Vec<Rung>,
}

/// Every notice that the log does not say was told.
#[derive(Debug, Clone)]
pub struct Notices {
    roster: Arc<Roster>,
    pace: Arc<Pace>,
    /// The channels that are set up: what goes by no other waits for nothing.
    through: BTreeSet<Channel>,
    operators: HashMap<CentreId, Code>,
    open: HashMap<EscalationId, Open>,
    by_case: HashMap<CaseId, BTreeSet<EscalationId>>,
    flows: BTreeMap<Whom, Flow>,
    pending: BTreeMap<(EventId, Whom, NoticeKind), Pending>,
}

/// One event that somebody is told of.
struct Telling<'e> {
    event: &'e Recorded,
    id: EscalationId,
    step: u32,
    heard_from: Option<Timestamp>,
}

impl Notices {
    /// Notices of a log of which nothing was read yet.
    #[must_use]
    pub fn new(roster: Arc<Roster>, pace: Arc<Pace>) -> Self {
        Self {
            roster,
            pace,
            through: BTreeSet::from([Channel::Email, Channel::Webhook]),
            operators: HashMap::new(),
            open: HashMap::new(),
            by_case: HashMap::new(),
            flows: BTreeMap::new(),
            pending: BTreeMap::new(),
        }
    }

    /// Only through these channels.
    #[must_use]
    pub fn through(self, through: BTreeSet<Channel>) -> Self {
        Self { through, ..self }
    }

    /// Since when the oldest notice waits that no channel gave up.
    #[must_use]
    pub fn oldest(&self) -> Option<Timestamp> {
        let waiting = self.pending.values().filter(|pending| !pending.left.is_empty());
        waiting.map(|pending| pending.notice.at).min()
    }

    /// Somebody does not know what is believed to be known there: the rung above is told, and when its notice is parked too, the
    /// one above that.
    fn tell_above(&mut self, event: &Recorded, id: EscalationId, step: u32) {
        let Some(open) = self.open.get(&id) else { return };
        let step = step.saturating_add(1);
        let number = step.saturating_sub(open.first) as usize;
        let Some(to) = open.rungs.get(number).map(|rung| rung.to.clone()) else { return };
        self.tell(&Telling { event, id, step, heard_from: None }, NoticeKind::Undelivered, &to);
    }

    /// One message for each contact, case and moment, and one for each digest whose time has come. What is told at a moment of its
    /// own is told at once; what waited for one is told when everything recorded until then is known.
    #[must_use]
    pub fn due_known(&self, now: Timestamp, known_until: Timestamp) -> Vec<Message> {
        let mut messages: BTreeMap<(Whom, Option<EscalationId>, Timestamp), Message> = BTreeMap::new();
        let mut pending: Vec<(&Whom, &Pending)> =
            self.pending.iter().map(|((_, whom, _), pending)| (whom, pending)).collect();
        pending.sort_by_key(|(_, pending)| (pending.notice.sequence, pending.notice.kind));
        for (whom, pending) in pending {
            let (due, digest) = match pending.told {
                Told::Alone(due) => (due, false),
                Told::InDigest(due) => (due, true),
            };
            let at_once = !digest && due <= pending.notice.at;
            if pending.left.is_empty() || due > if at_once { now } else { known_until } {
                continue;
            }
            // The moment is part of the key, so that what comes later never joins a letter that may have been sent before a crash.
            let key = (whom.clone(), (!digest).then_some(pending.notice.group), due);
            let message = messages.entry(key).or_insert_with(|| Message {
                contact: pending.contact.clone(),
                channels: BTreeSet::new(),
                notices: Vec::new(),
                digest,
                due,
            });
            message.channels.extend(&pending.left);
            message.notices.push(Notice { left: pending.left.clone(), ..pending.notice.clone() });
        }
        messages.into_values().collect()
    }

    /// How many notices wait: due, in a digest, for the morning, or parked.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.pending.len()
    }

    fn raised(&mut self, event: &Recorded, id: EscalationId, raised: &Raised) {
        if !raised.shown_as.is_alarm() || event.meta.historic {
            return;
        }
        let open = Open {
            sequence: event.sequence,
            rule: raised.rule.clone(),
            severity: raised.severity,
            confidential: raised.confidential,
            centre: raised.subject.centre,
            cases: raised.subject.cases.clone(),
            passed_over: raised.passed_over.clone(),
            first: raised.step,
            rungs: raised.ladder.clone(),
        };
        for case in &open.cases {
            self.by_case.entry(*case).or_default().insert(id);
        }
        self.open.insert(id, open);
        let telling = Telling { event, id, step: raised.step, heard_from: raised.heard_from };
        self.tell(&telling, NoticeKind::Raised, &raised.recipients);
    }

    /// The oldest open escalation that shares a case. A confidential one shares none with one that is not.
    fn group(&self, id: EscalationId, open: &Open) -> EscalationId {
        let of_case = open.cases.iter().filter_map(|case| self.by_case.get(case)).flatten();
        let others = of_case.filter_map(|other| Some((*other, self.open.get(other)?)));
        let alike = others.filter(|(_, other)| other.confidential == open.confidential);
        alike.min_by_key(|(_, other)| other.sequence).map_or(id, |(other, _)| other)
    }

    fn tell(&mut self, telling: &Telling<'_>, kind: NoticeKind, roles: &[Role]) {
        let Telling { event, id, step, heard_from } = *telling;
        let Some(open) = self.open.get(&id) else { return };
        let from = heard_from.unwrap_or(event.meta.recorded_at);
        let operator = open.centre.and_then(|centre| self.operators.get(&centre));
        let mut contacts: Vec<Contact> = roles
            .iter()
            .flat_map(|&role| {
                self.roster.hearing_without(role, open.centre, operator, from, &open.passed_over)
            })
            .collect();
        contacts.sort();
        contacts.dedup();
        let notice = Notice {
            of: event.meta.id,
            sequence: event.sequence,
            escalation: id,
            group: self.group(id, open),
            kind,
            step,
            rule: open.rule.clone(),
            severity: open.severity,
            at: event.meta.recorded_at,
            left: BTreeSet::new(),
        };
        for contact in contacts {
            let mut left = BTreeSet::new();
            left.extend(contact.email.is_some().then_some(Channel::Email));
            left.extend(contact.webhook.is_some().then_some(Channel::Webhook));
            left.retain(|channel| self.through.contains(channel));
            if left.is_empty() {
                continue;
            }
            let whom = (contact.to.clone(), contact.name.clone());
            let told = if notice.severity == EscalationSeverity::Acute {
                Told::Alone(from)
            } else {
                let flow = self.flows.entry(whom.clone()).or_default();
                flow.before(event.meta.recorded_at, &self.pace.storm);
                flow.take(from, &self.pace.storm)
            };
            let pending = Pending { contact, notice: notice.clone(), told, left, parked: BTreeSet::new() };
            self.pending.insert((notice.of, whom, kind), pending);
        }
    }

    /// The log says how a channel did: told, or given up.
    fn outcome(
        &mut self,
        of: Option<EventId>,
        whom: &Whom,
        channel: Channel,
        change: impl Fn(&mut Pending, Channel),
    ) {
        let Some(of) = of else { return };
        let kinds = [
            NoticeKind::Raised,
            NoticeKind::HandedUp,
            NoticeKind::Missed,
            NoticeKind::Reminded,
            NoticeKind::Undelivered,
        ];
        for kind in kinds {
            let key = (of, whom.clone(), kind);
            if let Some(pending) = self.pending.get_mut(&key) {
                change(pending, channel);
                if pending.left.is_empty() && pending.parked.is_empty() {
                    self.pending.remove(&key);
                }
            }
        }
    }

    fn escalation(&mut self, event: &Recorded, escalation: &EscalationEvent) {
        let id = EscalationId(event.meta.aggregate.id);
        match escalation {
            EscalationEvent::Raised(raised) => self.raised(event, id, raised),
            EscalationEvent::HandedUp(up) => {
                let telling = Telling { event, id, step: up.step, heard_from: up.heard_from };
                self.tell(&telling, NoticeKind::HandedUp, &up.recipients);
                self.tell(&telling, NoticeKind::Missed, &up.missed);
            }
            EscalationEvent::Reminded(again) => {
                let telling = Telling { event, id, step: again.step, heard_from: again.heard_from };
                self.tell(&telling, NoticeKind::Reminded, &again.recipients);
            }
            EscalationEvent::Notified(told) => {
                let whom = (told.to.clone(), told.contact.clone());
                self.outcome(told.of, &whom, told.channel, |pending, channel| {
                    pending.left.remove(&channel);
                    pending.parked.remove(&channel);
                });
            }
            EscalationEvent::NotificationParked(parked) => {
                let whom = (parked.to.clone(), parked.contact.clone());
                self.outcome(parked.of, &whom, parked.channel, |pending, channel| {
                    pending.left.remove(&channel);
                    pending.parked.insert(channel);
                });
                self.tell_above(event, id, parked.step);
            }
            EscalationEvent::NotificationRetried(again) => {
                let whom = (again.to.clone(), again.contact.clone());
                self.outcome(again.of, &whom, again.channel, |pending, channel| {
                    if pending.parked.remove(&channel) {
                        pending.left.insert(channel);
                    }
                });
            }
            // What was to be told stays to be told: somebody was meant to know that it happened.
            EscalationEvent::Resolved(_) | EscalationEvent::Lapsed(_) => self.end(id),
            EscalationEvent::Acknowledged(_)
            | EscalationEvent::NotificationFailed(_)
            | EscalationEvent::Redacted(_)
            | EscalationEvent::RuleAdopted(_) => {}
        }
    }

    fn end(&mut self, id: EscalationId) {
        let Some(open) = self.open.remove(&id) else { return };
        for case in &open.cases {
            if let Some(ids) = self.by_case.get_mut(case) {
                ids.remove(&id);
            }
        }
    }

    fn forget(&mut self, case: CaseId) {
        for id in self.by_case.remove(&case).unwrap_or_default() {
            let Some(open) = self.open.get_mut(&id) else { continue };
            open.cases.retain(|named| *named != case);
            if open.cases.is_empty() {
                self.open.remove(&id);
                self.pending.retain(|_, pending| pending.notice.escalation != id);
            }
        }
    }
}

impl Machine for Notices {
    type Todo = Message;

    fn feed(&mut self, event: &Recorded) {
        match &event.event {
            Event::Escalation(escalation) => self.escalation(event, escalation),
            Event::Centre(CentreEvent::Registered(registered)) => {
                self.operators.insert(CentreId(event.meta.aggregate.id), registered.operator.clone());
            }
            Event::Case(CaseEvent::Erased(_)) => self.forget(CaseId(event.meta.aggregate.id)),
            _ => {}
        }
    }

    fn due(&self, now: Timestamp) -> Vec<Message> {
        self.due_known(now, now)
    }
}

#[cfg(test)]
mod tests;
