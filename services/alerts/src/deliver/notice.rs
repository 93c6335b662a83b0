//! What is told, and to whom. No field of it names a person, a place or a case.

use jiff::Timestamp;
use nabij_model::EventId;
use nabij_model::escalation::{Channel, EscalationSeverity, Recipient};
use nabij_model::id::EscalationId;
use nabij_model::text::Code;
use uuid::Uuid;

use crate::notices::NoticeKind;

/// What tells a notice from every other; the log says with the same words what became of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NoticeId {
    /// The escalation.
    pub escalation: EscalationId,
    /// The event that it tells of.
    pub of: EventId,
    /// The rung.
    pub step: u32,
    /// How it travels.
    pub channel: Channel,
    /// To whom.
    pub to: Recipient,
    /// Which address of a role, as the roster calls it.
    pub contact: Option<Code>,
}

impl NoticeId {
    /// The same at every attempt, in every process: what receivers know a repeat by.
    #[must_use]
    pub fn uuid(&self) -> Uuid {
        let channel = match self.channel {
            Channel::Sse => "sse",
            Channel::Webhook => "webhook",
            Channel::Email => "email",
        };
        let to = match &self.to {
            Recipient::Role(role) => format!("role:{role}"),
            Recipient::Staff(id) => format!("staff:{id}"),
        };
        let contact = self.contact.as_ref().map_or("", Code::as_str);
        let (escalation, of, step) =
            (self.escalation.to_string(), self.of.to_string(), self.step.to_string());
        EventId::derived(&["notice", &escalation, &of, &step, channel, &to, contact]).0
    }
}

/// A notice on one channel, as its reader sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Which.
    pub id: NoticeId,
    /// Where the event that it tells of stands in the log: of two notices of one escalation the later one has the higher.
    pub sequence: u64,
    /// Why they are told.
    pub kind: NoticeKind,
    /// The rule that raised it.
    pub rule: Code,
    /// How loud.
    pub severity: EscalationSeverity,
    /// When what it tells of was recorded.
    pub at: Timestamp,
}

#[cfg(test)]
mod tests {
    use nabij_model::Role;

    use super::*;

    #[test]
    fn its_id_is_the_same_in_every_process_and_of_no_other_notice() {
        let id = NoticeId {
            escalation: EscalationId(Uuid::nil()),
            of: EventId(Uuid::nil()),
            step: 0,
            channel: Channel::Email,
            to: Recipient::Role(Role::Director),
            contact: None,
        };
        assert_eq!(id.uuid().to_string(), EXPECTED, "receivers remember it");
        let others = [
            NoticeId { of: EventId(Uuid::max()), ..id.clone() },
            NoticeId { step: 1, ..id.clone() },
            NoticeId { channel: Channel::Webhook, ..id.clone() },
            NoticeId { to: Recipient::Role(Role::OperatorHq), ..id.clone() },
            NoticeId { contact: Some(Code::new("night").unwrap()), ..id.clone() },
        ];
        for other in others {
            assert_ne!(other.uuid(), id.uuid(), "{other:?}");
        }
    }

    const EXPECTED: &str = "c0c41a22-cb66-56e8-a1b3-632c0120983b";
}
