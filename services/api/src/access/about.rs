//! Which policies can speak about a role and an action at all, told from their heads: before a record is known.

use cedar_policy::{ActionConstraint, Effect, EntityUid, PolicySet, PrincipalConstraint};
use nabij_model::Role;
use serde_json::Value;

use super::load::{Loaded, PolicyLine};
use super::{AccessError, Action, PolicyName};
use std::sync::Arc;

/// What the policies say about one role and one action, whatever the record.
#[derive(Debug, Clone)]
struct Line {
    /// The policies that may allow it.
    permits: Arc<[PolicyName]>,
    /// One of them does so without anything being granted.
    ordinary: bool,
    /// One of all hangs on the operator of the record.
    operator: bool,
}

/// The policies by role and action.
pub(super) struct About {
    lines: Vec<Line>,
    /// For each action the policies whose head lets them speak about it.
    sets: Vec<PolicySet>,
}

impl About {
    pub(super) fn new(loaded: &Loaded) -> Result<Self, AccessError> {
        let speaks: Vec<Facts> = loaded.policies.iter().map(|line| Facts::read(line, loaded)).collect();
        let mut lines = Vec::with_capacity(Role::ALL.len() * Action::ALL.len());
        for role in Role::ALL {
            for action in Action::ALL {
                let about = || speaks.iter().filter(|facts| facts.speaks(role, *action));
                let permits = || about().filter(|facts| facts.permits);
                lines.push(Line {
                    permits: permits().map(|facts| facts.name.clone()).collect(),
                    ordinary: permits().any(|facts| !facts.granted),
                    operator: about().any(|facts| facts.operator),
                });
            }
        }
        let set = |action: &Action| {
            let of = loaded.policies.iter().zip(&speaks).filter(|(_, facts)| facts.acts(*action));
            PolicySet::from_policies(of.map(|(line, _)| line.policy.clone()))
                .map_err(|error| AccessError::wrong("*.cedar", None, error.to_string()))
        };
        let sets = Action::ALL.iter().map(set).collect::<Result<_, _>>()?;
        Ok(Self { lines, sets })
    }

    fn line(&self, role: Role, action: Action) -> &Line {
        &self.lines[role as usize * Action::ALL.len() + action as usize]
    }

    /// The policies that may allow this role this action, on some record.
    pub(super) fn permits(&self, role: Role, action: Action) -> &Arc<[PolicyName]> {
        &self.line(role, action).permits
    }

    /// Whether one of them does so without anything being granted on the record.
    pub(super) fn ordinary(&self, role: Role, action: Action) -> bool {
        self.line(role, action).ordinary
    }

    /// Whether the answer hangs on the operator of the record.
    pub(super) fn operator(&self, role: Role, action: Action) -> bool {
        self.line(role, action).operator
    }

    /// The policies that can speak about this action.
    pub(super) fn policies(&self, action: Action) -> &PolicySet {
        &self.sets[action as usize]
    }
}

/// One policy, as far as it is told by its form.
struct Facts {
    name: PolicyName,
    permits: bool,
    roles: Vec<Role>,
    actions: Vec<Action>,
    granted: bool,
    operator: bool,
}

impl Facts {
    fn read(line: &PolicyLine, loaded: &Loaded) -> Self {
        let policy = &line.policy;
        let roles = match policy.principal_constraint() {
            PrincipalConstraint::In(uid)
            | PrincipalConstraint::Eq(uid)
            | PrincipalConstraint::IsIn(_, uid) => roles(&uid, loaded),
            PrincipalConstraint::Any | PrincipalConstraint::Is(_) => Role::ALL.to_vec(),
        };
        let actions = match policy.action_constraint() {
            ActionConstraint::Any => Action::ALL.to_vec(),
            ActionConstraint::In(uids) => uids.iter().filter_map(action).collect(),
            ActionConstraint::Eq(uid) => action(&uid).into_iter().collect(),
        };
        let form = policy.to_json().unwrap_or_default();
        Self {
            name: line.name.clone(),
            permits: policy.effect() == Effect::Permit,
            roles,
            actions,
            granted: holds(&form, &|value| value["Var"] == "context"),
            operator: holds(&form, &|value| value["attr"] == "operator"),
        }
    }

    fn acts(&self, action: Action) -> bool {
        self.actions.contains(&action)
    }

    fn speaks(&self, role: Role, action: Action) -> bool {
        self.acts(action) && self.roles.contains(&role)
    }
}

fn roles(uid: &EntityUid, loaded: &Loaded) -> Vec<Role> {
    let id: &str = uid.id().unescaped();
    match uid.type_name().basename() {
        "Role" => id.parse().into_iter().collect(),
        "Group" => loaded.groups.get(id).map(|group| group.roles.clone()).unwrap_or_default(),
        _ => Vec::new(),
    }
}

fn action(uid: &EntityUid) -> Option<Action> {
    let id: &str = uid.id().unescaped();
    Action::ALL.iter().find(|action| action.name() == id).copied()
}

/// Whether `form` or anything below it is `wanted`.
fn holds(form: &Value, wanted: &dyn Fn(&Value) -> bool) -> bool {
    wanted(form)
        || match form {
            Value::Object(fields) => fields.values().any(|field| holds(field, wanted)),
            Value::Array(items) => items.iter().any(|item| holds(item, wanted)),
            _ => false,
        }
}
