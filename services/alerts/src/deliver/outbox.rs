//! Which notices are to be tried now: known from the log alone.
//!
//! A notice is done when the log says `notified`, waits when it says `notification_failed`, and is given up when it says
//! `notification_parked`; whatever else was sent before a crash is sent again, under the same id.

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
}

/// Every notice that the log does not say was told, and how often each was tried.
#[derive(Debug, Clone)]
pub struct Outbox {
    notices: Notices,
    /// Those that failed: how often, and when they are tried again.
    tried: HashMap<NoticeId, (u32, Timestamp)>,
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

    fn attempts(&self, id: &NoticeId) -> (u32, Timestamp) {
        self.tried.get(id).copied().unwrap_or((0, Timestamp::MIN))
    }

    /// Nobody hears of a later step before an earlier one was tried; tried is enough, so that a dead channel holds nothing up.
    fn in_order(&self, wanted: Vec<(u64, Delivery)>) -> Vec<Delivery> {
        type Line<'d> = (EscalationId, &'d Recipient, Option<&'d Code>, Channel);
        fn line(id: &NoticeId) -> Line<'_> {
            (id.escalation, &id.to, id.contact.as_ref(), id.channel)
        }
        let mut untried: BTreeMap<Line<'_>, u64> = BTreeMap::new();
        for (sequence, delivery) in &wanted {
            for (notice, _) in delivery.notices.iter().filter(|(_, attempt)| *attempt == 1) {
                let first = untried.entry(line(&notice.id)).or_insert(*sequence);
                *first = (*first).min(*sequence);
            }
        }
        let free: Vec<bool> = wanted
            .iter()
            .map(|(sequence, delivery)| {
                let behind = |id: &NoticeId| untried.get(&line(id)).is_some_and(|first| first < sequence);
                !delivery.notices.iter().any(|(notice, _)| behind(&notice.id))
            })
            .collect();
        wanted.into_iter().zip(free).filter(|(_, free)| *free).map(|((_, delivery), _)| delivery).collect()
    }
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
                        let (before, _) = self.attempts(&id);
                        let attempts = it.attempt.unwrap_or(before + 1);
                        self.tried.insert(id, (attempts, it.next_try.unwrap_or(event.meta.recorded_at)));
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

    /// What is acute first, then the oldest.
    fn due(&self, now: Timestamp) -> Vec<Delivery> {
        let mut wanted = Vec::new();
        for message in self.notices.due(now) {
            for channel in [Channel::Webhook, Channel::Email] {
                let of_channel = message.notices.iter().filter(|notice| notice.left.contains(&channel));
                let mut seen = BTreeSet::new();
                let mut ready: Vec<(u64, (Notice, u32))> = Vec::new();
                for told in of_channel {
                    let notice = on_channel(&message, told, channel);
                    let (attempts, next) = self.attempts(&notice.id);
                    // Whoever has two of the roles, or both missed it and hears it now, is told once.
                    if next <= now && seen.insert(notice.id.clone()) {
                        ready.push((told.sequence, (notice, attempts + 1)));
                    }
                }
                let contact = &message.contact;
                let delivery = |notices| Delivery { contact: contact.clone(), channel, notices };
                if channel == Channel::Webhook {
                    wanted.extend(ready.into_iter().map(|(sequence, one)| (sequence, delivery(vec![one]))));
                } else if let Some((sequence, _)) = ready.first() {
                    // A letter tells its oldest first, so it stands in line where that does.
                    wanted.push((*sequence, delivery(ready.iter().map(|(_, one)| one.clone()).collect())));
                }
            }
        }
        let mut deliveries = self.in_order(wanted);
        deliveries.sort_by_key(|delivery| (Reverse(delivery.severity()), delivery.notices[0].0.at));
        deliveries
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
        kind: told.kind,
        rule: told.rule.clone(),
        severity: told.severity,
        at: told.at,
    }
}

#[cfg(test)]
mod tests;
