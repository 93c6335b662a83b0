//! What was known of one component at each sequence, as versions.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use crate::evidence::Evidence;
use crate::occurrences::{Occurrence, occurrences};

/// To whom a version looks like this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Seen {
    /// To everybody.
    Everybody,
    /// To an analyst, who counts confidential captures too.
    WithConfidential,
    /// To everybody else.
    WithoutConfidential,
}

impl Seen {
    /// As a column holds it.
    #[must_use]
    pub fn code(self) -> i16 {
        match self {
            Self::Everybody => 0,
            Self::WithConfidential => 1,
            Self::WithoutConfidential => 2,
        }
    }
}

/// What an occurrence looked like from one sequence to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// From when; `None` when that was before what was asked about.
    pub valid_from: Option<u64>,
    /// Until when, exclusive; `None` while it holds.
    pub valid_to: Option<u64>,
    /// To whom.
    pub seen: Seen,
    /// What.
    pub occurrence: Occurrence,
}

type Picture = BTreeMap<(Uuid, Seen), Occurrence>;

/// The versions that a component had since `after`, those that held then among them.
#[must_use]
pub fn versions(component: &Evidence, after: u64) -> Vec<Version> {
    let open = without_confidential(component);
    let mut now: BTreeMap<(Uuid, Seen), (Option<u64>, Occurrence)> = picture(component, open.as_ref(), after)
        .into_iter()
        .map(|(key, occurrence)| (key, (None, occurrence)))
        .collect();
    let mut ended = Vec::new();
    for sequence in sequences(component).into_iter().filter(|sequence| *sequence > after) {
        let mut then = picture(component, open.as_ref(), sequence);
        now.retain(|key, (valid_from, occurrence)| {
            if then.get(key) == Some(occurrence) {
                then.remove(key);
                return true;
            }
            ended.push(Version {
                valid_from: *valid_from,
                valid_to: Some(sequence),
                seen: key.1,
                occurrence: occurrence.clone(),
            });
            false
        });
        now.extend(then.into_iter().map(|(key, occurrence)| (key, (Some(sequence), occurrence))));
    }
    ended.extend(now.into_iter().map(|((_, seen), (valid_from, occurrence))| Version {
        valid_from,
        valid_to: None,
        seen,
        occurrence,
    }));
    ended
}

/// The same without confidential captures; `None` when there are none.
fn without_confidential(component: &Evidence) -> Option<Evidence> {
    component.captures.iter().any(|capture| capture.confidential).then(|| {
        let mut open = component.clone();
        open.captures.retain(|capture| !capture.confidential);
        open
    })
}

fn picture(component: &Evidence, open: Option<&Evidence>, as_of: u64) -> Picture {
    let with = occurrences(component, as_of).into_iter();
    let Some(open) = open else {
        return with.map(|one| ((one.id, Seen::Everybody), one)).collect();
    };
    let mut without: BTreeMap<Uuid, Occurrence> =
        occurrences(open, as_of).into_iter().map(|one| (one.id, one)).collect();
    let mut picture = Picture::new();
    for one in with {
        let same = without.get(&one.id) == Some(&one);
        if same {
            without.remove(&one.id);
        }
        let seen = if same { Seen::Everybody } else { Seen::WithConfidential };
        picture.insert((one.id, seen), one);
    }
    picture.extend(without.into_iter().map(|(id, one)| ((id, Seen::WithoutConfidential), one)));
    picture
}

/// Every sequence at which anything about the component was recorded.
fn sequences(of: &Evidence) -> BTreeSet<u64> {
    let Evidence { captures, changes, links, discussions, mentions, responses, told } = of;
    captures
        .iter()
        .map(|row| row.recorded_seq)
        .chain(changes.iter().map(|row| row.recorded_seq))
        .chain(links.iter().map(|row| row.recorded_seq))
        .chain(discussions.iter().map(|row| row.recorded_seq))
        .chain(mentions.iter().map(|row| row.recorded_seq))
        .chain(responses.iter().map(|row| row.recorded_seq))
        .chain(told.iter().map(|row| row.recorded_seq))
        .collect()
}
