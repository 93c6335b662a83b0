//! What can be asked of a discussion. A command that changes nothing on its way is its event's payload.

use super::events::{DebriefOffered, Held};
use super::redacted::Redacted;

/// `POST /v1/discussions`: the discussion as the team brings it.
pub type HoldDiscussion = Held;

/// What can be asked of a discussion.
#[derive(Debug, Clone)]
pub enum DiscussionCommand {
    /// Write down that it was held.
    Hold(HoldDiscussion),
    /// Write down that a debriefing was offered.
    OfferDebrief(DebriefOffered),
    /// Let words about somebody who was erased go.
    Redact(Redacted),
}
