//! What somebody was granted on one record: by a share, by being named, by breaking the glass, as a guardian.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use nabij_model::case::FileKind;
use nabij_model::case::age::BirthDate;
use nabij_model::text::{Code, StaffId};
use nabij_model::{Actor, CentreId, Role, SealLevel};
use uuid::Uuid;

/// What grants it; the policies say for each what it allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Why {
    /// Named in a share that holds: not ended, and its consent not withdrawn.
    Share,
    /// Named by the resident as a trusted person.
    Trusted,
    /// Broke the glass.
    BreakGlass,
    /// Guardian of the minor.
    Guardian,
}

/// To whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grantee {
    /// This person, wherever they work.
    Person(StaffId),
    /// Whoever has this role, in this centre and for this operator where those are named.
    Role {
        /// The role.
        role: Role,
        /// Only in this centre.
        centre: Option<CentreId>,
        /// Only for this operator.
        operator: Option<Code>,
    },
}

/// One grant on one record. The aggregate's state knows those that were neither ended nor withdrawn, and its `Place` carries
/// them ([`Place::grants`](super::Place::grants)); a grant whose `until` is past is left out before the policies are
/// asked. A grant does nothing by itself: the policies decide what each [`Why`] allows, over its levels and parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The share, the breaking of the glass: for the access log.
    pub id: Option<Uuid>,
    /// To whom.
    pub to: Grantee,
    /// What grants it.
    pub why: Why,
    /// The levels of secrecy that it opens.
    pub levels: BTreeSet<SealLevel>,
    /// The kinds of information that it shows.
    pub parts: BTreeSet<FileKind>,
    /// Until when; for ever when absent.
    pub until: Option<Timestamp>,
    /// Of a guardian's: when the minor was born, and with whose majority it ends. Absent while the age is disputed or unknown, since
    /// the person then counts as a minor.
    pub minor: Option<BirthDate>,
}

impl Grant {
    /// Whether it is meant for `caller`.
    #[must_use]
    pub fn is_for(&self, caller: &Actor) -> bool {
        match &self.to {
            Grantee::Person(subject) => *subject == caller.subject,
            Grantee::Role { role, centre, operator } => {
                *role == caller.role
                    && centre.is_none_or(|centre| caller.centres.contains(&centre))
                    && operator.as_ref().is_none_or(|operator| caller.operator.as_ref() == Some(operator))
            }
        }
    }

    /// Whether it still holds at `now`.
    #[must_use]
    pub fn holds_at(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| now < until)
    }

    /// Whether it still holds on day `on`, where `majority_years` (from the policies) end a guardianship.
    #[must_use]
    pub fn holds_on(&self, on: Date, majority_years: u32) -> bool {
        self.minor.is_none_or(|born| born.minor_on(on, majority_years))
    }
}

impl Why {
    /// Its name in the policies.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Share => "share",
            Self::Trusted => "trusted",
            Self::BreakGlass => "break_glass",
            Self::Guardian => "guardian",
        }
    }
}
