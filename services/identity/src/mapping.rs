//! Claims to roles, centres and operators, as the settings say.

use std::collections::BTreeMap;

use nabij_model::text::{Code, StaffId};
use nabij_model::{CentreId, Role};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::error::Unmapped;
use crate::identity::{Grant, Scope, ordered};
use crate::trust::Trust;

/// What stands before a subject that does not fit a staff id, with its hash behind it.
const HASHED: &str = "sub-";
/// Centres that one token may name: more than any operator has.
const MOST_CENTRES: usize = 500;

/// One line of the table of groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The role that the group stands for.
    pub role: Role,
    /// In these centres; empty: in those of the claim.
    pub centres: Vec<CentreId>,
    /// For this operator; absent: that of the claim.
    pub operator: Option<Code>,
}

/// A machine's account at the issuer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// Its client id: `azp` or `client_id`.
    pub client: String,
    /// What its tokens have as `sub`: only a token that the machine asked for itself has both, never a person's.
    pub subject: String,
    /// For this operator.
    pub operator: Option<Code>,
    /// How far it reaches.
    pub scope: Scope,
}

/// What an issuer's claims stand for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    /// JSON pointer to the subject.
    pub subject: String,
    /// JSON pointer to roles or groups: a list of names, or names with spaces between.
    pub roles: String,
    /// JSON pointer to the centres, by id or by a code of `codes`.
    pub centres: String,
    /// JSON pointer to the operator.
    pub operator: String,
    /// The provider's names and what they stand for; empty when it uses the names of the roles themselves.
    pub groups: BTreeMap<String, Vec<Entry>>,
    /// Codes that the provider uses for centres.
    pub codes: BTreeMap<String, CentreId>,
    /// Accounts of machines.
    pub machines: Vec<Machine>,
}

impl Default for Mapping {
    fn default() -> Self {
        Self {
            subject: "/sub".into(),
            roles: "/roles".into(),
            centres: "/centres".into(),
            operator: "/operator".into(),
            groups: BTreeMap::new(),
            codes: BTreeMap::new(),
            machines: Vec::new(),
        }
    }
}

/// Whether a role reaches beyond one operator, so that an issuer bound to one cannot give it.
#[must_use]
pub(crate) const fn is_network_wide(role: Role) -> bool {
    matches!(role, Role::NetworkHq | Role::Analyst | Role::Auditor | Role::Service)
}

impl Mapping {
    /// What stands in the claims: who, in which roles, how far.
    pub(crate) fn read(
        trust: &Trust,
        claims: &Value,
        client: Option<&str>,
    ) -> Result<(StaffId, Vec<Grant>, Option<Scope>), Unmapped> {
        let mapping = &trust.mapping;
        let subject = text(claims, &mapping.subject).ok_or(Unmapped::Claim("sub"))?;
        let named = staff_id(trust, subject)?;
        let machine = mapping.machines.iter().find(|machine| {
            client == Some(machine.client.as_str())
                && claims.get("sub").and_then(Value::as_str) == Some(&machine.subject)
        });
        if let Some(machine) = machine {
            let operator = trust.operator.clone().or_else(|| machine.operator.clone());
            let centres = machine.scope.centres.clone();
            let grant = Grant { role: Role::Service, centres, operator };
            return Ok((named, vec![grant], Some(machine.scope.clone())));
        }
        let grants = mapping.grants(trust, claims)?;
        if grants.is_empty() { Err(Unmapped::NoRole) } else { Ok((named, ordered(grants), None)) }
    }

    fn grants(&self, trust: &Trust, claims: &Value) -> Result<Vec<Grant>, Unmapped> {
        let centres = self.centres(claims)?;
        let claimed = match claims.pointer(&self.operator) {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => {
                Some(Code::new(text.as_str()).map_err(|_| Unmapped::Claim("operator"))?)
            }
            Some(_) => return Err(Unmapped::Claim("operator")),
        };
        if let (Some(bound), Some(claimed)) = (&trust.operator, &claimed)
            && bound != claimed
        {
            return Err(Unmapped::OtherOperator);
        }
        let mut grants = Vec::new();
        for name in names(claims.pointer(&self.roles)) {
            for entry in self.entries(name) {
                if trust.operator.is_some() && is_network_wide(entry.role) {
                    continue;
                }
                let own = if entry.centres.is_empty() { &centres } else { &entry.centres };
                let operator = trust.operator.clone().or(entry.operator).or_else(|| claimed.clone());
                grants.push(Grant { role: entry.role, centres: own.clone(), operator });
            }
        }
        Ok(grants)
    }

    /// What a name of the provider's stands for; providers put many names into a token that mean nothing here.
    fn entries(&self, name: &str) -> Vec<Entry> {
        if !self.groups.is_empty() {
            return self.groups.get(name).cloned().unwrap_or_default();
        }
        let role = name.parse().ok();
        role.map(|role| Entry { role, centres: Vec::new(), operator: None }).into_iter().collect()
    }

    fn centres(&self, claims: &Value) -> Result<Vec<CentreId>, Unmapped> {
        let mut centres = Vec::new();
        for name in names(claims.pointer(&self.centres)) {
            if centres.len() == MOST_CENTRES {
                return Err(Unmapped::Claim("centres"));
            }
            let centre = self.codes.get(name).copied().or_else(|| name.parse().ok());
            let centre = centre.ok_or_else(|| Unmapped::UnknownCentre(name.chars().take(80).collect()))?;
            if !centres.contains(&centre) {
                centres.push(centre);
            }
        }
        Ok(centres)
    }
}

fn text<'c>(claims: &'c Value, pointer: &str) -> Option<&'c str> {
    claims.pointer(pointer)?.as_str().filter(|text| !text.is_empty())
}

fn names(claim: Option<&Value>) -> Vec<&str> {
    match claim {
        Some(Value::String(text)) => text.split_ascii_whitespace().collect(),
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// The subject as a staff id. One that has another form (`auth0|5f7c..`, an address with a plus) goes by its hash; so does one that
/// only looks like such a hash.
fn staff_id(trust: &Trust, subject: &str) -> Result<StaffId, Unmapped> {
    let prefixed = |subject: &str| match &trust.prefix {
        Some(prefix) => StaffId::new(format!("{prefix}:{subject}")),
        None => StaffId::new(subject),
    };
    if !subject.starts_with(HASHED)
        && let Ok(id) = prefixed(subject)
        && StaffId::new(subject).is_ok()
    {
        return Ok(id);
    }
    let hash = Sha256::new().chain_update(&trust.issuer).chain_update([0]).chain_update(subject).finalize();
    prefixed(&format!("{HASHED}{}", hex::encode(&hash[..16]))).map_err(|_| Unmapped::Claim("sub"))
}
