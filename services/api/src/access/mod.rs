//! Who may do what: one table of role x action x relation, and one function that asks it.
//!
//! [`RULES`] is the whole policy until policies move to files; [`check`] is the only way to it. Every route names
//! its [`Action`] when it is registered, so there is no route without a rule.

mod action;
mod levels;
mod place;
mod rules;
#[cfg(test)]
mod tests;

pub use action::Action;
pub use levels::opens;
pub use place::{Place, Side};
pub use rules::{Grant, RULES, Reach, grants};

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
///
/// # Errors
/// [`Denial::Role`].
pub fn check_role(role: Role, action: Action) -> Result<(), Denial> {
    if grants(action).iter().any(|grant| grant.roles.contains(&role)) { Ok(()) } else { Err(Denial::Role) }
}

/// Whether `caller` may do `action` at `place`.
///
/// # Errors
/// [`Denial`].
pub fn check(caller: &Actor, action: Action, place: &Place) -> Result<(), Denial> {
    let own = place.author.as_ref() == Some(&caller.subject);
    if place.confidential && caller.role != Role::SafeguardingPerson && !own {
        return Err(Denial::Hidden);
    }
    check_role(caller.role, action)?;
    let near = |grant: &Grant| grant.roles.contains(&caller.role) && within(caller, grant, place, own);
    if grants(action).iter().any(near) { Ok(()) } else { Err(Denial::Elsewhere) }
}

fn within(caller: &Actor, grant: &Grant, place: &Place, own: bool) -> bool {
    match grant.reach {
        Reach::Network => true,
        Reach::OwnOperator => caller.operator.is_some() && caller.operator == place.operator,
        Reach::OwnCentre => place.centres(grant.side).any(|centre| caller.centres.contains(&centre)),
        Reach::OwnRecord => own && place.centres(grant.side).any(|centre| caller.centres.contains(&centre)),
    }
}

/// Whether the answer for this caller and action hangs on the operator of a centre, which must then be looked up.
#[must_use]
pub fn needs_operator(role: Role, action: Action) -> bool {
    grants(action).iter().any(|grant| grant.roles.contains(&role) && grant.reach == Reach::OwnOperator)
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
