//! Which centres a file names that the network does not know.

use std::collections::HashMap;

use nabij_log::{Log, LogError};
use nabij_model::CentreId;
use nabij_model::centre::{Centre, RegisterCentre};
use nabij_model::text::Code;

use super::centre::{CentreMap, Place};
use super::row::{Named, Reject};

/// The centres that were met, and the operators of those that are to be registered.
#[derive(Debug, Default)]
pub(crate) struct Centres {
    met: HashMap<CentreId, Option<Code>>,
}

impl Centres {
    /// What must be registered before a row of this centre can be taken: nothing for one that was met before or that the
    /// network knows.
    pub(crate) async fn meet(
        &mut self,
        log: &Log,
        map: &CentreMap,
        row: Named<'_>,
        place: &Place,
    ) -> Result<Result<Option<RegisterCentre>, Reject>, LogError> {
        if self.met.contains_key(&place.id) {
            return Ok(Ok(None));
        }
        if log.load::<Centre>(place.id.into()).await?.state.operator.is_some() {
            self.met.insert(place.id, None);
            return Ok(Ok(None));
        }
        Ok(map.registration(row, place).map(|registration| {
            self.met.insert(place.id, Some(registration.operator.clone()));
            Some(registration)
        }))
    }

    /// The operator of a centre that is registered by this import.
    pub(crate) fn new_operator(&self, place: &Place) -> Option<&Code> {
        self.met.get(&place.id)?.as_ref()
    }
}
