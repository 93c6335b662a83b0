//! Which running numbers of the register are missing.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::Serialize;

use super::basis::Basis;
use super::csv::{Line, Lines};
use super::scope::Scope;
use super::{About, Cell, Filter, Method, ReportError, Viewer, about, method};
use crate::estimators::numbers::{Series, gaps};
use crate::estimators::numbers_by_year::by_year;
use crate::reader::{Numbered, Reader};
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

/// Numbers as `series/number`, so that those that begin again each year at each site are series of their own.
fn written(entries: &[&Numbered], zone: &TimeZone) -> Vec<String> {
    let given: Vec<(&str, Option<i16>)> = entries
        .iter()
        .map(|one| (one.number.as_str(), Some(one.occurred_at.to_zoned(zone.clone()).year())))
        .collect();
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
    let scope = Scope::of(reader, filter).await?;
    let ids = scope.ids();
    let numbered = reader.numbers(filter.as_of.sequence).await?;
    let wanted = |one: &Numbered| {
        ids.contains(&one.of.centre)
            && (scope.from..scope.to).contains(&one.occurred_at)
            && filter.asks_for(&one.of, scope.duties(rules, one.of.centre), viewer)
    };
    let mut registers: BTreeMap<&str, Vec<&Numbered>> = BTreeMap::new();
    for one in &numbered {
        registers.entry(&one.source).or_default().push(one);
    }
    let (mut series, mut readable) = (Vec::new(), 0);
    for (register, entries) in registers {
        let all_written = written(&entries, &filter.zone);
        let found = gaps(all_written.iter().map(String::as_str));
        for numbers in found.series {
            let of_series: Vec<&Numbered> = entries
                .iter()
                .zip(&all_written)
                .filter(|(_, number)| belongs(number, &numbers.series))
                .map(|(one, _)| *one)
                .collect();
            let inside = of_series.iter().filter(|one| wanted(one)).count() as u64;
            if inside > 0 {
                readable += inside;
                let centres: BTreeSet<&str> = of_series.iter().map(|one| scope.code(one.of.centre)).collect();
                let centres = centres.into_iter().map(str::to_owned).collect();
                series.push(RegisterSeries {
                    register: register.to_owned(),
                    centres,
                    sentence: says(register, &numbers),
                    numbers,
                });
            }
        }
    }
    let all = numbered.iter().filter(|one| wanted(one)).count() as u64;
    let unreadable = all - readable;
    let basis = Basis::new(filter, viewer, [("numbers_in_no_series", viewer.share(unreadable, all))]);
    series.iter_mut().for_each(|series| series.sentence = basis.says_exactly(series.sentence.clone()));
    Ok(RegisterGaps {
        about: about("register-gaps", filter, &scope, viewer, &basis),
        method: method::NUMBERS,
        series,
        unreadable: Cell::for_viewer(unreadable, viewer),
    })
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

fn belongs(number: &str, series: &str) -> bool {
    number
        .strip_prefix(series)
        .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
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
