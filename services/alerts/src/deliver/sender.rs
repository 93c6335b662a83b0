//! Sends one message by its channel, and writes down what became of it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use nabij_log::{ExecuteError, Log, Submission};
use nabij_model::escalation::{
    Channel, DeliveryFailure, Escalation, EscalationCommand, NotificationFailed, NotificationParked, Notified,
};
use nabij_model::id::EscalationId;
use nabij_model::{EventId, Policies};
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

/// Notices of one letter that are written down at once: well below what a batch may hold.
const TOGETHER: usize = 500;
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

#[derive(Debug, Clone)]
pub(super) struct Sender {
    pub(super) log: Log,
    pub(super) rules: Arc<Vec<Rule>>,
    pub(super) policies: Arc<Policies>,
    pub(super) channels: Arc<Channels>,
}

impl Sender {
    /// Sends it, and goes on until the log has what became of it.
    pub(super) async fn deliver(&self, delivery: &Delivery) {
        let outcome = self.send(delivery).await;
        // One moment for all of a letter: they fail together, and come back together.
        let now = Timestamp::now();
        let message = message_id(delivery);
        let together = u32::try_from(delivery.notices.len()).ok().filter(|count| *count > 1);
        for part in delivery.notices.chunks(TOGETHER) {
            let commands = part.iter().map(|(notice, attempt)| {
                let command = command(notice, *attempt, message, together, &outcome, now);
                (notice.id.escalation, command)
            });
            self.write_down(commands.collect()).await;
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

    /// Until the log has it, of a letter everything or nothing: what was sent and not written down is sent again after a crash, as
    /// the same letter.
    async fn write_down(&self, commands: Vec<(EscalationId, EscalationCommand)>) {
        let Some((id, _)) = commands.first() else { return };
        loop {
            let submission = Submission::new(Timestamp::now(), service_actor(), Arc::clone(&self.policies));
            let begin = self.log.transaction(submission);
            let all = commands.iter().fold(begin, |all, (escalation, command)| {
                all.then::<Escalation>(escalation.0, command.clone())
            });
            match all.commit().await {
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

/// The same for the same notices, so that a repeat is known by it, and another for any others, so that nobody's mailbox drops one.
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
    message: Uuid,
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
        Retry::Later(asked) => pause(message, attempt, asked),
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
