//! Who acts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::CentreId;
use crate::text::{Code, StaffId};

/// What somebody is in the network; the policies say what that allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reception, logistics, mediation, animation, night staff.
    Frontline,
    /// The resident's own companion (individual follow-up).
    Companion,
    /// Psychosocial staff.
    Psychosocial,
    /// Medical staff.
    Medical,
    /// School and child care.
    School,
    /// Coordinates a team.
    Coordinator,
    /// Directs a centre.
    Director,
    /// Headquarters of an operator.
    OperatorHq,
    /// Headquarters of the network.
    NetworkHq,
    /// Counts; reads no free text.
    Analyst,
    /// Checks who looked.
    Auditor,
    /// Takes confidential signals about staff.
    SafeguardingPerson,
    /// Guardian of an unaccompanied minor.
    Guardian,
    /// A machine: import, dispatching, the services themselves.
    Service,
}

impl Role {
    /// All roles, in the order of the design.
    pub const ALL: [Self; 14] = [
        Self::Frontline,
        Self::Companion,
        Self::Psychosocial,
        Self::Medical,
        Self::School,
        Self::Coordinator,
        Self::Director,
        Self::OperatorHq,
        Self::NetworkHq,
        Self::Analyst,
        Self::Auditor,
        Self::SafeguardingPerson,
        Self::Guardian,
        Self::Service,
    ];

    /// The name used in tokens, headers and settings.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Frontline => "frontline",
            Self::Companion => "companion",
            Self::Psychosocial => "psychosocial",
            Self::Medical => "medical",
            Self::School => "school",
            Self::Coordinator => "coordinator",
            Self::Director => "director",
            Self::OperatorHq => "operator_hq",
            Self::NetworkHq => "network_hq",
            Self::Analyst => "analyst",
            Self::Auditor => "auditor",
            Self::SafeguardingPerson => "safeguarding_person",
            Self::Guardian => "guardian",
            Self::Service => "service",
        }
    }
}

impl std::str::FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or_else(|| UnknownRole(text.to_owned()))
    }
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// No role has this name.
#[derive(Debug, thiserror::Error)]
#[error(
    "{0:?} is not a role: expected one of frontline, companion, psychosocial, medical, school, coordinator, director, operator_hq, network_hq, analyst, auditor, safeguarding_person, guardian, service"
)]
pub struct UnknownRole(String);

/// Who acts, in which role, and for whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// The subject of the identity provider.
    pub subject: StaffId,
    /// The role in which they act.
    pub role: Role,
    /// The centres they work for; empty for headquarters and machines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub centres: Vec<CentreId>,
    /// The operator they work for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<Code>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_has_one_name_everywhere() {
        for role in Role::ALL {
            assert_eq!(serde_json::to_value(role).unwrap(), role.as_str());
            assert_eq!(role.as_str().parse::<Role>().unwrap(), role);
            assert!(UnknownRole("x".into()).to_string().contains(role.as_str()), "{role} is not offered");
        }
        assert!("janitor".parse::<Role>().is_err());
    }
}
