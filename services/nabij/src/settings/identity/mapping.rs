//! What the claims of an issuer stand for here: where they are, groups, and the accounts of machines.

use nabij_api::access::Action;
use nabij_api::tokens::{Entry, Machine, Mapping, Scope};
use nabij_model::text::Code;
use nabij_model::{CentreId, Role};
use serde::{Deserialize, Serialize};

use super::IssuerSettings;

/// Where in a token things stand: JSON pointers.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ClaimSettings {
    pub(super) subject: String,
    pub(super) roles: String,
    pub(super) centres: String,
    pub(super) operator: String,
}

impl Default for ClaimSettings {
    fn default() -> Self {
        let Mapping { subject, roles, centres, operator, .. } = Mapping::default();
        Self { subject, roles, centres, operator }
    }
}

/// What a group stands for: a role, or roles with their places.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum GroupSettings {
    Role(Role),
    One(PlacedRole),
    Several(Vec<PlacedRole>),
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlacedRole {
    role: Role,
    /// In these centres; empty: in those that the token names.
    #[serde(default)]
    centres: Vec<CentreId>,
    /// For this operator; absent: the one that the token names.
    #[serde(skip_serializing_if = "Option::is_none")]
    operator: Option<Code>,
}

/// The account of a machine at the issuer; its calls have the role `service`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ServiceAccount {
    /// Its client id.
    client: String,
    /// What its tokens have as `sub`; absent: the client id too. Keycloak gives each account a user of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    operator: Option<Code>,
    /// Only these actions, as `/openapi.json` names them (`x-nabij-action`); absent: all that the role may do.
    #[serde(skip_serializing_if = "Option::is_none")]
    actions: Option<Vec<String>>,
    /// Only records of these centres; empty: all.
    #[serde(default)]
    centres: Vec<CentreId>,
}

impl IssuerSettings {
    /// What no type refuses of groups and accounts.
    pub(super) fn check_mapping(&self) -> Result<(), String> {
        for (name, entry) in self
            .groups
            .iter()
            .flat_map(|(name, group)| group.entries().into_iter().map(move |entry| (name, entry)))
        {
            if entry.role == Role::Service {
                return Err(format!("`service_accounts` for machines, not the group {name:?}"));
            }
            let network_wide = matches!(entry.role, Role::NetworkHq | Role::Analyst | Role::Auditor);
            if self.operator.is_some() && network_wide {
                return Err(format!(
                    "no {} in the group {name:?}: this issuer speaks for one operator",
                    entry.role
                ));
            }
            if self.operator.is_some() && entry.operator.is_some() && entry.operator != self.operator {
                return Err(format!("no other operator in the group {name:?} than the issuer's"));
            }
        }
        for account in &self.service_accounts {
            if account.operator.is_some() && self.operator.is_some() && account.operator != self.operator {
                return Err(format!(
                    "no other operator in the account {:?} than the issuer's",
                    account.client
                ));
            }
            let known = |name: &&String| Action::ALL.iter().any(|action| action.name() == **name);
            let unknown = account.actions.iter().flatten().find(|name| !known(name));
            if let Some(name) = unknown {
                return Err(format!(
                    "actions like `signal.log` in the account {:?}, not {name:?}",
                    account.client
                ));
            }
        }
        Ok(())
    }

    /// As the verifier takes them.
    pub(super) fn mapping(&self) -> Mapping {
        let ClaimSettings { subject, roles, centres, operator } = self.claims.clone();
        let machine = |account: &ServiceAccount| Machine {
            client: account.client.clone(),
            subject: account.subject.clone().unwrap_or_else(|| account.client.clone()),
            operator: account.operator.clone(),
            scope: Scope { actions: account.actions.clone(), centres: account.centres.clone() },
        };
        Mapping {
            subject,
            roles,
            centres,
            operator,
            groups: self.groups.iter().map(|(name, group)| (name.clone(), group.entries())).collect(),
            codes: self.centre_codes.clone(),
            machines: self.service_accounts.iter().map(machine).collect(),
        }
    }
}

impl GroupSettings {
    fn entries(&self) -> Vec<Entry> {
        let entry = |placed: &PlacedRole| Entry {
            role: placed.role,
            centres: placed.centres.clone(),
            operator: placed.operator.clone(),
        };
        match self {
            Self::Role(role) => vec![Entry { role: *role, centres: Vec::new(), operator: None }],
            Self::One(placed) => vec![entry(placed)],
            Self::Several(placed) => placed.iter().map(entry).collect(),
        }
    }
}
