//! What the rules need to remember of a referral.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::events::ReferralEvent;
use crate::decider::Fact;
use crate::id::{CaseId, CentreId};

/// Where a referral stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReferralStatus {
    /// Asked for; no answer yet.
    Requested,
    /// On a waiting list.
    Waitlisted,
    /// Accepted; no appointment yet.
    Accepted,
    /// There is an appointment.
    AppointmentSet,
    /// The resident went to the last appointment.
    Attended,
    /// The resident did not go to the last appointment.
    Missed,
    /// The provider said no.
    Refused,
    /// The care has ended.
    Completed,
    /// Taken back.
    Withdrawn,
}

impl ReferralStatus {
    /// Nothing follows but a barrier that is learned of later.
    #[must_use]
    pub fn ended(self) -> bool {
        matches!(self, Self::Refused | Self::Completed | Self::Withdrawn)
    }
}

impl fmt::Display for ReferralStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Requested => "waiting for an answer",
            Self::Waitlisted => "on a waiting list",
            Self::Accepted => "accepted, without an appointment",
            Self::AppointmentSet => "waiting for its appointment",
            Self::Attended => "attended",
            Self::Missed => "missed",
            Self::Refused => "refused by the provider",
            Self::Completed => "completed",
            Self::Withdrawn => "withdrawn",
        })
    }
}

/// What the rules need to remember of a referral.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ReferralState {
    /// Which team asked; absent before that.
    pub centre: Option<CentreId>,
    /// For whom.
    pub case: Option<CaseId>,
    /// Where it stands.
    pub status: Option<ReferralStatus>,
    /// The appointment as last set.
    pub appointment: Option<Timestamp>,
    /// The resident went at least once.
    pub attended_once: bool,
}

impl ReferralState {
    pub(super) fn evolve(&mut self, fact: &Fact<ReferralEvent>) {
        self.status = Some(match &fact.event {
            ReferralEvent::Requested(requested) => {
                self.centre = Some(requested.centre);
                self.case = Some(requested.case);
                ReferralStatus::Requested
            }
            ReferralEvent::Waitlisted(_) => ReferralStatus::Waitlisted,
            ReferralEvent::Accepted(_) => ReferralStatus::Accepted,
            ReferralEvent::AppointmentSet(appointment) => {
                self.appointment = Some(appointment.at);
                ReferralStatus::AppointmentSet
            }
            ReferralEvent::Attended(_) => {
                self.attended_once = true;
                ReferralStatus::Attended
            }
            ReferralEvent::Missed(_) => ReferralStatus::Missed,
            ReferralEvent::Refused(_) => ReferralStatus::Refused,
            ReferralEvent::Completed(_) => ReferralStatus::Completed,
            ReferralEvent::Withdrawn(_) => ReferralStatus::Withdrawn,
            ReferralEvent::BarrierRecorded(_) => return,
        });
    }
}
