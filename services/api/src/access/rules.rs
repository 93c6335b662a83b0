//! The table: which roles do what, and how far they reach.

use nabij_model::Role;

use super::action::Action;
use super::place::Side;

/// How far a role reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// What the caller wrote, in the caller's centre.
    OwnRecord,
    /// The centres of the token.
    OwnCentre,
    /// Every centre of the token's operator.
    OwnOperator,
    /// The whole network.
    Network,
}

impl Reach {
    /// Its name, as the trail of a call tells it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::OwnRecord => "own_record",
            Self::OwnCentre => "own_centre",
            Self::OwnOperator => "own_operator",
            Self::Network => "network",
        }
    }
}

/// These roles, this far.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// Who.
    pub roles: &'static [Role],
    /// How far.
    pub reach: Reach,
    /// Of a transfer, which side.
    pub side: Side,
}

const fn own(roles: &'static [Role]) -> Rule {
    Rule { roles, reach: Reach::OwnCentre, side: Side::Owner }
}

const fn receiving(roles: &'static [Role]) -> Rule {
    Rule { roles, reach: Reach::OwnCentre, side: Side::Receiver }
}

const fn there(roles: &'static [Role]) -> Rule {
    Rule { roles, reach: Reach::OwnCentre, side: Side::Safety }
}

const fn written(roles: &'static [Role]) -> Rule {
    Rule { roles, reach: Reach::OwnRecord, side: Side::Owner }
}

const fn operator(roles: &'static [Role]) -> Rule {
    Rule { roles, reach: Reach::OwnOperator, side: Side::Owner }
}

const fn network(roles: &'static [Role]) -> Rule {
    Rule { roles, reach: Reach::Network, side: Side::Owner }
}

use Role::{
    Analyst, Auditor, Companion, Coordinator, Director, Frontline, Guardian, Medical, NetworkHq, OperatorHq,
    Psychosocial, SafeguardingPerson, School, Service,
};

/// Everybody who works in a centre.
const DUTY: &[Role] = &[Frontline, Companion, Psychosocial, Medical, School, Coordinator, Director];
/// Who follows residents up.
const TEAM: &[Role] = &[Companion, Psychosocial, Medical, School, Coordinator, Director];
/// Who judges a resident's state.
const CARE: &[Role] = &[Companion, Psychosocial, Medical, Coordinator];
/// Who leads a centre.
const LEAD: &[Role] = &[Coordinator, Director];
const FRONTLINE: &[Role] = &[Frontline];
const HQ: &[Role] = &[OperatorHq];
const NETWORK: &[Role] = &[NetworkHq];
const MACHINE: &[Role] = &[Service];
const SAFEGUARDING: &[Role] = &[SafeguardingPerson];

/// Every action with who may do it; one line an action.
pub const RULES: &[(Action, &[Rule])] = &[
    (Action::ManageCentre, &[operator(HQ), network(NETWORK), network(MACHINE)]),
    (Action::ReportCentre, &[own(LEAD), operator(HQ), network(MACHINE)]),
    (Action::ImproveCentre, &[own(TEAM)]),
    (Action::AnswerCentre, &[operator(HQ), network(NETWORK)]),
    (
        Action::ListCentres,
        &[network(DUTY), network(HQ), network(&[NetworkHq, Analyst, SafeguardingPerson, Service])],
    ),
    (Action::ReadCentre, &[own(DUTY), operator(HQ), network(&[NetworkHq, Analyst, Service])]),
    (Action::OpenCase, &[own(TEAM), network(MACHINE)]),
    (Action::ReportPresence, &[own(DUTY), there(DUTY), network(MACHINE)]),
    (Action::NoteContact, &[own(DUTY), there(DUTY)]),
    (Action::FollowCase, &[own(TEAM)]),
    (Action::AssessCase, &[own(CARE)]),
    (Action::CloseCase, &[own(CARE), own(LEAD), network(MACHINE)]),
    (Action::HoldCase, &[own(&[Director]), operator(HQ)]),
    (Action::EraseCase, &[own(&[Director]), operator(HQ)]),
    (Action::SendCase, &[own(TEAM), network(MACHINE)]),
    (Action::DecideTransfer, &[own(&[Director]), operator(HQ), network(NETWORK)]),
    (Action::ReceiveCase, &[receiving(TEAM)]),
    (Action::ReadCase, &[own(TEAM)]),
    (Action::ReadWritten, &[own(TEAM)]),
    (Action::ReadGranted, &[own(TEAM)]),
    (Action::ReadPseudonymous, &[network(&[Analyst])]),
    (Action::ReadAccessLog, &[own(LEAD), operator(SAFEGUARDING), network(&[Auditor])]),
    (Action::ShareCase, &[own(TEAM)]),
    (Action::BreakGlass, &[network(DUTY)]),
    (Action::RequestErasure, &[own(&[Director]), operator(HQ)]),
    (Action::ApproveErasure, &[own(&[Director]), operator(HQ)]),
    (Action::ReviewErasure, &[own(&[Director]), operator(HQ)]),
    (Action::ReadSummary, &[own(TEAM), operator(HQ), network(NETWORK)]),
    (Action::ReadOwnSignals, &[network(DUTY), network(&[Guardian])]),
    (Action::ReadConfidential, &[operator(SAFEGUARDING)]),
    (Action::ReadAudit, &[network(&[Auditor])]),
    (Action::ReviewAudit, &[network(&[Auditor])]),
    (Action::OpenProfile, &[network(TEAM)]),
    (Action::OpenDuty, &[network(DUTY), network(&[Guardian])]),
    (Action::OpenTeam, &[network(TEAM), network(SAFEGUARDING)]),
    (Action::OpenPsychosocial, &[network(&[Psychosocial])]),
    (Action::OpenMedical, &[network(&[Medical])]),
    (Action::OpenRestricted, &[network(&[Coordinator]), network(SAFEGUARDING)]),
    (Action::ReadGuidance, &[own(DUTY), there(DUTY)]),
    (Action::LogSignal, &[own(DUTY), own(&[Guardian]), network(MACHINE)]),
    (Action::AssessSignal, &[own(TEAM), operator(SAFEGUARDING)]),
    (Action::FollowSignal, &[own(TEAM), operator(SAFEGUARDING)]),
    (Action::CorrectSignal, &[own(TEAM), written(FRONTLINE), operator(SAFEGUARDING)]),
    (Action::ReadSignal, &[own(TEAM), written(FRONTLINE), operator(SAFEGUARDING)]),
    (Action::HoldDiscussion, &[own(TEAM)]),
    (Action::FollowReferral, &[own(CARE), own(&[Director])]),
    (Action::RegisterIncident, &[own(TEAM), network(MACHINE)]),
    (Action::ReadWork, &[own(TEAM)]),
    (Action::ReadBoard, &[own(TEAM), operator(HQ), network(NETWORK)]),
    (Action::ReadFigures, &[own(TEAM), operator(HQ), network(&[NetworkHq, Analyst])]),
    (Action::ReadEscalations, &[own(TEAM), operator(HQ), operator(SAFEGUARDING), network(NETWORK)]),
    (Action::AnswerEscalation, &[own(TEAM), operator(HQ), operator(SAFEGUARDING), network(NETWORK)]),
];

/// Who may do `action`; nobody when the table is silent.
#[must_use]
pub fn rules(action: Action) -> &'static [Rule] {
    RULES.iter().find(|(listed, _)| *listed == action).map_or(&[], |(_, rules)| rules)
}
