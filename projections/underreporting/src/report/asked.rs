//! One question with the network as it was known, and what is read once for all reports that answer it.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::counted::Question;
use super::scope::Scope;
use super::{Filter, ReportError, Viewer};
use crate::estimators::exposure::Report;
use crate::reader::{By, Counts, Reader, Records, Residents, Wanted};
use crate::reportability::Reportability;

/// A question.
pub(super) struct Asked<'a> {
    reader: &'a Reader,
    pub(super) rules: &'a Reportability,
    pub(super) filter: &'a Filter,
    pub(super) viewer: Viewer,
    pub(super) scope: Scope,
}

/// Occupancy reports of each centre.
pub(super) type Occupancy = BTreeMap<Uuid, Vec<Report>>;

/// Occurrences, counted.
pub(super) struct Occurred {
    pub(super) question: Question,
    pub(super) counts: Counts,
}

impl<'a> Asked<'a> {
    pub(super) async fn of(
        reader: &'a Reader,
        rules: &'a Reportability,
        filter: &'a Filter,
        viewer: Viewer,
    ) -> Result<Self, ReportError> {
        Ok(Self { reader, rules, filter, viewer, scope: Scope::of(reader, filter).await? })
    }

    /// Counts occurrences by each of these.
    pub(super) async fn occurred(&self, by: &[By]) -> Result<Occurred, ReportError> {
        let question = self.scope.question(self.reader, self.rules, self.filter, self.viewer).await?;
        let counts = self.reader.counts(&question.rulings, by).await?;
        Ok(Occurred { question, counts })
    }

    /// How many happened outside the report's centres and were noticed in one of them.
    pub(super) async fn happened_elsewhere(&self) -> Result<u64, ReportError> {
        if self.scope.is_whole() {
            return Ok(0);
        }
        let question = self.scope.question(self.reader, self.rules, self.filter, self.viewer).await?;
        Ok(self.reader.noticed_for_others(&question.rulings).await?)
    }

    /// The records of the period in the whole network; for some reports only those of the register, for some with their numbers.
    pub(super) async fn records(
        &self,
        register_only: bool,
        numbers: bool,
    ) -> Result<Vec<Records>, ReportError> {
        let wanted = Wanted {
            as_of: self.filter.as_of.sequence,
            period: (self.scope.from, self.scope.to),
            register_only,
            numbers,
            described: self.filter.kind.is_some()
                || self.filter.minors.is_some()
                || self.filter.level.is_some(),
        };
        Ok(self.reader.records(wanted).await?)
    }

    /// Occupancy reports of each centre in order of time.
    pub(super) async fn occupancy(&self, counted: Residents) -> Result<Occupancy, ReportError> {
        Ok(self.reader.occupancy(self.filter.as_of.sequence, counted).await?)
    }

    /// Whether the question is about records of this kind.
    pub(super) fn asks_for(&self, records: &Records) -> bool {
        self.filter.asks_for(&records.of, self.scope.duties(self.rules, records.of.centre), self.viewer)
    }
}
