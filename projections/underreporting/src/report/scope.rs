//! Which centres, times and occurrences a filter covers.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use nabij_model::text::Code;
use uuid::Uuid;

use super::{Filter, ReportError, Viewer};
use crate::lists::List;
use crate::occurrences::{Occurrence, Status};
use crate::reader::{Centre, Reader, Window};
use crate::reportability::{DEFAULT, Duties, Reportability};

/// The centres of a report, in order of their code, and its period.
pub(super) struct Scope {
    pub(super) centres: Vec<Centre>,
    /// All centres of the network: what happened elsewhere has a code too.
    pub(super) everywhere: Vec<Centre>,
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
}

/// An occurrence with what the reportability of its operator says about it.
pub(super) struct Judged {
    pub(super) occurrence: Occurrence,
    /// Its type in the common vocabulary.
    pub(super) kind: Option<Code>,
    /// It could be told whether it had to be registered: it has a type.
    pub(super) reportable: bool,
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

    /// The whole period in every centre of the report.
    pub(super) fn windows(&self) -> Vec<Window> {
        self.windows_of(&self.centres)
    }

    /// The whole period in every centre of the network: what a centre is compared with.
    pub(super) fn windows_everywhere(&self) -> Vec<Window> {
        self.windows_of(&self.everywhere)
    }

    fn windows_of(&self, centres: &[Centre]) -> Vec<Window> {
        centres.iter().map(|centre| Window { centre: centre.id, from: self.from, to: self.to }).collect()
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

    /// Every occurrence of the period, wherever it happened, that the filter's type and minors and the viewer allow.
    pub(super) async fn judged(
        &self,
        reader: &Reader,
        rules: &Reportability,
        filter: &Filter,
        viewer: Viewer,
    ) -> Result<Vec<Judged>, ReportError> {
        let confidential = viewer == Viewer::Analyst;
        let judged = reader
            .occurrences(filter.as_of.sequence, confidential, self.from, self.to)
            .await?
            .into_iter()
            .filter(|occurrence| filter.minors.is_none() || occurrence.minors == filter.minors)
            .filter(|occurrence| filter.certainty.is_none() || occurrence.certainty == filter.certainty)
            .filter(|one| filter.accompaniment.is_none() || one.accompaniment == filter.accompaniment)
            .map(|occurrence| self.judge(rules, filter, occurrence))
            .filter(|judged| filter.kind.as_ref().is_none_or(|kind| judged.is(kind)))
            .collect();
        Ok(judged)
    }

    fn judge(&self, rules: &Reportability, filter: &Filter, occurrence: Occurrence) -> Judged {
        let duties = self.duties(rules, occurrence.happened);
        let kind = kind_of(duties, &occurrence.categories, &occurrence.register_types).cloned();
        let severity = duties.severity_with(occurrence.level, occurrence.severity);
        let on = moment(&occurrence).map(|at| at.to_zoned(filter.zone.clone()).date());
        let rule =
            kind.as_ref().zip(on).and_then(|(kind, on)| duties.duty(kind, severity, occurrence.minors, on));
        Judged { reportable: rule.is_some(), occurrence, kind }
    }
}

impl Judged {
    /// Whether it is of this type: reportable, or as somebody recorded it.
    fn is(&self, kind: &Code) -> bool {
        self.kind.as_ref() == Some(kind)
            || is_kind(kind, &self.occurrence.categories, &self.occurrence.register_types)
    }

    /// Some source other than the register knows of it, and it was not found to be nothing.
    pub(super) fn noticed(&self) -> bool {
        self.occurrence.noticed_at.is_some() && self.occurrence.status != Status::Dismissed
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

/// When an occurrence happened; when nobody said, when it was first written down.
pub(super) fn moment(occurrence: &Occurrence) -> Option<Timestamp> {
    occurrence.occurred_at.or(occurrence.noticed_at).or(occurrence.registered_at)
}

/// Whether a record's own label, group or reportable type is the one asked for.
pub(super) fn record_is(
    kind: Option<&Code>,
    duties: &Duties,
    list: List,
    label: Option<&str>,
    group: Option<&str>,
) -> bool {
    let Some(kind) = kind else { return true };
    let plain = |text: &str| text.replace('_', "-");
    let reportable = label.and_then(|label| match list {
        List::OfficialRegister => duties.type_of_incident(label, group),
        _ => duties.type_of_signal(label),
    });
    reportable == Some(kind)
        || [label, group].into_iter().flatten().any(|own| plain(own) == plain(kind.as_str()))
}
