//! What a token stands for.

use nabij_model::text::{Code, StaffId};
use nabij_model::{Actor, CentreId, Role};

use crate::error::Unmapped;

/// Which role a call has when it does not say: the nearest to the resident first, what counts or looks from afar last.
const ORDER: [Role; 14] = [
    Role::Psychosocial,
    Role::Medical,
    Role::Companion,
    Role::School,
    Role::Coordinator,
    Role::Frontline,
    Role::Guardian,
    Role::Director,
    Role::SafeguardingPerson,
    Role::OperatorHq,
    Role::NetworkHq,
    Role::Analyst,
    Role::Auditor,
    Role::Service,
];

/// One role that a token carries, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The role.
    pub role: Role,
    /// In these centres; empty for headquarters and machines.
    pub centres: Vec<CentreId>,
    /// For this operator.
    pub operator: Option<Code>,
}

/// How far a machine's account reaches inside its role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// Only these actions, by name; absent for every one that the role may do.
    pub actions: Option<Vec<String>>,
    /// Only records of these centres; empty for all.
    pub centres: Vec<CentreId>,
}

impl Scope {
    /// Whether the account may do `action`.
    #[must_use]
    pub fn allows(&self, action: &str) -> bool {
        self.actions.as_ref().is_none_or(|actions| actions.iter().any(|named| named == action))
    }

    /// Whether it reaches records of `centre`; a record of no centre is out of reach of an account that has some.
    #[must_use]
    pub fn reaches(&self, centre: Option<CentreId>) -> bool {
        self.centres.is_empty() || centre.is_some_and(|centre| self.centres.contains(&centre))
    }
}

/// What a token stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Who.
    pub subject: StaffId,
    /// Their roles, in default order; never empty.
    pub(crate) grants: Vec<Grant>,
    /// How far a machine reaches.
    pub scope: Option<Scope>,
    /// The only operator that the token's issuer may speak for: its centres must be that operator's.
    pub bound: Option<Code>,
    /// When the token runs out, seconds since 1970.
    pub until: i64,
}

impl Identity {
    /// The actor of a call. `asked` is the header `Nabij-Role`: a role, or `role@operator` for somebody who has the same role at
    /// two operators. Absent, it is the first in this order: psychosocial, medical, companion, school, coordinator, frontline,
    /// guardian, director, safeguarding_person, operator_hq, network_hq, analyst, auditor, service.
    ///
    /// # Errors
    /// When the token does not carry the role asked for.
    pub fn actor(&self, asked: Option<&str>) -> Result<Actor, Unmapped> {
        let fits = |grant: &&Grant| match asked.map(|asked| asked.split_once('@').unwrap_or((asked, ""))) {
            None => true,
            Some((role, operator)) => {
                let there = grant.operator.as_ref().is_some_and(|own| own.as_str() == operator);
                grant.role.as_str() == role && (operator.is_empty() || there)
            }
        };
        let grant =
            self.grants.iter().find(fits).ok_or_else(|| Unmapped::RoleNotHeld { held: self.held() })?;
        Ok(Actor {
            subject: self.subject.clone(),
            role: grant.role,
            centres: grant.centres.clone(),
            operator: grant.operator.clone(),
        })
    }

    fn held(&self) -> String {
        let names: Vec<String> = self
            .grants
            .iter()
            .map(|grant| match &grant.operator {
                Some(operator) => format!("{}@{operator}", grant.role),
                None => grant.role.to_string(),
            })
            .collect();
        names.join(", ")
    }
}

/// Puts grants in default order; those of one role and operator become one, with all their centres.
pub(crate) fn ordered(grants: Vec<Grant>) -> Vec<Grant> {
    let mut joined: Vec<Grant> = Vec::new();
    for grant in grants {
        match joined.iter_mut().find(|known| known.role == grant.role && known.operator == grant.operator) {
            Some(known) => {
                let fresh: Vec<CentreId> =
                    grant.centres.into_iter().filter(|centre| !known.centres.contains(centre)).collect();
                known.centres.extend(fresh);
            }
            None => joined.push(grant),
        }
    }
    joined.sort_by_key(|grant| ORDER.iter().position(|role| *role == grant.role));
    joined
}
