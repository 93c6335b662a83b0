//! Who may read along in a file: by a share, because the resident trusts them, behind broken glass.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::CaseState;
use crate::case::age::end_of;
use crate::case::events::{
    FileKind, GlassBroken, GlassVerdict, InformationShared, ShareReader, TrustedPersonNamed,
};
use crate::id::{CentreId, ConsentId, ShareId};
use crate::sealed::{SealLevel, Secrecy};
use crate::text::StaffId;

/// Something of the file that was shared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// Who reads along; nobody when something was only told.
    pub reader: Option<ShareReader>,
    /// What they read.
    pub what: Vec<FileKind>,
    /// Up to which levels.
    pub levels: Vec<Secrecy>,
    /// The last day on which it holds.
    pub until: Option<Date>,
    /// The consent that it rests on.
    pub consent: Option<ConsentId>,
    /// It was ended early.
    pub ended: bool,
}

/// What a resident lets somebody read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trust {
    /// Kinds of the file, the guidance among them.
    pub shows: BTreeSet<FileKind>,
    /// Up to which levels.
    pub levels: Vec<Secrecy>,
}

/// A broken glass.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Glass {
    /// Who broke it.
    pub by: StaffId,
    /// Whose file it was.
    pub centre: Option<CentreId>,
    /// When the file is closed again.
    pub until: Timestamp,
    /// What the auditor thinks of it, as last said.
    pub verdict: Option<GlassVerdict>,
}

/// A share that was neither ended nor lost its consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LiveShare<'a> {
    /// Its id.
    pub id: ShareId,
    /// Who reads along.
    pub reader: &'a ShareReader,
    /// What.
    pub what: &'a [FileKind],
    /// Up to which levels.
    pub levels: &'a [Secrecy],
    /// When it ends, with its own last day or with that of its consent.
    pub until: Option<Timestamp>,
}

impl CaseState {
    /// Every share by which somebody reads along. Whether its moment has come is the reader's to ask.
    pub fn live_shares(&self) -> impl Iterator<Item = LiveShare<'_>> {
        self.shares.iter().filter(|(_, share)| !share.ended).filter_map(|(id, share)| {
            let consent = match share.consent {
                Some(consent) => Some(self.consents.get(&consent).filter(|consent| !consent.withdrawn)?),
                None => None,
            };
            let last = [share.until, consent.and_then(|consent| consent.until)].into_iter().flatten().min();
            Some(LiveShare {
                id: *id,
                reader: share.reader.as_ref()?,
                what: &share.what,
                levels: &share.levels,
                until: last.map(end_of),
            })
        })
    }

    pub(super) fn share(&mut self, shared: &InformationShared) {
        let Some(id) = shared.share else { return };
        self.shares.insert(
            id,
            Share {
                reader: shared.reader.clone(),
                what: shared.what.clone(),
                levels: shared.levels.clone(),
                until: shared.until,
                consent: shared.consent,
                ended: false,
            },
        );
    }

    pub(super) fn trust(&mut self, named: &TrustedPersonNamed) {
        let Some(colleague) = &named.colleague else { return };
        let shows = named.shows.iter().copied().chain([FileKind::Guidance]).collect();
        let levels = if named.levels.is_empty() && !named.shows.is_empty() {
            vec![Secrecy::Team]
        } else {
            named.levels.clone()
        };
        self.trusted.insert(colleague.clone(), Trust { shows, levels });
    }

    pub(super) fn break_glass(&mut self, broken: &GlassBroken, by: &StaffId) {
        let glass = Glass { by: by.clone(), centre: self.centre, until: broken.until, verdict: None };
        self.glasses.insert(broken.glass, glass);
    }
}

/// What somebody may open who was given `what` up to `levels`: the levels themselves, and those that these kinds are sealed at
/// whoever writes them.
#[must_use]
pub fn opens<'a>(what: impl IntoIterator<Item = &'a FileKind>, levels: &[Secrecy]) -> BTreeSet<SealLevel> {
    let of_kind = what.into_iter().filter_map(|kind| match kind {
        FileKind::Guidance => Some(SealLevel::Duty),
        FileKind::Identity | FileKind::Vulnerabilities => Some(SealLevel::Profile),
        _ => None,
    });
    levels.iter().copied().map(SealLevel::from).chain(of_kind).collect()
}
