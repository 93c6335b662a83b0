//! Which running numbers of the register are missing.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use super::asked::Asked;
use super::basis::Basis;
use super::csv::{Line, Lines};
use super::{About, Cell, Filter, Method, ReportError, Viewer, about, method};
use crate::estimators::numbers::{Series, gaps};
use crate::estimators::numbers_by_year::by_year;
use crate::reader::{Reader, Records};
use crate::reportability::Reportability;
use crate::text::{Sentence, Slot, Texts};

/// The report.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct RegisterGaps {
    /// What it is about.
    pub about: About,
    /// How it was computed.
    pub method: Method,
    /// Series that hold a number of these centres in this period, by register and name.
    pub series: Vec<RegisterSeries>,
    /// Numbers of these centres and this period that belong to no running series.
    pub unreadable: Cell,
}

/// A series of one register.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct RegisterSeries {
    /// Which register.
    pub register: String,
    /// Codes of the centres whose entries carry its numbers.
    pub centres: Vec<String>,
    /// The numbers, whole: also those outside the period, since a series runs on.
    #[serde(flatten)]
    pub numbers: Series,
    /// What it says.
    pub sentence: Sentence,
}

pub(super) const SERIES: Texts = Texts {
    nl: "van de reeks {series} in het register {register} zijn {present} nummers bekend, het hoogste is {highest}; {missing} nummers ontbreken. Dat is een vraag aan het centrum: een nummer kan geannuleerd zijn, en wat nooit een nummer kreeg, laat geen gat.",
    fr: "de la série {series} du registre {register}, {present} numéros sont connus, le plus haut est {highest} ; {missing} numéros manquent. C'est une question au centre : un numéro peut avoir été annulé, et ce qui n'a jamais reçu de numéro ne laisse pas de trou.",
    en: "of the series {series} in the register {register}, {present} numbers are known and the highest is {highest}; {missing} numbers are missing. That is a question to the centre: a number may have been cancelled, and what was never given one leaves no gap.",
};

/// An entry with a number, of one kind of entries.
struct Numbered<'a> {
    of: &'a Records,
    number: &'a str,
    at: Timestamp,
}

/// The entries of each register that have a number.
fn numbered(records: &[Records]) -> BTreeMap<&str, Vec<Numbered<'_>>> {
    let mut registers: BTreeMap<&str, Vec<Numbered<'_>>> = BTreeMap::new();
    for of in records {
        let Some(source) = &of.source else { continue };
        let entries = of.numbers.iter().zip(&of.at).filter_map(|(number, at)| Some((number.as_ref()?, *at)));
        registers.entry(source).or_default().extend(entries.map(|(number, at)| Numbered { of, number, at }));
    }
    registers
}

/// Numbers as `series/number`, so that those that begin again each year at each site are series of their own.
fn written(entries: &[Numbered<'_>], zone: &TimeZone) -> Vec<String> {
    let given: Vec<(&str, Option<i16>)> =
        entries.iter().map(|one| (one.number, Some(zone.to_datetime(one.at).year()))).collect();
    by_year(&given)
}

/// Running series of register numbers and what is missing from them, where an entry that the filter asks for stands in the series. A
/// number runs through all types, levels and centres of its series, so what is missing from it is of no type.
///
/// Numbers are of records, not of people, and of a whole series whatever the filter: they are shown to everybody who may see the
/// register's numbers. How many entries of the filter belong to no series is a count like any other.
///
/// # Errors
/// [`ReportError`].
pub async fn register_gaps(
    reader: &Reader,
    rules: &Reportability,
    filter: &Filter,
    viewer: Viewer,
) -> Result<RegisterGaps, ReportError> {
    let asked = Asked::of(reader, rules, filter, viewer).await?;
    Ok(told(&asked, &asked.records(true, true).await?))
}

/// What of a series belongs to the report.
#[derive(Default)]
struct Found {
    entries: u64,
    centres: BTreeSet<Uuid>,
}

pub(super) fn told(asked: &Asked<'_>, records: &[Records]) -> RegisterGaps {
    let &Asked { filter, viewer, ref scope, .. } = asked;
    let ids = scope.ids();
    let kinds: HashSet<*const Records> = records
        .iter()
        .filter(|kind| ids.contains(&kind.of.centre) && asked.asks_for(kind))
        .map(std::ptr::from_ref)
        .collect();
    let wanted = |one: &Numbered<'_>| {
        (scope.from..scope.to).contains(&one.at) && kinds.contains(&std::ptr::from_ref(one.of))
    };
    let (mut series, mut readable, mut all) = (Vec::new(), 0, 0);
    for (register, entries) in numbered(records) {
        let all_written = written(&entries, &filter.zone);
        let mut found: HashMap<&str, Found> = HashMap::new();
        for (one, number) in entries.iter().zip(&all_written) {
            let of = found.entry(series_of(number)).or_default();
            of.centres.insert(one.of.of.centre);
            of.entries += u64::from(wanted(one));
            all += u64::from(wanted(one));
        }
        for numbers in gaps(all_written.iter().map(String::as_str)).series {
            let Some(found) = found.get(numbers.series.as_str()).filter(|found| found.entries > 0) else {
                continue;
            };
            readable += found.entries;
            let centres: BTreeSet<&str> = found.centres.iter().map(|centre| scope.code(*centre)).collect();
            series.push(RegisterSeries {
                register: register.to_owned(),
                centres: centres.into_iter().map(str::to_owned).collect(),
                sentence: says(register, &numbers),
                numbers,
            });
        }
    }
    let unreadable = all - readable;
    let basis = Basis::new(filter, viewer, [("numbers_in_no_series", viewer.share(unreadable, all))]);
    series.iter_mut().for_each(|series| series.sentence = basis.says_exactly(series.sentence.clone()));
    RegisterGaps {
        about: about("register-gaps", filter, scope, viewer, &basis),
        method: method::NUMBERS,
        series,
        unreadable: Cell::for_viewer(unreadable, viewer),
    }
}

fn says(register: &str, numbers: &Series) -> Sentence {
    SERIES.fill(&[
        ("series", Slot::Name(numbers.series.clone())),
        ("register", Slot::Name(register.to_owned())),
        ("present", Slot::Count(numbers.present)),
        ("highest", Slot::Name(numbers.highest.to_string())),
        ("missing", Slot::Count(numbers.missing)),
    ])
}

/// What stands before the running part of a number.
fn series_of(number: &str) -> &str {
    number.trim_end_matches(|c: char| c.is_ascii_digit())
}

impl Lines for RegisterGaps {
    fn about(&self) -> &About {
        &self.about
    }

    fn lines(&self) -> Vec<Line> {
        let mut lines: Vec<Line> = self
            .series
            .iter()
            .flat_map(|series| {
                let numbers = &series.numbers;
                [("present", numbers.present), ("highest", numbers.highest), ("missing", numbers.missing)]
                    .map(|(figure, value)| {
                        Line::new(figure)
                            .part(&series.register, &numbers.series)
                            .value(crate::estimators::real(value))
                            .says(&series.sentence)
                            .method(method::NUMBERS.name)
                    })
            })
            .collect();
        lines.push(Line::new("unreadable").count(self.unreadable));
        lines
    }
}
