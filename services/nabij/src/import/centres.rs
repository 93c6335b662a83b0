//! Which centres a file names that the network does not know.

use std::collections::HashMap;

use nabij_log::{Log, LogError};
use nabij_model::CentreId;
use nabij_model::centre::{Centre, RegisterCentre};
use nabij_model::text::Code;

use super::centre::{CentreMap, Place};
use super::row::{Named, Reject};

/// The centres that were met.
#[derive(Debug, Default)]
pub(crate) struct Centres {
    met: HashMap<CentreId, Met>,
}

/// A centre that was met.
#[derive(Debug)]
struct Met {
    operator: Code,
    /// It is registered by this import.
    new: bool,
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
        if let Some(operator) = log.load::<Centre>(place.id.into()).await?.state.operator.clone() {
            self.met.insert(place.id, Met { operator, new: false });
            return Ok(Ok(None));
        }
        Ok(map.registration(row, place).map(|registration| {
            let operator = registration.operator.clone();
            self.met.insert(place.id, Met { operator, new: true });
            Some(registration)
        }))
    }

    /// The operator of a centre that was met.
    pub(crate) fn operator(&self, place: &Place) -> Option<&Code> {
        self.met.get(&place.id).map(|met| &met.operator)
    }

    /// The operator of a centre that is registered by this import.
    pub(crate) fn new_operator(&self, place: &Place) -> Option<&Code> {
        self.met.get(&place.id).filter(|met| met.new).map(|met| &met.operator)
    }
}
