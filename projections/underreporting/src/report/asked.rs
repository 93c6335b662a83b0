//! One question with the network as it was known, and what is read once for all reports that answer it.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::counted::{Question, months};
use super::scope::Scope;
use super::{AsOf, Filter, ReportError, Viewer};
use crate::estimators::exposure::Report;
use crate::reader::{By, Counts, Described, Detail, Entries, Loops, Numbered, Reader, Records, Residents};
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

    /// When the records of the period happened, in the whole network.
    pub(super) async fn records(&self) -> Result<Vec<Records>, ReportError> {
        let period = (self.scope.from, self.scope.to);
        Ok(self.reader.records(period, self.detail(), self.filter.as_of.sequence).await?)
    }

    /// Entries of the register in the report's centres and period.
    pub(super) async fn entries(&self) -> Result<Vec<Entries>, ReportError> {
        let (period, months) = ((self.scope.from, self.scope.to), months(self.filter)?);
        Ok(self.reader.entries(self.own().as_deref(), period, &months, self.filter.as_of.sequence).await?)
    }

    /// The numbers of all entries of the network.
    pub(super) async fn numbers(&self) -> Result<Vec<Numbered>, ReportError> {
        Ok(self.reader.numbers(self.detail(), self.filter.as_of.sequence).await?)
    }

    /// The signals that the report's centres logged, with how long who waited for a word.
    pub(super) async fn loops(&self) -> Result<Vec<Loops>, ReportError> {
        let period = (self.scope.from, self.scope.to);
        let AsOf { sequence, moment } = self.filter.as_of;
        let asked = (self.detail(), self.viewer == Viewer::Analyst);
        Ok(self.reader.loops(self.own().as_deref(), period, asked, moment, sequence).await?)
    }

    /// The report's centres, unless it is of the whole network: an index on centres would only be in the way then.
    fn own(&self) -> Option<Vec<Uuid>> {
        (!self.scope.is_whole()).then(|| self.scope.ids().into_iter().collect())
    }

    /// What must be known of a record to tell whether the question is about it.
    fn detail(&self) -> Detail {
        let Filter { kind, minors, level, .. } = self.filter;
        match (kind, level, minors) {
            (None, None, None) => Detail::Source,
            (None, None, Some(_)) => Detail::Minors,
            _ => Detail::All,
        }
    }

    /// Occupancy reports of each centre in order of time.
    pub(super) async fn occupancy(&self, counted: Residents) -> Result<Occupancy, ReportError> {
        Ok(self.reader.occupancy(self.filter.as_of.sequence, counted).await?)
    }

    /// Whether the question is about records of this kind.
    pub(super) fn asks_for(&self, of: &Described) -> bool {
        self.filter.asks_for(of, self.scope.duties(self.rules, of.centre), self.viewer)
    }
}
