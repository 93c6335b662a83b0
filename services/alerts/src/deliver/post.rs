//! Carries out what the outbox wants sent, and writes down what became of it.
//!
//! A receiver that hangs holds its own few places and nobody else's; some places are kept for what is acute.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use nabij_log::{ExecuteError, Log, Submission};
use nabij_model::EventId;
use nabij_model::escalation::{
    Channel, DeliveryFailure, Escalation, EscalationCommand, EscalationSeverity, NotificationFailed,
    NotificationParked, Notified, Recipient,
};
use nabij_model::{Policies, text::Code};
use tokio::task::JoinSet;
use tokio::time::sleep;
use uuid::Uuid;

use super::backoff::pause;
use super::email::EmailSender;
use super::notice::{Notice, NoticeId};
use super::outbox::Delivery;
use super::outcome::{Failure, Retry};
use super::webhook::WebhookSender;
use super::words::{Link, Told};
use crate::carry_out::service_actor;
use crate::roster::{Contact, Language};
use crate::rule::Rule;

/// Messages to one address at one time.
const PER_RECEIVER: usize = 2;
/// Messages at one time, to all.
const AT_ONCE: usize = 64;
/// Of these, kept for what is acute.
const FOR_ACUTE: usize = 16;
/// Pause before an outcome that the log did not take is given to it again.
const PAUSE: Duration = Duration::from_secs(1);

/// The channels that are set up.
#[derive(Debug, Clone, Default)]
pub struct Channels {
    /// Where readers of letters find an escalation.
    pub link: Option<Link>,
    /// Signed webhooks.
    pub webhook: Option<WebhookSender>,
    /// E-mail.
    pub email: Option<EmailSender>,
}

impl Channels {
    /// Which are set up.
    #[must_use]
    pub fn through(&self) -> BTreeSet<Channel> {
        let mut through = BTreeSet::new();
        through.extend(self.webhook.is_some().then_some(Channel::Webhook));
        through.extend(self.email.is_some().then_some(Channel::Email));
        through
    }
}

type Receiver = (Recipient, Option<Code>, Channel);

/// Sends, a bounded number at one time.
#[derive(Debug)]
pub(crate) struct Post {
    sender: Sender,
    tasks: JoinSet<Receiver>,
    busy: HashMap<Receiver, usize>,
    /// Attempts that were begun: the log tells of them soon.
    begun: HashSet<(NoticeId, u32)>,
}

#[derive(Debug, Clone)]
struct Sender {
    log: Log,
    rules: Arc<Vec<Rule>>,
    policies: Arc<Policies>,
    channels: Arc<Channels>,
}

impl Post {
    pub(crate) fn new(
        log: Log,
        rules: Arc<Vec<Rule>>,
        policies: Arc<Policies>,
        channels: Arc<Channels>,
    ) -> Self {
        let sender = Sender { log, rules, policies, channels };
        Self { sender, tasks: JoinSet::new(), busy: HashMap::new(), begun: HashSet::new() }
    }

    /// Begins what of `wanted` is not begun yet and finds a place; the rest is wanted again.
    pub(crate) fn send(&mut self, wanted: Vec<Delivery>) {
        while let Some(ended) = self.tasks.try_join_next() {
            match ended {
                Ok(receiver) => self.free(&receiver),
                Err(error) => tracing::error!(%error, "a notice was given up half-way: {error}"),
            }
        }
        let all = wanted.iter().flat_map(|delivery| &delivery.notices);
        let keys: HashSet<(NoticeId, u32)> =
            all.map(|(notice, attempt)| (notice.id.clone(), *attempt)).collect();
        self.begun.retain(|key| keys.contains(key));
        for mut delivery in wanted {
            delivery.notices.retain(|(notice, attempt)| !self.begun.contains(&(notice.id.clone(), *attempt)));
            let Some((first, _)) = delivery.notices.first() else { continue };
            let receiver = (first.id.to.clone(), first.id.contact.clone(), delivery.channel);
            let places =
                if delivery.severity() == EscalationSeverity::Acute { AT_ONCE } else { AT_ONCE - FOR_ACUTE };
            let busy = self.busy.entry(receiver.clone()).or_default();
            if *busy >= PER_RECEIVER || self.tasks.len() >= places {
                continue;
            }
            *busy += 1;
            self.begun.extend(delivery.notices.iter().map(|(notice, attempt)| (notice.id.clone(), *attempt)));
            let sender = self.sender.clone();
            self.tasks.spawn(async move {
                sender.deliver(&delivery).await;
                receiver
            });
        }
    }

    fn free(&mut self, receiver: &Receiver) {
        if let Some(busy) = self.busy.get_mut(receiver) {
            *busy = busy.saturating_sub(1);
            if *busy == 0 {
                self.busy.remove(receiver);
            }
        }
    }
}

impl Sender {
    async fn deliver(&self, delivery: &Delivery) {
        let outcome = self.send(delivery).await;
        let together = u32::try_from(delivery.notices.len()).ok().filter(|count| *count > 1);
        for (notice, attempt) in &delivery.notices {
            let command = command(notice, *attempt, together, &outcome, Timestamp::now());
            self.write_down(notice, command).await;
        }
    }

    async fn send(&self, delivery: &Delivery) -> Result<(), Failure> {
        let Contact { language, email, webhook, .. } = &delivery.contact;
        let not_set_up = || Failure::never(DeliveryFailure::NotConfigured, "the channel is not set up");
        match delivery.channel {
            Channel::Webhook => {
                let (Some(sender), Some(address)) = (&self.channels.webhook, webhook) else {
                    return Err(not_set_up());
                };
                let (notice, _) = &delivery.notices[0];
                sender.send(notice, address.reveal(), Timestamp::now()).await
            }
            Channel::Email => {
                let (Some(sender), Some(address), Some(link)) =
                    (&self.channels.email, email, &self.channels.link)
                else {
                    return Err(not_set_up());
                };
                let told: Vec<Told> =
                    delivery.notices.iter().map(|(notice, _)| self.told(notice, *language, link)).collect();
                sender.send(message_id(delivery), &told, *language, address.reveal()).await
            }
            Channel::Sse => Err(not_set_up()),
        }
    }

    fn told(&self, notice: &Notice, language: Language, link: &Link) -> Told {
        let rule = self.rules.iter().find(|rule| rule.id == notice.rule);
        let title = rule.map_or(notice.rule.as_str(), |rule| match language {
            Language::Nl => &rule.title.nl,
            Language::Fr => &rule.title.fr,
            Language::En => &rule.title.en,
        });
        Told {
            kind: notice.kind,
            title: title.to_owned(),
            severity: notice.severity,
            step: notice.id.step,
            at: notice.at,
            link: link.to(notice.id.escalation),
        }
    }

    /// Until the log has it: what was sent and not written down is sent again after a crash.
    async fn write_down(&self, notice: &Notice, command: EscalationCommand) {
        let id = notice.id.escalation;
        loop {
            let submission = Submission::new(Timestamp::now(), service_actor(), Arc::clone(&self.policies));
            match self.log.execute::<Escalation>(id.0, command.clone(), &submission).await {
                Ok(_) => return,
                Err(ExecuteError::Refused(refusal)) => {
                    tracing::warn!(escalation = %id, code = refusal.code, "what became of a notice of escalation {id} is not wanted: {refusal}");
                    return;
                }
                Err(error) => {
                    tracing::warn!(escalation = %id, %error, "what became of a notice of escalation {id} is not written yet: {error}");
                    sleep(PAUSE).await;
                }
            }
        }
    }
}

/// The same for the same notices, so that a repeat is known by it.
fn message_id(delivery: &Delivery) -> Uuid {
    let mut ids: Vec<String> =
        delivery.notices.iter().map(|(notice, _)| notice.id.uuid().to_string()).collect();
    match ids.as_slice() {
        [_] => delivery.notices[0].0.id.uuid(),
        _ => {
            ids.sort();
            EventId::derived(&ids.iter().map(String::as_str).collect::<Vec<_>>()).0
        }
    }
}

/// What the log is told of one attempt.
fn command(
    notice: &Notice,
    attempt: u32,
    together: Option<u32>,
    outcome: &Result<(), Failure>,
    now: Timestamp,
) -> EscalationCommand {
    let NoticeId { escalation, of, step, channel, to, contact } = notice.id.clone();
    let of = Some(of);
    let failure = match outcome {
        Ok(()) => {
            tracing::info!(%escalation, step, ?channel, attempt, "escalation {escalation} was told");
            let attempt = Some(attempt);
            return EscalationCommand::Notify(Notified { channel, to, step, of, contact, attempt, together });
        }
        Err(failure) => failure,
    };
    let again = match failure.retry {
        Retry::Never => None,
        Retry::Later(asked) => pause(notice.id.uuid(), attempt, asked),
    };
    let reason = failure.reason;
    match again {
        Some(again) => {
            tracing::warn!(%escalation, step, ?channel, attempt, "escalation {escalation} could not be told, again in {again:#}: {failure}");
            EscalationCommand::FailNotification(NotificationFailed {
                channel,
                to,
                step,
                reason,
                of,
                contact,
                attempt: Some(attempt),
                next_try: now.saturating_add(again).ok(),
            })
        }
        None => {
            tracing::error!(%escalation, step, ?channel, attempt, "escalation {escalation} could not be told and is parked, see `nabij escalations parked`: {failure}");
            let attempts = attempt;
            EscalationCommand::ParkNotification(NotificationParked {
                channel,
                to,
                step,
                attempts,
                reason,
                of,
                contact,
            })
        }
    }
}
