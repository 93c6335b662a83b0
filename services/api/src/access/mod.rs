//! Who may do what: one table of role x action x relation, and one function that asks it.
//!
//! [`RULES`] is the whole policy until policies move to files; [`check`] is the only way to it. Every route names
//! its [`Action`] when it is registered, so there is no route without a rule. A [`Verdict`] says which policies decided, and
//! every call keeps its verdicts in a [`Trail`] for the audit.

mod action;
mod grant;
mod place;
mod rules;
#[cfg(test)]
mod tests;
mod trail;
mod verdict;

pub use action::Action;
pub use grant::{Grant, Grantee, Why};
pub use place::{Place, Side};
pub use rules::{RULES, Reach, Rule, rules};
pub use trail::{Asked, Trail};
pub use verdict::{PolicyName, Verdict};

use nabij_model::{Actor, Refusal, Role};

use crate::problem::Problem;

/// Why a caller may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denial {
    /// The role never may.
    Role,
    /// The role may, but not there.
    Elsewhere,
    /// Not even that it exists may be known.
    Hidden,
}

/// Whether somebody in this role may ever do this, wherever: asked before a body is read.
#[must_use]
pub fn check_role(role: Role, action: Action) -> Verdict {
    let because: Vec<PolicyName> = rules(action)
        .iter()
        .filter(|rule| rule.roles.contains(&role))
        .map(|rule| name(action, rule))
        .collect();
    if because.is_empty() { Verdict::deny(Denial::Role, []) } else { Verdict::allow(because) }
}

/// Whether `caller` may do `action` at `place`, and which policies say so.
#[must_use]
pub fn check(caller: &Actor, action: Action, place: &Place) -> Verdict {
    let own = place.author.as_ref() == Some(&caller.subject);
    if place.confidential && caller.role != Role::SafeguardingPerson && !own {
        return Verdict::deny(Denial::Hidden, [PolicyName::from("confidential")]);
    }
    let for_role = check_role(caller.role, action);
    if !for_role.allowed() {
        return for_role;
    }
    let near = |rule: &&Rule| rule.roles.contains(&caller.role) && within(caller, rule, place, own);
    let because: Vec<PolicyName> = rules(action).iter().filter(near).map(|rule| name(action, rule)).collect();
    if because.is_empty() { Verdict::deny(Denial::Elsewhere, []) } else { Verdict::allow(because) }
}

fn name(action: Action, rule: &Rule) -> PolicyName {
    format!("{action}/{}", rule.reach.name()).into()
}

fn within(caller: &Actor, rule: &Rule, place: &Place, own: bool) -> bool {
    match rule.reach {
        Reach::Network => true,
        Reach::OwnOperator => caller.operator.is_some() && caller.operator == place.operator,
        Reach::OwnCentre => place.centres(rule.side).any(|centre| caller.centres.contains(&centre)),
        Reach::OwnRecord => own && place.centres(rule.side).any(|centre| caller.centres.contains(&centre)),
    }
}

/// Whether the answer for this caller and action hangs on the operator of a centre, which must then be looked up.
#[must_use]
pub fn needs_operator(role: Role, action: Action) -> bool {
    rules(action).iter().any(|rule| rule.roles.contains(&role) && rule.reach == Reach::OwnOperator)
}

impl From<Denial> for Refusal {
    fn from(denial: Denial) -> Self {
        match denial {
            Denial::Role => Self::forbidden(
                "role-not-allowed",
                "your role does not do this: ask a colleague whose role does, or for another token",
            ),
            Denial::Elsewhere => Self::forbidden(
                "not-yours",
                "it belongs to another centre or operator than yours: ask the team that follows it",
            ),
            Denial::Hidden => Self::not_found("unknown", "no record that you may know of has this id"),
        }
    }
}

impl From<Denial> for Problem {
    fn from(denial: Denial) -> Self {
        Refusal::from(denial).into()
    }
}
