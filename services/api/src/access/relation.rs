//! What a caller can be to a record: the columns of the table, and the examples that it is made with.

use std::collections::BTreeSet;

use nabij_model::case::FileKind;
use nabij_model::text::{Code, StaffId};
use nabij_model::{Actor, AggregateId, AggregateKind, CentreId, Role, SealLevel};

use super::{Grant, Grantee, Heard, Place, Why};

/// What a caller is to a record; each relation by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Relation {
    /// It belongs to the caller's centre; of a transfer, the sending team.
    OwnCentre,
    /// The caller wrote it, in a centre that is theirs.
    OwnRecord,
    /// The caller wrote it, and works elsewhere now.
    WroteElsewhere,
    /// It is on its way to the caller's centre.
    Receiving,
    /// The caller's centre answers for the resident's safety.
    Safety,
    /// It belonged to the caller's centre before.
    Former,
    /// Of a signal: somebody whom it is about lives in the caller's centre now.
    Affected,
    /// It belongs to another centre of the caller's operator.
    OwnOperator,
    /// A share names the caller.
    Share,
    /// The resident trusts the caller.
    Trusted,
    /// The caller broke the glass.
    BreakGlass,
    /// The caller is the minor's guardian.
    Guardian,
    /// It belongs to another operator.
    Elsewhere,
    /// An escalation of the caller's centre of which they never heard, or for which they were passed over.
    Unheard,
    /// A confidential signal about staff of the caller's centre.
    Confidential,
    /// Such a signal that the caller wrote.
    OwnConfidential,
    /// Such a signal of another operator.
    ConfidentialElsewhere,
}

impl Relation {
    /// Every relation, with its name, its sign in the table and what it means.
    pub const ALL: &[(Self, &str, &str, &str)] = &[
        (
            Self::OwnCentre,
            "own centre",
            "C",
            "it belongs to the caller's centre; of a transfer, the sending team",
        ),
        (Self::OwnRecord, "own record", "W", "the caller wrote it, in their centre"),
        (Self::WroteElsewhere, "wrote it elsewhere", "w", "the caller wrote it, and works elsewhere now"),
        (Self::Receiving, "receiving team", "R", "the case is on its way to the caller's centre"),
        (
            Self::Safety,
            "answers for safety",
            "S",
            "the resident arrived in the caller's centre, the file did not yet",
        ),
        (Self::Former, "former centre", "F", "it belonged to the caller's centre before"),
        (
            Self::Affected,
            "about a resident",
            "A",
            "a signal about somebody who lives in the caller's centre now",
        ),
        (Self::OwnOperator, "own operator", "O", "it belongs to another centre of the caller's operator"),
        (Self::Share, "named in a share", "H", "a share names the caller: as far as it says"),
        (Self::Trusted, "trusted", "T", "the resident named the caller: as far as that goes"),
        (Self::BreakGlass, "broke the glass", "B", "for three hours, reviewed afterwards"),
        (Self::Guardian, "guardian of", "G", "the caller is the minor's guardian"),
        (Self::Elsewhere, "elsewhere", "N", "another operator's; standing alone: in the whole network"),
        (
            Self::Unheard,
            "never heard of it",
            "U",
            "an escalation that passed the caller by, or passed them over",
        ),
        (Self::Confidential, "confidential", "X", "a signal about staff of the caller's centre"),
        (Self::OwnConfidential, "own confidential", "x", "such a signal that the caller wrote"),
        (Self::ConfidentialElsewhere, "confidential elsewhere", "Y", "such a signal of another operator"),
    ];

    /// The relation of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known, ..)| *known == name).map(|(relation, ..)| *relation)
    }

    /// A record of this `kind` to which [`caller`] has this relation and no other.
    #[must_use]
    pub fn place(self, kind: Option<AggregateKind>) -> Place {
        let own = Some(somebody());
        let here = || within(centre("here"), "ours");
        let there = || within(centre("there"), "theirs");
        let place = match self {
            Self::OwnCentre => here(),
            Self::OwnRecord => Place { author: own, ..here() },
            Self::WroteElsewhere => Place { author: own, ..there() },
            Self::Receiving => Place { receiver: Some(centre("here")), ..there() },
            Self::Safety => Place { receiver: Some(centre("here")), safety: Some(centre("here")), ..there() },
            Self::Former => Place { former: vec![centre("here")], ..there() },
            Self::Affected => Place { affected: vec![centre("here")], ..there() },
            Self::OwnOperator => within(centre("next"), "ours"),
            Self::Share => granted(Why::Share, there()),
            Self::Trusted => granted(Why::Trusted, there()),
            Self::BreakGlass => granted(Why::BreakGlass, there()),
            Self::Guardian => granted(Why::Guardian, there()),
            Self::Elsewhere => there(),
            Self::Unheard => Place { heard: Some(Heard::default()), ..here() },
            Self::Confidential => Place { confidential: true, ..here() },
            Self::OwnConfidential => Place { confidential: true, author: own, ..here() },
            Self::ConfidentialElsewhere => Place { confidential: true, ..there() },
        };
        Place { record: kind.map(|kind| AggregateId::new(kind, centre("record").0)), ..place }
    }
}

/// The one who asks: in the centre `here` of the operator `ours`, unless headquarters, a machine or who counts.
#[must_use]
pub fn caller(role: Role) -> Actor {
    use Role::{Analyst, Auditor, NetworkHq, OperatorHq, SafeguardingPerson, Service};
    let centreless = [Analyst, Auditor, NetworkHq, OperatorHq, SafeguardingPerson, Service].contains(&role);
    let operator = (![Analyst, Auditor, NetworkHq, Service].contains(&role)).then(|| code("ours"));
    let centres = if centreless { Vec::new() } else { vec![centre("here")] };
    Actor { subject: somebody(), role, centres, operator: operator.flatten() }
}

fn within(centre: CentreId, operator: &str) -> Place {
    Place { operator: code(operator), ..Place::centre(centre) }
}

/// Everything that there is to grant.
fn granted(why: Why, place: Place) -> Place {
    use SealLevel::{Duty, Medical, Profile, Psychosocial, Restricted, Team};
    let grant = Grant {
        id: None,
        to: Grantee::Person(somebody()),
        why,
        levels: BTreeSet::from([Profile, Duty, Team, Psychosocial, Medical, Restricted]),
        parts: BTreeSet::from([FileKind::Guidance, FileKind::Signals]),
        until: None,
        minor: None,
    };
    Place { grants: vec![grant], ..place }
}

fn centre(name: &str) -> CentreId {
    CentreId::derived(&[name])
}

fn code(name: &str) -> Option<Code> {
    Code::new(name).ok()
}

fn somebody() -> StaffId {
    StaffId::new("somebody").expect("a name")
}
