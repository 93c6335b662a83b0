//! What can be asked of a signal. A command that changes nothing on its way is its event's payload.

use super::events::{
    Assessed, Corrected, Dismissed, FeedbackGiven, LinkRejected, Linked, Logged, NotRegistered,
    ProtocolStarted, ProtocolStepDone, ProtocolStepOverdue, ProtocolStepSkipped, Redacted, Unlinked,
};

/// `POST /v1/signals`: the signal as the reporter brings it.
pub type LogSignal = Logged;

/// What can be asked of a signal.
#[derive(Debug, Clone)]
pub enum SignalCommand {
    /// Log it.
    Log(LogSignal),
    /// Give a second person's view.
    Assess(Assessed),
    /// Say that another record is about the same occurrence.
    Link(Linked),
    /// Take a link back.
    Unlink(Unlinked),
    /// Say no to a suggested link.
    RejectLink(LinkRejected),
    /// Decide not to register it, with the reason.
    DoNotRegister(NotRegistered),
    /// Say that it was nothing.
    Dismiss(Dismissed),
    /// Say who was told what became of it.
    GiveFeedback(FeedbackGiven),
    /// Correct it.
    Correct(Corrected),
    /// Let words about somebody who was erased go. Every text that stays is in it; the service adds those that nobody changed.
    Redact(Redacted),
    /// Start a protocol on it: the service brings the steps of the file as it stands now.
    StartProtocol(ProtocolStarted),
    /// A step of a protocol was done.
    CompleteStep(ProtocolStepDone),
    /// A step of a protocol will not be done, with the reason.
    SkipStep(ProtocolStepSkipped),
    /// The deadline of a step passed and nobody said what became of it.
    MarkOverdue(ProtocolStepOverdue),
}
