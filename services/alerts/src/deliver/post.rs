//! Has sent what the outbox wants sent: so much at one time, and nothing before its turn.
//!
//! A receiver that hangs holds its own few places and nobody else's; some places are kept for what is acute.
//!
//! Of one escalation nothing is sent of a later event while somebody else's first attempt at what they are to hear next, of an earlier
//! one, can still be made or is under way: whoever is above never hears of it before those below were tried. It need not have
//! arrived. A receiver that does not answer holds the others up for [`HANGS`] and no longer. A letter of several stands in line
//! where its oldest notice does.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use nabij_log::Log;
use nabij_model::escalation::{Channel, EscalationSeverity, Recipient};
use nabij_model::id::EscalationId;
use nabij_model::{Policies, text::Code};
use tokio::task::{self, JoinSet};
use tokio::time::Instant;

use super::notice::NoticeId;
use super::outbox::Delivery;
use super::sender::{Channels, Sender};
use crate::rule::Rule;

/// Messages to one address at one time.
const PER_RECEIVER: usize = 2;
/// Messages at one time, to all.
const AT_ONCE: usize = 64;
/// Of these, kept for what is acute.
const FOR_ACUTE: usize = 16;
/// A first attempt that is under way for so long holds nobody else up.
const HANGS: Duration = Duration::from_secs(5);

type Receiver = (Recipient, Option<Code>, Channel);

fn receiver(id: &NoticeId) -> Receiver {
    (id.to.clone(), id.contact.clone(), id.channel)
}

/// Sends, a bounded number at one time.
#[derive(Debug)]
pub(crate) struct Post {
    sender: Sender,
    tasks: JoinSet<()>,
    /// What is under way: to whom, and since when.
    places: HashMap<task::Id, (Receiver, Instant)>,
    /// Attempts that were begun, and when: the log tells of them soon.
    begun: HashMap<(NoticeId, u32), Instant>,
}

impl Post {
    pub(crate) fn new(
        log: Log,
        rules: Arc<Vec<Rule>>,
        policies: Arc<Policies>,
        channels: Arc<Channels>,
    ) -> Self {
        let sender = Sender { log, rules, policies, channels };
        Self { sender, tasks: JoinSet::new(), places: HashMap::new(), begun: HashMap::new() }
    }

    /// Begins what of `wanted` is not begun yet, finds a place, and waits for no earlier step; the rest is wanted again.
    pub(crate) fn send(&mut self, wanted: Vec<Delivery>) {
        self.free();
        let all = wanted.iter().flat_map(|delivery| &delivery.notices);
        let keys: HashSet<(NoticeId, u32)> =
            all.map(|(notice, attempt)| (notice.id.clone(), *attempt)).collect();
        self.begun.retain(|key, _| keys.contains(key));
        let untried = untried(&wanted);
        for mut delivery in wanted {
            delivery
                .notices
                .retain(|(notice, attempt)| !self.begun.contains_key(&(notice.id.clone(), *attempt)));
            let Some((first, _)) = delivery.notices.first() else { continue };
            let receiver = receiver(&first.id);
            let places =
                if delivery.severity() == EscalationSeverity::Acute { AT_ONCE } else { AT_ONCE - FOR_ACUTE };
            if self.tasks.len() >= places || self.is_busy(&receiver) || self.waits(&delivery, &untried) {
                continue;
            }
            let now = Instant::now();
            let attempts = delivery.notices.iter().map(|(notice, attempt)| (notice.id.clone(), *attempt));
            self.begun.extend(attempts.map(|key| (key, now)));
            let sender = self.sender.clone();
            let task = self.tasks.spawn(async move { sender.deliver(&delivery).await });
            self.places.insert(task.id(), (receiver, now));
        }
    }

    fn free(&mut self) {
        while let Some(ended) = self.tasks.try_join_next_with_id() {
            let id = match ended {
                Ok((id, ())) => id,
                Err(error) => {
                    tracing::error!(%error, "a notice was given up half-way: {error}");
                    error.id()
                }
            };
            self.places.remove(&id);
        }
    }

    fn under_way(&self, receiver: &Receiver) -> impl Iterator<Item = Instant> {
        self.places.values().filter(move |(to, _)| to == receiver).map(|(_, since)| *since)
    }

    fn is_busy(&self, receiver: &Receiver) -> bool {
        self.under_way(receiver).count() >= PER_RECEIVER
    }

    /// Whether a notice of an earlier step of the same escalation, to anybody, was not tried yet and can be.
    fn waits(&self, delivery: &Delivery, untried: &Untried) -> bool {
        let sequence = delivery.sequence();
        let before = delivery.notices.iter().filter_map(|(notice, _)| untried.get(&notice.id.escalation));
        before.flatten().any(|(earlier, id)| *earlier < sequence && !self.hangs(id))
    }

    /// Whether the first attempt at a notice leads nowhere for now: it is under way for long, or waits behind others that are.
    fn hangs(&self, id: &NoticeId) -> bool {
        let long = |since: Instant| since.elapsed() >= HANGS;
        match self.begun.get(&(id.clone(), 1)) {
            Some(since) => long(*since),
            None => {
                let receiver = receiver(id);
                self.is_busy(&receiver) && self.under_way(&receiver).all(long)
            }
        }
    }
}

/// By escalation: notices that were never tried, with where their message stands in line.
type Untried = HashMap<EscalationId, Vec<(u64, NoticeId)>>;

fn untried(wanted: &[Delivery]) -> Untried {
    let mut untried = Untried::new();
    for delivery in wanted {
        for (notice, _) in delivery.notices.iter().filter(|(_, attempt)| *attempt == 1) {
            let of_escalation = untried.entry(notice.id.escalation).or_default();
            of_escalation.push((delivery.sequence(), notice.id.clone()));
        }
    }
    untried
}
