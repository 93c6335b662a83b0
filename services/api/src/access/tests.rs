//! The policy as a table that can be read aloud.

use nabij_model::text::{Code, StaffId};
use nabij_model::{Actor, CentreId, Role, SealLevel};

use super::{Action, Denial, Place, RULES, check, check_role, rules};
use crate::problem::Problem;

fn centre(name: &str) -> CentreId {
    CentreId::derived(&[name])
}

/// Works in `here` for the operator `o`, unless headquarters or a machine.
fn staff(role: Role) -> Actor {
    use Role::{Analyst, Auditor, NetworkHq, OperatorHq, SafeguardingPerson, Service};
    let centreless = [Analyst, Auditor, NetworkHq, OperatorHq, SafeguardingPerson, Service].contains(&role);
    let operator = (![Analyst, Auditor, NetworkHq, Service].contains(&role)).then(|| Code::new("o").unwrap());
    Actor {
        subject: StaffId::new("me").unwrap(),
        role,
        centres: if centreless { vec![] } else { vec![centre("here")] },
        operator,
    }
}

fn here() -> Place {
    Place { operator: Some(Code::new("o").unwrap()), ..Place::centre(centre("here")) }
}

fn there() -> Place {
    Place { operator: Some(Code::new("other").unwrap()), ..Place::centre(centre("there")) }
}

/// Same operator, another centre.
fn next_door() -> Place {
    Place { operator: Some(Code::new("o").unwrap()), ..Place::centre(centre("next")) }
}

fn incoming() -> Place {
    Place { receiver: Some(centre("here")), ..there() }
}

/// Arrived, handover not acknowledged yet.
fn arrived() -> Place {
    Place { safety: Some(centre("here")), ..incoming() }
}

fn confidential() -> Place {
    Place { confidential: true, ..here() }
}

fn mine() -> Place {
    Place { author: Some(StaffId::new("me").unwrap()), ..here() }
}

#[test]
fn the_policy_says() {
    use Action::*;
    use Denial::{Elsewhere, Hidden};
    use Role::*;
    let (no, away, unseen) = (Err(Denial::Role), Err(Elsewhere), Err(Hidden));
    #[rustfmt::skip]
    let table = [
        // A frontline worker logs and sees guidance, in the own centre, and follows the own signals.
        (Frontline, LogSignal, here(), Ok(())),
        (Frontline, LogSignal, there(), away),
        (Frontline, NoteContact, here(), Ok(())),
        (Frontline, NoteContact, there(), away),
        (Frontline, NoteContact, incoming(), away),
        (Frontline, NoteContact, arrived(), Ok(())),
        (Frontline, ReportPresence, arrived(), Ok(())),
        (Frontline, ReportPresence, here(), Ok(())),
        (Frontline, ReadGuidance, here(), Ok(())),
        (Frontline, ReadGuidance, next_door(), away),
        (Frontline, ReadGuidance, incoming(), away),
        (Frontline, ReadGuidance, arrived(), Ok(())),
        (Frontline, ReadSignal, mine(), Ok(())),
        (Frontline, ReadSignal, here(), away),
        (Frontline, CorrectSignal, mine(), Ok(())),
        (Frontline, CorrectSignal, here(), away),
        (Frontline, ReadCase, here(), no),
        (Frontline, ReadCase, there(), no),
        (Frontline, ReadWork, here(), no),
        (Frontline, ReadFigures, here(), no),
        (Frontline, AssessSignal, here(), no),
        (Frontline, OpenCase, here(), no),
        (Frontline, FollowCase, here(), no),
        (Frontline, EraseCase, here(), no),
        (Frontline, ReadEscalations, here(), no),
        // The team follows up, in the own centre only.
        (Companion, ReadCase, here(), Ok(())),
        (Companion, ReadCase, there(), away),
        (Companion, FollowCase, here(), Ok(())),
        (Companion, AssessCase, here(), Ok(())),
        (Companion, AssessCase, next_door(), away),
        (School, AssessCase, here(), no),
        (School, ReadCase, here(), Ok(())),
        (Psychosocial, ReadCase, here(), Ok(())),
        (Psychosocial, ReadCase, next_door(), away),
        (Psychosocial, ReadCase, incoming(), away),
        (Psychosocial, ReadCase, arrived(), away),
        (Psychosocial, ReceiveCase, incoming(), Ok(())),
        (Psychosocial, ReceiveCase, here(), away),
        (Psychosocial, SendCase, here(), Ok(())),
        (Psychosocial, SendCase, incoming(), away),
        (Psychosocial, DecideTransfer, here(), no),
        (Psychosocial, AssessSignal, here(), Ok(())),
        (Psychosocial, AssessSignal, there(), away),
        (Psychosocial, FollowReferral, here(), Ok(())),
        (Psychosocial, HoldDiscussion, here(), Ok(())),
        (Psychosocial, ReadWork, here(), Ok(())),
        (Psychosocial, ReadWork, there(), away),
        (Psychosocial, ReadFigures, here(), Ok(())),
        (Psychosocial, ReadFigures, there(), away),
        (Psychosocial, EraseCase, here(), no),
        (Medical, AssessCase, here(), Ok(())),
        (Medical, FollowReferral, here(), Ok(())),
        (Coordinator, ReportCentre, here(), Ok(())),
        (Coordinator, ReportCentre, there(), away),
        (Director, DecideTransfer, here(), Ok(())),
        (Director, DecideTransfer, there(), away),
        (Director, HoldCase, here(), Ok(())),
        (Director, EraseCase, here(), Ok(())),
        (Director, ManageCentre, here(), no),
        // What concerns staff is invisible to the centre, its director included; not to who wrote it.
        (Director, ReadSignal, confidential(), unseen),
        (Director, AssessSignal, confidential(), unseen),
        (Coordinator, FollowSignal, confidential(), unseen),
        (OperatorHq, ReadEscalations, confidential(), unseen),
        (NetworkHq, ReadEscalations, confidential(), unseen),
        (SafeguardingPerson, ReadSignal, confidential(), Ok(())),
        (SafeguardingPerson, AssessSignal, confidential(), Ok(())),
        (SafeguardingPerson, ReadSignal, Place { confidential: true, ..there() }, away),
        (Psychosocial, ReadSignal, Place { confidential: true, ..mine() }, Ok(())),
        (SafeguardingPerson, ReadCase, here(), no),
        // Headquarters sees figures and escalations, no files.
        (OperatorHq, ReadFigures, here(), Ok(())),
        (OperatorHq, ReadFigures, next_door(), Ok(())),
        (OperatorHq, ReadFigures, there(), away),
        (OperatorHq, ReadEscalations, next_door(), Ok(())),
        (OperatorHq, ReadEscalations, there(), away),
        (OperatorHq, AnswerCentre, here(), Ok(())),
        (OperatorHq, ManageCentre, there(), away),
        (OperatorHq, ReadCase, here(), no),
        (OperatorHq, ReadWork, here(), no),
        (OperatorHq, ReadBoard, here(), Ok(())),
        (NetworkHq, ReadFigures, there(), Ok(())),
        (NetworkHq, ReadEscalations, there(), Ok(())),
        (NetworkHq, ReadCase, there(), no),
        (NetworkHq, ReadGuidance, there(), no),
        // Who counts reads no file; who audits reads no content.
        (Analyst, ReadFigures, there(), Ok(())),
        (Analyst, ReadCentre, there(), Ok(())),
        (Analyst, ReadCase, here(), no),
        (Analyst, ReadWork, here(), no),
        (Analyst, LogSignal, here(), no),
        (Auditor, ReadCase, here(), no),
        (Auditor, ReadFigures, here(), no),
        (Auditor, ListCentres, here(), no),
        (Guardian, LogSignal, here(), Ok(())),
        (Guardian, ReadCase, here(), no),
        // Machines write, and read no file.
        (Service, OpenCase, there(), Ok(())),
        (Service, RegisterIncident, there(), Ok(())),
        (Service, ReportCentre, there(), Ok(())),
        (Service, ReadCase, there(), no),
        (Service, ReadWork, there(), no),
    ];
    for (role, action, place, expected) in table {
        assert_eq!(check(&staff(role), action, &place).ok(), expected, "{role} {action} at {place:?}");
    }
}

#[test]
fn the_levels_say() {
    use SealLevel::{Duty, Medical, Profile, Psychosocial, Restricted, Team};
    #[rustfmt::skip]
    let table: [(Role, &[SealLevel]); 14] = [
        (Role::Frontline, &[Duty]),
        (Role::Companion, &[Profile, Duty, Team]),
        (Role::Psychosocial, &[Profile, Duty, Team, Psychosocial]),
        (Role::Medical, &[Profile, Duty, Team, Medical]),
        (Role::School, &[Profile, Duty, Team]),
        (Role::Coordinator, &[Profile, Duty, Team, Restricted]),
        (Role::Director, &[Profile, Duty, Team]),
        (Role::OperatorHq, &[]),
        (Role::NetworkHq, &[]),
        (Role::Analyst, &[]),
        (Role::Auditor, &[]),
        (Role::SafeguardingPerson, &[Team, Restricted]),
        (Role::Guardian, &[Duty]),
        (Role::Service, &[]),
    ];
    for (role, expected) in table {
        let opened: Vec<SealLevel> = [Profile, Duty, Team, Psychosocial, Medical, Restricted]
            .into_iter()
            .filter(|level| check_role(role, Action::from(*level)).allowed())
            .collect();
        assert_eq!(opened, expected, "{role}");
    }
}

#[test]
fn every_action_has_one_line_and_somebody_who_may() {
    for action in Action::ALL {
        assert!(!rules(*action).is_empty(), "nobody may {action}");
        assert_eq!(RULES.iter().filter(|(listed, _)| listed == action).count(), 1, "{action}");
    }
}

#[test]
fn without_centres_or_operator_a_token_reaches_nothing() {
    let nobody = |role| Actor { centres: vec![], operator: None, ..staff(role) };
    let nowhere = Place::default();
    for role in [Role::Director, Role::OperatorHq, Role::SafeguardingPerson] {
        let placeless = [Action::ListCentres, Action::BreakGlass, Action::ReadOwnSignals];
        let placed = |action: &&Action| !placeless.contains(action) && !action.name().starts_with("open.");
        for action in Action::ALL.iter().filter(placed) {
            assert!(!check(&nobody(role), *action, &nowhere).allowed(), "{role} {action} without a place");
            assert!(!check(&nobody(role), *action, &here()).allowed(), "{role} {action} without a centre");
        }
    }
}

#[test]
fn what_is_hidden_looks_like_what_does_not_exist() {
    assert_eq!(Problem::from(Denial::Hidden).document().status, 404);
    assert_eq!(Problem::from(Denial::Elsewhere).document().status, 403);
}
