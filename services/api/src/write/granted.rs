//! What a case grants to whom, as the policy is told: shares, trust, guardianship, broken glass.

use nabij_model::SealLevel;
use nabij_model::case::{CaseState, FileKind, ShareReader, opens};

use crate::access::{Grant, Grantee, Why};

/// Every grant of a case that was neither ended nor withdrawn; whether its moment is past is asked later.
pub(super) fn grants(state: &CaseState) -> Vec<Grant> {
    let shares = state.live_shares().map(|share| Grant {
        id: Some(share.id.0),
        to: grantee(share.reader),
        why: Why::Share,
        levels: opens(share.what, share.levels),
        parts: share.what.iter().copied().collect(),
        until: share.until,
        minor: None,
    });
    let trusted = state.trusted.iter().map(|(colleague, trust)| Grant {
        id: None,
        to: Grantee::Person(colleague.clone()),
        why: Why::Trusted,
        levels: opens(&trust.shows, &trust.levels),
        parts: trust.shows.clone(),
        until: None,
        minor: None,
    });
    // Of a minor's file a guardian reads what any parent would be told; clinical words stay with those who treat.
    let guardian = state.guardian_login.iter().map(|login| Grant {
        id: None,
        to: Grantee::Person(login.clone()),
        why: Why::Guardian,
        levels: [SealLevel::Profile, SealLevel::Duty, SealLevel::Team].into(),
        parts: FileKind::ALL.into_iter().filter(|kind| *kind != FileKind::Medical).collect(),
        until: None,
        minor: state.birth.get().filter(|_| !state.age_disputed),
    });
    let glasses = state.glasses.iter().map(|(id, glass)| Grant {
        id: Some(id.0),
        to: Grantee::Person(glass.by.clone()),
        why: Why::BreakGlass,
        levels: SealLevel::ALL.into(),
        parts: FileKind::ALL.into(),
        until: Some(glass.until),
        minor: None,
    });
    shares.chain(trusted).chain(guardian).chain(glasses).collect()
}

fn grantee(reader: &ShareReader) -> Grantee {
    match reader {
        ShareReader::Person(person) => Grantee::Person(person.clone()),
        ShareReader::Role { role, centre, operator } => {
            Grantee::Role { role: *role, centre: *centre, operator: operator.clone() }
        }
    }
}
