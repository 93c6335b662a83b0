//! Of which kind of information each event of a file is: what a transfer's summary counts, and what a share shows.

use nabij_model::Event;
use nabij_model::case::{CaseEvent, FileKind};
use nabij_model::discussion::DiscussionEvent;
use nabij_model::signal::SignalEvent;

use crate::timeline::Entry;

impl Entry {
    /// Of which kind of information it is; `None` for what belongs to none, or is not what this version writes.
    #[must_use]
    pub fn file_kind(&self) -> Option<FileKind> {
        let (_, event) = Event::decode(&self.event_type, self.body.to_string().as_bytes()).ok()?;
        file_kind(&event)
    }
}

/// Which kind of information an event is; `None` for what belongs to none of them: how it is escalated,
/// shared or erased.
pub(crate) fn file_kind(event: &Event) -> Option<FileKind> {
    Some(match event {
        Event::Case(event) => match event {
            CaseEvent::Opened(_)
            | CaseEvent::AccompanimentSet(_)
            | CaseEvent::AgeDisputed(_)
            | CaseEvent::AgeSettled(_)
            | CaseEvent::GuardianAssigned(_)
            | CaseEvent::GuardianEnded(_)
            | CaseEvent::ReportedMissing(_)
            | CaseEvent::Found(_) => FileKind::Identity,
            CaseEvent::VulnerabilityNoted(_) | CaseEvent::VulnerabilityEnded(_) => FileKind::Vulnerabilities,
            CaseEvent::SupportNetworkNoted(_) => FileKind::Network,
            CaseEvent::GuidanceNoted(_) => FileKind::Guidance,
            CaseEvent::ScreeningRecorded(_) | CaseEvent::SupportLevelSet(_) => FileKind::Screenings,
            CaseEvent::ResponseAdded(_) => FileKind::Signals,
            CaseEvent::PlanActionAdded(_)
            | CaseEvent::PlanActionCompleted(_)
            | CaseEvent::PlanActionCancelled(_)
            | CaseEvent::HoldPlaced(_)
            | CaseEvent::HoldLifted(_)
            | CaseEvent::TransferRequested(_)
            | CaseEvent::TransferRefused(_)
            | CaseEvent::TransferCancelled(_)
            | CaseEvent::TransferHandoverAcknowledged(_) => FileKind::Plan,
            _ => return None,
        },
        Event::Signal(
            SignalEvent::FeedbackGiven(_)
            | SignalEvent::Linked(_)
            | SignalEvent::Unlinked(_)
            | SignalEvent::LinkRejected(_)
            | SignalEvent::ProtocolStepOverdue(_),
        ) => return None,
        Event::Signal(_) => FileKind::Signals,
        Event::Discussion(DiscussionEvent::Held(_)) => FileKind::Discussions,
        Event::Referral(_) => FileKind::Referrals,
        Event::Incident(_) => FileKind::Incidents,
        Event::Discussion(_) | Event::Centre(_) | Event::Escalation(_) => return None,
    })
}
