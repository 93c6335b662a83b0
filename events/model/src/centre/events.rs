//! What can happen to a reception centre.

use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::actor::Role;
use crate::event::events;
use crate::id::{ActionId, ConcernId};
use crate::sealed::Sealed;
use crate::text::{Code, Language, PlaceName};

events! {
    /// What can happen to a reception centre.
    CentreEvent of Centre {
        Registered(Registered) = "registered" v 1,
        CapacitySet(CapacitySet) = "capacity_set" v 1,
        OccupancyReported(OccupancyReported) = "occupancy_reported" v 2,
        StaffingReported(StaffingReported) = "staffing_reported" v 1,
        ParticipationHeld(ParticipationHeld) = "participation_held" v 1,
        ActionAdded(ActionAdded) = "action_added" v 1,
        ActionCompleted(ActionCompleted) = "action_completed" v 1,
        ConcernRaised(ConcernRaised) = "concern_raised" v 1,
        ConcernAnswered(ConcernAnswered) = "concern_answered" v 1,
        ProtocolPractised(ProtocolPractised) = "protocol_practised" v 1,
        ClosingAnnounced(ClosingAnnounced) = "closing_announced" v 1,
        Closed(Closed) = "closed" v 1,
    }
}

/// The network knows the centre.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Registered {
    /// How files and imports call it: `villawood-idc`.
    pub code: Code,
    /// How people call it.
    pub name: PlaceName,
    /// Who runs it: `fedasil`, `rode-kruis`.
    pub operator: Code,
    /// Where it lies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Code>,
    /// The languages its team works in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<Language>,
    /// What kind of centre: `collective`, `first-phase`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Code>,
}

/// How many places the centre has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CapacitySet {
    /// Places.
    pub places: u32,
    /// From which day; absent: from when it was recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
}

/// How many people live there at a moment; exposure in resident-days is interpolated between such moments.
///
/// Version 1 held `date` (the day, no time) instead of `as_at`, and no unaccompanied minors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OccupancyReported {
    /// When they were counted.
    pub as_at: Timestamp,
    /// Persons.
    pub residents: u32,
    /// Minors among them, if they were counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minors: Option<u32>,
    /// Unaccompanied minors among the minors, if they were counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unaccompanied_minors: Option<u32>,
}

/// How many persons of one role work there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StaffCount {
    /// The role.
    pub role: Role,
    /// Posts, in persons.
    pub posts: u32,
    /// Posts that somebody fills.
    pub filled: u32,
}

/// Who works there at a moment, in numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StaffingReported {
    /// When they were counted.
    pub as_at: Timestamp,
    /// One line for each role.
    pub staff: Vec<StaffCount>,
}

/// Residents were asked what they think; they hear what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ParticipationHeld {
    /// When.
    pub held_at: Timestamp,
    /// What it was about: `food`, `leisure`, `safety-at-night`.
    pub themes: Vec<Code>,
    /// By when they hear what became of it.
    pub answer_due: Date,
    /// How many took part, if they were counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub participants: Option<u32>,
}

/// Something about the place is to change: a room, lighting, leisure; a cause that is no person's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ActionAdded {
    /// Which action.
    pub action: ActionId,
    /// What is to be done.
    pub what: Sealed<String>,
    /// What it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub theme: Option<Code>,
    /// Who does it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// By when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_on: Option<Date>,
}

/// It was done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ActionCompleted {
    /// Which action.
    pub action: ActionId,
    /// What came of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Sealed<String>>,
}

/// The centre tells headquarters what it cannot mend itself; headquarters owes an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConcernRaised {
    /// Which concern.
    pub concern: ConcernId,
    /// What it is about: `staffing`, `overcrowding`.
    pub theme: Code,
    /// In the centre's words.
    pub text: Sealed<String>,
    /// By when an answer is owed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer_due: Option<Date>,
}

/// Headquarters answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConcernAnswered {
    /// Which concern.
    pub concern: ConcernId,
    /// In the words of headquarters.
    pub answer: Sealed<String>,
}

/// The team practised a protocol before it needed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProtocolPractised {
    /// Which, as its file in `deploy/protocols` is called.
    pub protocol: Code,
    /// When.
    pub practised_on: Date,
    /// How many took part, if they were counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub participants: Option<u32>,
}

/// The centre is to close; a later announcement replaces an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClosingAnnounced {
    /// On which day.
    pub closes_on: Date,
}

/// The centre is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Closed {
    /// Since which day; absent: since it was recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_on: Option<Date>,
}
