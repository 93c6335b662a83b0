//! Why a notice did not arrive, and whether trying again can help.

use jiff::SignedDuration;
use nabij_model::escalation::DeliveryFailure;

/// Whether trying again can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// Later; not before this long from now, when the receiver said so.
    Later(Option<SignedDuration>),
    /// The receiver said that it never will take it.
    Never,
}

/// A notice did not arrive. It says nothing of the address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct Failure {
    /// As the log says it.
    pub reason: DeliveryFailure,
    /// Whether trying again can help.
    pub retry: Retry,
    /// What happened, for whoever looks at the channel.
    pub detail: String,
}

impl Failure {
    pub(super) fn later(reason: DeliveryFailure, detail: impl Into<String>) -> Self {
        Self { reason, retry: Retry::Later(None), detail: detail.into() }
    }

    pub(super) fn never(reason: DeliveryFailure, detail: impl Into<String>) -> Self {
        Self { reason, retry: Retry::Never, detail: detail.into() }
    }
}
