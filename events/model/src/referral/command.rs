//! What can be asked of a referral. A command that changes nothing on its way is its event's payload.

use super::events::{
    Accepted, AppointmentSet, Attended, BarrierRecorded, Completed, Missed, Refused, Requested, Waitlisted,
    Withdrawn,
};

/// `POST /v1/referrals`: the request as the team brings it.
pub type RequestReferral = Requested;

/// What can be asked of a referral.
#[derive(Debug, Clone)]
pub enum ReferralCommand {
    /// Ask for outside care.
    Request(RequestReferral),
    /// The provider said yes.
    Accept(Accepted),
    /// The provider has a waiting list.
    Waitlist(Waitlisted),
    /// The provider said no.
    Refuse(Refused),
    /// Set or move the appointment.
    SetAppointment(AppointmentSet),
    /// The resident went.
    Attend(Attended),
    /// The resident did not go.
    Miss(Missed),
    /// The care has ended.
    Complete(Completed),
    /// Take the request back.
    Withdraw(Withdrawn),
    /// Say what stands in the way.
    RecordBarrier(BarrierRecorded),
}
