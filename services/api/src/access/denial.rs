//! Why a caller may not, and how that is answered.

use nabij_model::Refusal;

use crate::problem::Problem;

/// Why a caller may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Denial {
    /// The role never may, unless it was granted.
    Role,
    /// The role may, but not there.
    Elsewhere,
    /// The machine's account is for other centres.
    Account,
    /// Not even that it exists may be known.
    Hidden,
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
            Denial::Account => Self::forbidden(
                "account-elsewhere",
                "this account is for other centres: see its `centres` in the settings",
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
