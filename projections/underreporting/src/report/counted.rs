//! What the rules say of everything that can have been recorded, so that occurrences can be counted in the database.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use nabij_model::incident::Level;
use nabij_model::signal::Severity;
use nabij_model::text::Code;

use super::scope::{Scope, is_kind, kind_of};
use super::{Filter, ReportError, Viewer};
use crate::facts::names::Named;
use crate::lists::{History, List};
use crate::occurrences::Status;
use crate::reader::{Counted, Labels, Reader, Rulings};
use crate::reportability::{DEFAULT, Duties, Reportability};

/// What rules ask of minors, in the order of their codes: nobody said, no, yes.
const MINORS: [Option<bool>; 3] = [None, Some(false), Some(true)];

/// A question to the database, with the names of its numbers.
pub(super) struct Question {
    pub(super) rulings: Rulings,
    kinds: Vec<Code>,
}

impl Question {
    /// What a kind is called.
    pub(super) fn kind(&self, number: i16) -> &str {
        let place = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
        place.and_then(|place| self.kinds.get(place)).map_or("unknown", Code::as_str)
    }
}

impl Scope {
    /// Asks about the period's occurrences, as the filter and the viewer allow.
    pub(super) async fn question(
        &self,
        reader: &Reader,
        rules: &Reportability,
        filter: &Filter,
        viewer: Viewer,
    ) -> Result<Question, ReportError> {
        let operators: Vec<&str> = self.operators().collect();
        let duties: Vec<&Duties> = operators.iter().map(|operator| rules.of(operator)).collect();
        let kinds: BTreeSet<&Code> = duties.iter().flat_map(|duties| duties.kinds()).collect();
        let kinds: Vec<Code> = kinds.into_iter().cloned().collect();
        let days: BTreeSet<Date> = duties
            .iter()
            .flat_map(|duties| duties.rules())
            .flat_map(|rule| std::iter::once(rule.valid_from).chain(rule.valid_to))
            .collect();
        let days: Vec<Date> = days.into_iter().collect();
        let start = |day: &Date| day.to_zoned(filter.zone.clone()).map(|at| at.timestamp());
        let ids = self.ids();
        let place = |operator: Option<&str>| {
            let operator = operator.unwrap_or(DEFAULT);
            operators.iter().position(|known| *known == operator).map_or(0, small)
        };
        let rulings = Rulings {
            as_of: filter.as_of.sequence,
            confidential: viewer == Viewer::Analyst,
            period: (self.from, self.to),
            now: filter.as_of.moment,
            minors: filter.minors,
            certainty: filter.certainty,
            accompaniment: filter.accompaniment,
            centres: self
                .everywhere
                .iter()
                .map(|centre| (centre.id, place(centre.operator.as_deref()), ids.contains(&centre.id)))
                .collect(),
            kinds: named(&reader.labels().await?, &duties, &kinds, filter.kind.as_ref()),
            kinds_in_all: i32::from(small(kinds.len())) + 1,
            days: days.iter().map(start).collect::<Result<_, _>>()?,
            hours: duties.iter().flat_map(|duties| hours_of(duties, &kinds, &days)).collect(),
            levels: duties.iter().flat_map(|duties| levels_of(duties, filter.level)).collect(),
            months: months(filter)?,
        };
        Ok(Question { rulings, kinds })
    }

    fn operators(&self) -> impl Iterator<Item = &str> {
        self.everywhere
            .iter()
            .filter_map(|centre| centre.operator.as_deref())
            .chain(std::iter::once(DEFAULT))
            .collect::<BTreeSet<_>>()
            .into_iter()
    }
}

/// The kind of each combination of names under each duties, 0 where it is none; only what is asked for.
fn named(all: &[Labels], duties: &[&Duties], kinds: &[Code], asked: Option<&Code>) -> Vec<(i64, i16, i16)> {
    let mut named = Vec::with_capacity(all.len() * duties.len());
    for (number, duties) in duties.iter().enumerate() {
        for labels in all {
            let kind = kind_of(duties, &labels.categories, &labels.register_types);
            let wanted = asked.is_none_or(|asked| {
                kind == Some(asked) || is_kind(asked, &labels.categories, &labels.register_types)
            });
            if wanted {
                let place = kind.and_then(|kind| kinds.iter().position(|known| known == kind));
                named.push((labels.id, small(number), place.map_or(0, |place| small(place + 1))));
            }
        }
    }
    named
}

/// The months from the first of the period to the last or present one, each with its first moment.
pub(super) fn months(filter: &Filter) -> Result<Vec<(Date, Timestamp)>, ReportError> {
    let now = filter.as_of.moment.to_zoned(filter.zone.clone()).date();
    let (mut month, last) = (filter.from.first_of_month(), now.max(filter.to));
    let mut months = Vec::new();
    while month <= last {
        months.push((month, month.to_zoned(filter.zone.clone())?.timestamp()));
        month = month.last_of_month().tomorrow()?;
    }
    Ok(months)
}

/// The severities and levels that an occurrence can have, level last.
fn grave() -> impl Iterator<Item = (Severity, Option<Level>)> {
    let levels = || std::iter::once(None).chain(Level::ALL.iter().copied().map(Some));
    Severity::ALL.iter().flat_map(move |severity| levels().map(move |level| (*severity, level)))
}

/// The hours that a rule gives, in the order that [`Rulings::hours`] says.
fn hours_of(duties: &Duties, kinds: &[Code], days: &[Date]) -> Vec<i32> {
    let kinds = std::iter::once(None).chain(kinds.iter().map(Some));
    let mut hours = Vec::new();
    for kind in kinds {
        for (severity, level) in grave() {
            let severity = duties.severity_with(level, severity);
            for minors in MINORS {
                // No rule begins or ends between the last of these days and the one on which it happened.
                for on in std::iter::once(None).chain(days.iter().map(Some)) {
                    let rule = kind.zip(on).and_then(|(kind, on)| duties.duty(kind, severity, minors, *on));
                    let given = rule.map(|rule| i32::try_from(rule.within_days.saturating_mul(24)));
                    hours.push(given.map_or(-1, |given| given.unwrap_or(i32::MAX)));
                }
            }
        }
    }
    hours
}

/// Which severities and levels are of the level asked for: the graver of both counts, on the scale of the register.
fn levels_of(duties: &Duties, asked: Option<Level>) -> Vec<bool> {
    let of = |(severity, level)| duties.level_of(duties.severity_with(level, severity));
    grave().map(|one| asked.is_none_or(|asked| of(one) == asked)).collect()
}

fn small(number: usize) -> i16 {
    i16::try_from(number).unwrap_or(i16::MAX)
}

impl<A> Counted<A> {
    /// Some source other than the register knows of them, and they were not found to be nothing.
    pub(super) fn noticed(&self) -> bool {
        self.state.noticed && self.state.status != Status::Dismissed
    }

    /// Noticed, to be registered, and the deadline is past.
    pub(super) fn due(&self) -> bool {
        self.noticed() && self.state.due
    }

    pub(super) fn registered(&self) -> bool {
        self.state.status == Status::Registered
    }
}

/// A source other than the register captured it by itself.
pub(super) fn on_inner_list(history: History) -> bool {
    List::ALL.iter().any(|list| *list != List::OfficialRegister && history.holds(*list))
}

/// How many occurrences these are.
pub(super) fn total<'a, A: 'a>(counted: impl IntoIterator<Item = &'a Counted<A>>) -> u64 {
    counted.into_iter().map(|one| one.count).sum()
}
