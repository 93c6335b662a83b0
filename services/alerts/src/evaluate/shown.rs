//! What was raised and stands, and how many more items of worklist or agenda a centre takes.

use std::collections::{BTreeMap, HashMap};

use nabij_model::CentreId;
use nabij_model::id::EscalationId;

use super::matter::Scope;

/// Where an item takes room: what is confidential takes none from what the team of a centre sees.
type Place = (Option<CentreId>, bool);

/// What stands.
#[derive(Debug, Default)]
pub(crate) struct Shown {
    by_scope: BTreeMap<Scope, Vec<EscalationId>>,
    by_id: HashMap<EscalationId, (Scope, Place)>,
}

impl Shown {
    pub(crate) fn add(&mut self, scope: Scope, id: EscalationId, centre: Option<CentreId>) {
        self.by_scope.entry(scope.clone()).or_default().push(id);
        let place = (centre, scope.confidential);
        self.by_id.insert(id, (scope, place));
    }

    pub(crate) fn holds(&self, scope: &Scope) -> bool {
        self.by_scope.contains_key(scope)
    }

    /// Takes down what stands on this matter; without a key on every matter of its record.
    pub(crate) fn take(&mut self, scope: &Scope) -> Vec<EscalationId> {
        let mut scopes = vec![scope.clone()];
        if scope.key.is_none() {
            let keyed = self.by_scope.range(scope.clone()..).map(|(of, _)| of);
            scopes.extend(keyed.take_while(|of| of.is_within(scope)).filter(|of| *of != scope).cloned());
        }
        let taken: Vec<EscalationId> =
            scopes.iter().filter_map(|of| self.by_scope.remove(of)).flatten().collect();
        taken.iter().for_each(|id| drop(self.by_id.remove(id)));
        taken
    }

    pub(crate) fn remove(&mut self, id: EscalationId) {
        if let Some((scope, _)) = self.by_id.remove(&id)
            && let Some(ids) = self.by_scope.get_mut(&scope)
        {
            ids.retain(|shown| *shown != id);
            if ids.is_empty() {
                self.by_scope.remove(&scope);
            }
        }
    }

    /// All that stand.
    pub(crate) fn all(&self) -> impl Iterator<Item = EscalationId> {
        self.by_id.keys().copied()
    }

    /// What each centre takes when no more than `most` may stand.
    pub(crate) fn room(&self, most: u32) -> Room {
        let mut standing = BTreeMap::new();
        for (_, place) in self.by_id.values() {
            *standing.entry(*place).or_default() += 1;
        }
        Room { most, standing }
    }
}

/// How many stand in each centre.
pub(crate) struct Room {
    most: u32,
    standing: BTreeMap<Place, u32>,
}

impl Room {
    /// Whether one more fits; it then stands.
    pub(crate) fn take(&mut self, place: Place) -> bool {
        let standing = self.standing.entry(place).or_default();
        let fits = *standing < self.most;
        *standing += u32::from(fits);
        fits
    }
}
