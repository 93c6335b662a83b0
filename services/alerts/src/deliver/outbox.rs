//! Which notices are to be tried now: known from the log alone.
//!
//! A notice is done when the log says `notified`, waits when it says `notification_failed`, and is given up when it says
//! `notification_parked`; whatever else was sent before a crash is sent again, under the same id.
//!
//! Each contact hears of an escalation in order by each channel: nothing passes a notice that was not told yet. What comes
//! behind one has it tried again at once, whatever it waits for, so that a receiver that was away hears everything as
//! soon as it is back. Contacts do not wait for each other: whoever stands above hears in time though somebody below is away.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use nabij_model::escalation::{Channel, EscalationEvent, EscalationSeverity, Recipient};
use nabij_model::id::EscalationId;
use nabij_model::text::Code;
use nabij_model::{Event, EventId, Recorded};

use super::notice::{Notice, NoticeId};
use crate::machine::Machine;
use crate::notices::{self, Message, Notices};
use crate::pace::Pace;
use crate::roster::{Contact, Roster};

/// One message to one contact by one channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Who gets it.
    pub contact: Contact,
    /// How.
    pub channel: Channel,
    /// What it tells, each with the how manieth attempt it is, from 1. Never empty; of one notice by webhook.
    pub notices: Vec<(Notice, u32)>,
}

impl Delivery {
    /// How loud its loudest notice is.
    #[must_use]
    pub fn severity(&self) -> EscalationSeverity {
        let severities = self.notices.iter().map(|(notice, _)| notice.severity);
        severities.max().unwrap_or(EscalationSeverity::Moderate)
    }

    /// Where it stands in line: where its oldest notice does.
    #[must_use]
    pub fn sequence(&self) -> u64 {
        self.notices.iter().map(|(notice, _)| notice.sequence).min().unwrap_or(0)
    }
}

/// Every notice that the log does not say was told, and how often each was tried.
#[derive(Debug, Clone)]
pub struct Outbox {
    notices: Notices,
    tried: HashMap<NoticeId, Tried>,
}

/// What the log says of a notice that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Tried {
    attempts: u32,
    last: Timestamp,
    /// When it is tried again.
    next: Timestamp,
}

/// Whose line a notice stands in, of one channel.
type Line = (EscalationId, Recipient, Option<Code>);

/// A notice that was not told yet, in its line.
struct Standing {
    /// The message that it belongs to.
    message: usize,
    notice: Notice,
    tried: Option<Tried>,
}

impl Standing {
    fn attempt(&self) -> (Notice, u32) {
        (self.notice.clone(), self.tried.map_or(0, |tried| tried.attempts) + 1)
    }
}

impl Outbox {
    /// An outbox that has read nothing yet, for the channels that are set up.
    #[must_use]
    pub fn new(roster: Arc<Roster>, pace: Arc<Pace>, through: BTreeSet<Channel>) -> Self {
        Self { notices: Notices::new(roster, pace).through(through), tried: HashMap::new() }
    }

    /// How many notices wait, and since when the oldest of them does.
    #[must_use]
    pub fn backlog(&self) -> (usize, Option<Timestamp>) {
        (self.notices.waiting(), self.notices.oldest())
    }

    /// What each contact was not told yet of each escalation by one channel, the oldest first.
    fn lines(&self, messages: &[Message], channel: Channel) -> BTreeMap<Line, Vec<Standing>> {
        let mut lines: BTreeMap<Line, Vec<Standing>> = BTreeMap::new();
        let mut seen = BTreeSet::new();
        for (number, message) in messages.iter().enumerate() {
            for told in message.notices.iter().filter(|notice| notice.left.contains(&channel)) {
                let notice = on_channel(message, told, channel);
                // Whoever has two of the roles, or both missed it and hears it now, is told once.
                if !seen.insert(notice.id.clone()) {
                    continue;
                }
                let line = (notice.id.escalation, notice.id.to.clone(), notice.id.contact.clone());
                let tried = self.tried.get(&notice.id).copied();
                lines.entry(line).or_default().push(Standing { message: number, notice, tried });
            }
        }
        lines.values_mut().for_each(|line| line.sort_by_key(|standing| standing.notice.sequence));
        lines
    }

    /// What is to be tried now: what is acute first, then the oldest. Of what is told in a digest or in the morning only when
    /// everything recorded until then is known: so a letter of several holds the same ones whoever writes it, and after a crash
    /// again.
    #[must_use]
    pub fn due_known(&self, now: Timestamp, known_until: Timestamp) -> Vec<Delivery> {
        let messages = self.notices.due_known(now, known_until);
        let mut deliveries = Vec::new();
        let mut letters: BTreeMap<usize, Vec<Standing>> = BTreeMap::new();
        for channel in [Channel::Webhook, Channel::Email] {
            for line in self.lines(&messages, channel).into_values().filter(|line| is_due(line, now)) {
                let message = line[0].message;
                if channel == Channel::Webhook {
                    let contact = messages[message].contact.clone();
                    deliveries.push(Delivery { contact, channel, notices: vec![line[0].attempt()] });
                } else {
                    let together = line.into_iter().take_while(|standing| standing.message == message);
                    letters.entry(message).or_default().extend(together);
                }
            }
        }
        for (message, mut told) in letters {
            told.sort_by_key(|standing| standing.notice.sequence);
            let contact = messages[message].contact.clone();
            let notices = told.iter().map(Standing::attempt).collect();
            deliveries.push(Delivery { contact, channel: Channel::Email, notices });
        }
        deliveries.sort_by_key(|delivery| (Reverse(delivery.severity()), delivery.notices[0].0.at));
        deliveries
    }
}

/// Whether the first of a line is to be tried now.
fn is_due(line: &[Standing], now: Timestamp) -> bool {
    let Some((first, behind)) = line.split_first() else { return false };
    first.tried.is_none_or(|tried| {
        let newer = |standing: &Standing| standing.tried.is_none() && standing.notice.at > tried.last;
        tried.next <= now || behind.iter().any(newer)
    })
}

impl Machine for Outbox {
    type Todo = Delivery;

    fn feed(&mut self, event: &Recorded) {
        if let Event::Escalation(escalation) = &event.event {
            let escalation_id = EscalationId(event.meta.aggregate.id);
            let id = |of: Option<EventId>, step, channel, to: &Recipient, contact: &Option<Code>| {
                let (to, contact) = (to.clone(), contact.clone());
                of.map(|of| NoticeId { escalation: escalation_id, of, step, channel, to, contact })
            };
            match escalation {
                EscalationEvent::NotificationFailed(it) => {
                    if let Some(id) = id(it.of, it.step, it.channel, &it.to, &it.contact) {
                        let before = self.tried.get(&id).map_or(0, |tried| tried.attempts);
                        let attempts = it.attempt.unwrap_or(before + 1);
                        let last = event.meta.recorded_at;
                        let next = it.next_try.unwrap_or(last);
                        self.tried.insert(id, Tried { attempts, last, next });
                    }
                }
                EscalationEvent::Notified(it) => {
                    id(it.of, it.step, it.channel, &it.to, &it.contact).map(|id| self.tried.remove(&id));
                }
                EscalationEvent::NotificationParked(it) => {
                    id(it.of, it.step, it.channel, &it.to, &it.contact).map(|id| self.tried.remove(&id));
                }
                _ => {}
            }
        }
        self.notices.feed(event);
    }

    fn due(&self, now: Timestamp) -> Vec<Delivery> {
        self.due_known(now, now)
    }
}

fn on_channel(message: &Message, told: &notices::Notice, channel: Channel) -> Notice {
    Notice {
        id: NoticeId {
            escalation: told.escalation,
            of: told.of,
            step: told.step,
            channel,
            to: message.contact.to.clone(),
            contact: message.contact.name.clone(),
        },
        sequence: told.sequence,
        kind: told.kind,
        rule: told.rule.clone(),
        severity: told.severity,
        at: told.at,
    }
}

#[cfg(test)]
mod tests;
