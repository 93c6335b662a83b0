//! What can be asked of a centre. A command that changes nothing on its way is its event's payload.

use super::events::{
    ActionAdded, ActionCompleted, CapacitySet, Closed, ClosingAnnounced, ConcernAnswered, ConcernRaised,
    OccupancyReported, ParticipationHeld, ProtocolPractised, Registered, StaffingReported,
};

/// `POST /v1/centres`: the centre as its operator brings it.
pub type RegisterCentre = Registered;

/// `POST /v1/centres/{id}/occupancy`: the count as the centre brings it, also for a day long past.
pub type ReportOccupancy = OccupancyReported;

/// What can be asked of a centre.
#[derive(Debug, Clone)]
pub enum CentreCommand {
    /// Make it known.
    Register(RegisterCentre),
    /// Say how many places it has.
    SetCapacity(CapacitySet),
    /// Say how many live there.
    ReportOccupancy(ReportOccupancy),
    /// Say how many work there.
    ReportStaffing(StaffingReported),
    /// Write down that residents were asked.
    HoldParticipation(ParticipationHeld),
    /// Plan a change of the place.
    AddAction(ActionAdded),
    /// It was done.
    CompleteAction(ActionCompleted),
    /// Tell headquarters.
    RaiseConcern(ConcernRaised),
    /// Answer the centre.
    AnswerConcern(ConcernAnswered),
    /// Write down that a protocol was practised.
    PractiseProtocol(ProtocolPractised),
    /// Say when it closes.
    AnnounceClosing(ClosingAnnounced),
    /// Close it.
    Close(Closed),
}
