//! Which centres, times and occurrences a filter covers.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use nabij_model::incident::Level;
use nabij_model::text::Code;
use uuid::Uuid;

use super::{Filter, ReportError, Viewer};
use crate::lists::List;
use crate::reader::{Centre, Described, Reader};
use crate::reportability::{DEFAULT, Duties, Reportability};

/// The centres of a report, in order of their code, and its period.
pub(super) struct Scope {
    pub(super) centres: Vec<Centre>,
    /// All centres of the network: what happened elsewhere has a code too.
    pub(super) everywhere: Vec<Centre>,
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
}

impl Scope {
    pub(super) async fn of(reader: &Reader, filter: &Filter) -> Result<Self, ReportError> {
        if filter.to <= filter.from {
            return Err(ReportError::EmptyPeriod { from: filter.from, to: filter.to });
        }
        let start = |day: Date| day.to_zoned(filter.zone.clone()).map(|at| at.timestamp());
        let everywhere = reader.centres(filter.as_of.sequence).await?;
        if let Some(centre) = filter.centre
            && !everywhere.iter().any(|known| known.id == centre.0)
        {
            return Err(ReportError::UnknownCentre(centre));
        }
        let same = |wanted: &Option<Code>, is: &Option<String>| {
            wanted.as_ref().is_none_or(|wanted| is.as_deref() == Some(wanted.as_str()))
        };
        let centres = everywhere
            .iter()
            .filter(|centre| filter.centre.is_none_or(|wanted| wanted.0 == centre.id))
            .filter(|centre| same(&filter.operator, &centre.operator) && same(&filter.region, &centre.region))
            .cloned()
            .collect();
        Ok(Self { centres, everywhere, from: start(filter.from)?, to: start(filter.to)? })
    }

    pub(super) fn ids(&self) -> BTreeSet<Uuid> {
        self.centres.iter().map(|centre| centre.id).collect()
    }

    /// Whether the report covers the whole network.
    pub(super) fn is_whole(&self) -> bool {
        self.centres.len() == self.everywhere.len()
    }

    /// The code of any centre of the network.
    pub(super) fn code(&self, centre: Uuid) -> &str {
        self.everywhere.iter().find(|known| known.id == centre).map_or("unknown", |known| &known.code)
    }

    /// What the operator of a centre must register.
    pub(super) fn duties<'a>(&self, rules: &'a Reportability, centre: Uuid) -> &'a Duties {
        let operator = self
            .everywhere
            .iter()
            .find(|known| known.id == centre)
            .and_then(|known| known.operator.as_deref());
        rules.of(operator.unwrap_or(DEFAULT))
    }
}

/// The reportable type of an occurrence: of its first category that has one, else of its first type of the register.
pub(super) fn kind_of<'a>(
    duties: &'a Duties,
    categories: &[String],
    register_types: &[(String, Option<String>)],
) -> Option<&'a Code> {
    categories.iter().find_map(|category| duties.type_of_signal(category)).or_else(|| {
        let mut types = register_types.iter();
        types.find_map(|(kind, group)| duties.type_of_incident(kind, group.as_deref()))
    })
}

/// Whether somebody recorded it as this type, by category, type or group.
pub(super) fn is_kind(
    kind: &Code,
    categories: &[String],
    register_types: &[(String, Option<String>)],
) -> bool {
    let same = |label: &str| label.replace('_', "-") == kind.as_str().replace('_', "-");
    categories.iter().any(|category| same(category))
        || register_types.iter().any(|(label, group)| same(label) || group.as_deref().is_some_and(same))
}

impl Filter {
    /// Whether a record is one that the filter asks for and the viewer may see, by what it says of itself.
    pub(super) fn asks_for(&self, record: &Described, duties: &Duties, viewer: Viewer) -> bool {
        self.kind.as_ref().is_none_or(|kind| record_is(kind, duties, record))
            && (self.minors.is_none() || record.minors == self.minors)
            && self.level.is_none_or(|level| level == level_of(record, duties))
            && (viewer == Viewer::Analyst || !record.confidential)
    }
}

/// A register's own level; of a signal, what its reporter's severity is on that scale.
fn level_of(record: &Described, duties: &Duties) -> Level {
    record.level.unwrap_or_else(|| duties.level_of(record.severity.unwrap_or_default()))
}

/// Whether a record's own label, group or reportable type is the one asked for.
fn record_is(kind: &Code, duties: &Duties, record: &Described) -> bool {
    let plain = |text: &str| text.replace('_', "-");
    let (label, group) = (record.label.as_deref(), record.group.as_deref());
    let reportable = label.and_then(|label| match record.list {
        List::OfficialRegister => duties.type_of_incident(label, group),
        _ => duties.type_of_signal(label),
    });
    reportable == Some(kind)
        || [label, group].into_iter().flatten().any(|own| plain(own) == plain(kind.as_str()))
}
