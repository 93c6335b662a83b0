//! The policy as a table that can be read aloud.

mod cases;
mod wrong;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use jiff::{SignedDuration, Timestamp};
use nabij_model::case::FileKind;
use nabij_model::text::{Code, StaffId};
use nabij_model::{Actor, CentreId, Role, SealLevel};

use super::{Access, Action, Denial, Grant, Grantee, Place, Verdict, Why};
use crate::problem::Problem;

static SHIPPED: LazyLock<Access> = LazyLock::new(Access::shipped);

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
        (Frontline, RequestErasure, here(), no),
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
        (Psychosocial, ApproveErasure, here(), no),
        (Medical, AssessCase, here(), Ok(())),
        (Medical, FollowReferral, here(), Ok(())),
        (Coordinator, ReportCentre, here(), Ok(())),
        (Coordinator, ReportCentre, there(), away),
        (Director, DecideTransfer, here(), Ok(())),
        (Director, DecideTransfer, there(), away),
        (Director, HoldCase, here(), Ok(())),
        (Director, ApproveErasure, here(), Ok(())),
        (Director, ManageCentre, here(), no),
        // What concerns staff is invisible to the centre, its director included; not to who wrote it.
        (Director, ReadSignal, confidential(), unseen),
        (Director, AssessSignal, confidential(), unseen),
        (Coordinator, FollowSignal, confidential(), unseen),
        (OperatorHq, ReadEscalations, confidential(), unseen),
        (NetworkHq, ReadEscalations, confidential(), unseen),
        (SafeguardingPerson, ReadSignal, confidential(), Ok(())),
        (SafeguardingPerson, AssessSignal, confidential(), Ok(())),
        (SafeguardingPerson, ReadSignal, Place { confidential: true, ..there() }, unseen),
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
        assert_eq!(
            SHIPPED.check(&staff(role), action, &place).ok(),
            expected,
            "{role} {action} at {place:?}"
        );
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
        let opens = |place: &Place| -> Vec<SealLevel> {
            let opens =
                |level: &SealLevel| SHIPPED.check(&staff(role), Action::from(*level), place).allowed();
            [Profile, Duty, Team, Psychosocial, Medical, Restricted].into_iter().filter(opens).collect()
        };
        // A guardian is one of a minor, not of a centre.
        let place = if role == Role::Guardian { guarded(&[Duty]) } else { here() };
        assert_eq!(opens(&place), expected, "{role}");
        assert_eq!(opens(&there()), [], "{role} opens something of another operator");
    }
    let clinical = guarded(&[Duty, Team, Psychosocial, Medical, Restricted]);
    for level in [Psychosocial, Medical, Restricted] {
        assert!(!SHIPPED.check(&staff(Role::Guardian), level.into(), &clinical).allowed(), "{level:?}");
    }
}

/// Of a minor whose guardian the caller is.
fn guarded(levels: &[SealLevel]) -> Place {
    let grant = Grant {
        id: None,
        to: Grantee::Person(StaffId::new("me").unwrap()),
        why: Why::Guardian,
        levels: levels.iter().copied().collect(),
        parts: BTreeSet::new(),
        until: None,
        minor: None,
    };
    Place { grants: vec![grant], ..there() }
}

#[test]
fn a_grant_opens_what_it_says_to_whom_it_names_and_no_longer_than_it_holds() {
    let until: Timestamp = "2026-02-01T12:00:00Z".parse().unwrap();
    let share = |to: Grantee| Grant {
        id: None,
        to,
        why: Why::Share,
        levels: BTreeSet::from([SealLevel::Psychosocial]),
        parts: BTreeSet::from([FileKind::Guidance]),
        until: Some(until),
        minor: None,
    };
    let team = |role, centre| Grantee::Role { role, centre, operator: None };
    let opens = |role: Role, to: Grantee, level: SealLevel, now: Timestamp| {
        let place = Place { grants: vec![share(to)], ..there() }.at(now);
        SHIPPED.check(&staff(role), level.into(), &place).allowed()
    };
    let before = until - SignedDuration::from_secs(1);
    let me = || Grantee::Person(StaffId::new("me").unwrap());
    assert!(opens(Role::School, me(), SealLevel::Psychosocial, before));
    assert!(opens(Role::OperatorHq, me(), SealLevel::Psychosocial, before));
    assert!(!opens(Role::School, me(), SealLevel::Psychosocial, until), "it ended");
    assert!(!opens(Role::School, me(), SealLevel::Medical, before), "another level");
    assert!(!opens(Role::Analyst, me(), SealLevel::Psychosocial, before), "an analyst opens nothing");
    assert!(!opens(
        Role::School,
        Grantee::Person(StaffId::new("you").unwrap()),
        SealLevel::Psychosocial,
        before
    ));
    assert!(opens(Role::School, team(Role::School, Some(centre("here"))), SealLevel::Psychosocial, before));
    assert!(!opens(Role::School, team(Role::School, Some(centre("there"))), SealLevel::Psychosocial, before));
    assert!(!opens(Role::School, team(Role::Medical, None), SealLevel::Psychosocial, before));
}

#[test]
fn a_verdict_names_the_policies_that_decided() {
    let read = SHIPPED.check(&staff(Role::Psychosocial), Action::ReadCase, &here());
    assert_eq!(*read.because, ["the team reads the files of its own centre".into()]);
    let hidden = SHIPPED.check(&staff(Role::Director), Action::ReadSignal, &confidential());
    assert_eq!(*hidden.because, ["a confidential signal about staff does not exist for others".into()]);
    assert_eq!(
        SHIPPED.check(&staff(Role::Analyst), Action::ReadCase, &here()),
        Verdict::deny(Denial::Role, [])
    );
}

#[test]
fn every_action_has_somebody_who_may() {
    for action in Action::ALL {
        let may = |role| SHIPPED.check_role(role, *action).allowed();
        assert!(Role::ALL.into_iter().any(may), "nobody may {action}");
    }
}

#[test]
fn without_centres_or_operator_a_token_reaches_nothing() {
    let nobody = |role| Actor { centres: vec![], operator: None, ..staff(role) };
    let nowhere = Place::default();
    let placeless = [Action::ListCentres, Action::ListProtocols, Action::ReadOwnSignals];
    for role in [Role::Director, Role::OperatorHq, Role::SafeguardingPerson] {
        for action in Action::ALL.iter().filter(|action| !placeless.contains(action)) {
            let reached = |place: &Place| SHIPPED.check(&nobody(role), *action, place).allowed();
            assert!(!reached(&nowhere), "{role} {action} without a place");
            assert!(!reached(&here()), "{role} {action} without a centre");
        }
    }
}

#[test]
fn what_is_hidden_looks_like_what_does_not_exist() {
    assert_eq!(Problem::from(Denial::Hidden).document().status, 404);
    assert_eq!(Problem::from(Denial::Elsewhere).document().status, 403);
}
