//! Why a caller may not, and how that is answered.

use nabij_model::{AggregateKind, Refusal};

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

impl Denial {
    /// The answer to who asked for a record of this kind, if it was about one.
    #[must_use]
    pub fn refusal(self, of: Option<AggregateKind>) -> Refusal {
        match self {
            // The id of an entry follows from its number: any other answer would tell what stands in a register.
            Self::Elsewhere | Self::Account if of == Some(AggregateKind::Incident) => unknown(of),
            Self::Role => Refusal::forbidden(
                "role-not-allowed",
                "your role does not do this: ask a colleague whose role does, or for another token",
            ),
            Self::Elsewhere => Refusal::forbidden(
                "not-yours",
                "it belongs to another centre or operator than yours: ask the team that follows it",
            ),
            Self::Account => Refusal::forbidden(
                "account-elsewhere",
                "this account is for other centres: see its `centres` in the settings",
            ),
            Self::Hidden => unknown(of),
        }
    }
}

/// No record of this kind has the id: word for word what is said of one that the caller may not know of.
#[must_use]
pub fn unknown(of: Option<AggregateKind>) -> Refusal {
    let code = match of {
        Some(AggregateKind::Case) => "case-unknown",
        Some(AggregateKind::Centre) => "centre-unknown",
        Some(AggregateKind::Discussion) => "discussion-unknown",
        Some(AggregateKind::Escalation) => "escalation-unknown",
        Some(AggregateKind::Incident) => "incident-unknown",
        Some(AggregateKind::Referral) => "referral-unknown",
        Some(AggregateKind::Signal) => "signal-unknown",
        None => "unknown",
    };
    let what = of.map_or_else(|| "record".to_owned(), |kind| kind.to_string());
    Refusal::not_found(code, format!("no {what} that you may know of has this id: check the id"))
}

impl From<Denial> for Problem {
    fn from(denial: Denial) -> Self {
        denial.refusal(None).into()
    }
}
