//! Which running numbers of the register are missing.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use super::asked::Asked;
use super::basis::Basis;
use super::csv::{Line, Lines};
use super::{About, Cell, Filter, Method, ReportError, Viewer, about, method};
use crate::estimators::Reason;
use crate::estimators::numbers::{Run, Series, gaps};
use crate::estimators::numbers_by_year::by_year;
use crate::reader::{Numbered, Reader};
use crate::reportability::Reportability;
use crate::text::said::refused;
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
    /// What the numbers have in common: `VW08-`. They count whole, also outside the period, since a series runs on.
    pub series: String,
    /// Different numbers that are there.
    pub present: Cell,
    /// Highest of them.
    pub highest: Cell,
    /// Numbers from 1 to the highest that are not there.
    pub missing: Cell,
    /// How many of those lie below the lowest: the series may have begun before the data.
    pub missing_before_first: Cell,
    /// The missing numbers as runs, lowest first; absent for others than analysts, since they tell how many there are.
    pub gaps: Option<Vec<Run>>,
    /// What it says.
    pub sentence: Sentence,
}

pub(super) const SERIES: Texts = Texts {
    nl: "van de reeks {series} in het register {register} zijn {present} nummers bekend, het hoogste is {highest}; {missing} nummers ontbreken. Dat is een vraag aan het centrum: een nummer kan geannuleerd zijn, en wat nooit een nummer kreeg, laat geen gat.",
    fr: "de la série {series} du registre {register}, {present} numéros sont connus, le plus haut est {highest} ; {missing} numéros manquent. C'est une question au centre : un numéro peut avoir été annulé, et ce qui n'a jamais reçu de numéro ne laisse pas de trou.",
    en: "of the series {series} in the register {register}, {present} numbers are known and the highest is {highest}; {missing} numbers are missing. That is a question to the centre: a number may have been cancelled, and what was never given one leaves no gap.",
};

/// An entry with a number.
struct One<'a> {
    number: &'a str,
    at: Timestamp,
    centre: Uuid,
    /// It is of the report's centres and period.
    here: bool,
    /// The question is about it, with all that it filters by.
    wanted: bool,
}

/// The entries of each register that have a number.
fn by_register<'a>(asked: &Asked<'_>, numbered: &'a [Numbered]) -> BTreeMap<&'a str, Vec<One<'a>>> {
    let (scope, ids) = (&asked.scope, asked.scope.ids());
    let mut registers: BTreeMap<&str, Vec<One<'_>>> = BTreeMap::new();
    for kind in numbered {
        let centre = kind.of.centre;
        let (own, asked_for) = (ids.contains(&centre), asked.asks_for(&kind.of));
        let entries = kind.numbers.iter().map(|(number, at)| {
            let here = own && (scope.from..scope.to).contains(at);
            One { number, at: *at, centre, here, wanted: here && asked_for }
        });
        registers.entry(&kind.source).or_default().extend(entries);
    }
    registers
}

/// Numbers as `series/number`, so that those that begin again each year at each site are series of their own.
fn written(entries: &[One<'_>], zone: &TimeZone) -> Vec<String> {
    let given: Vec<(&str, Option<i16>)> =
        entries.iter().map(|one| (one.number, Some(zone.to_datetime(one.at).year()))).collect();
    by_year(&given)
}

/// Running series of register numbers and what is missing from them, where an entry that the filter asks for stands in the series. A
/// number runs through all types, levels and centres of its series, so what is missing from it is of no type.
///
/// That a series is there must not tell others than analysts of one entry: to them it is shown where five or more entries of the centres
/// and the period stand in it, whatever else is filtered by. Its counts come in bands like any other: a highest number of two months
/// would tell what was written between them.
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
    Ok(told(&asked, &asked.numbers().await?))
}

/// What of a series belongs to the report.
#[derive(Default)]
struct Found {
    here: u64,
    wanted: u64,
    centres: BTreeSet<Uuid>,
}

impl Found {
    fn is_shown(&self, viewer: Viewer) -> bool {
        match viewer {
            Viewer::Analyst => self.wanted > 0,
            Viewer::Other => !viewer.hides(self.here),
        }
    }
}

pub(super) fn told(asked: &Asked<'_>, numbered: &[Numbered]) -> RegisterGaps {
    let &Asked { filter, viewer, ref scope, .. } = asked;
    let (mut series, mut readable, mut all) = (Vec::new(), 0, 0);
    for (register, entries) in by_register(asked, numbered) {
        let all_written = written(&entries, &filter.zone);
        let mut found: HashMap<&str, Found> = HashMap::new();
        for (one, number) in entries.iter().zip(&all_written) {
            let of = found.entry(series_of(number)).or_default();
            of.centres.insert(one.centre);
            of.here += u64::from(one.here);
            of.wanted += u64::from(one.wanted);
            all += u64::from(one.wanted);
        }
        for numbers in gaps(all_written.iter().map(String::as_str)).series {
            let Some(found) = found.get(numbers.series.as_str()) else { continue };
            readable += found.wanted;
            if found.is_shown(viewer) {
                let centres: BTreeSet<&str> =
                    found.centres.iter().map(|centre| scope.code(*centre)).collect();
                let centres = centres.into_iter().map(str::to_owned).collect();
                series.push(RegisterSeries::of(register, centres, numbers, viewer));
            }
        }
    }
    let unreadable = all - readable;
    let basis = Basis::new(filter, viewer, [("numbers_in_no_series", viewer.share(unreadable, all))]);
    series.iter_mut().for_each(|series| series.sentence = basis.says(series.sentence.clone()));
    RegisterGaps {
        about: about("register-gaps", filter, scope, viewer, &basis),
        method: method::NUMBERS,
        series,
        unreadable: Cell::for_viewer(unreadable, viewer),
    }
}

impl RegisterSeries {
    fn of(register: &str, centres: Vec<String>, numbers: Series, viewer: Viewer) -> Self {
        let cell = |count| Cell::for_viewer(count, viewer);
        let mut series = Self {
            register: register.to_owned(),
            centres,
            present: cell(numbers.present),
            highest: cell(numbers.highest),
            missing: cell(numbers.missing),
            missing_before_first: cell(numbers.missing_before_first),
            gaps: (viewer == Viewer::Analyst).then_some(numbers.gaps),
            series: numbers.series,
            sentence: refused(Reason::Suppressed),
        };
        if let (Some(present), Some(highest), Some(missing)) =
            (series.present.count, series.highest.count, series.missing.count)
        {
            series.sentence = SERIES.fill(&[
                ("series", Slot::Name(series.series.clone())),
                ("register", Slot::Name(series.register.clone())),
                ("present", Slot::Count(present)),
                ("highest", Slot::Name(highest.to_string())),
                ("missing", Slot::Count(missing)),
            ]);
        }
        series
    }
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
        let mut lines: Vec<Line> =
            self.series
                .iter()
                .flat_map(|series| {
                    [("present", series.present), ("highest", series.highest), ("missing", series.missing)]
                        .map(|(figure, cell)| {
                            Line::new(figure)
                                .part(&series.register, &series.series)
                                .count(cell)
                                .says(&series.sentence)
                                .method(method::NUMBERS.name)
                        })
                })
                .collect();
        lines.push(Line::new("unreadable").count(self.unreadable));
        lines
    }
}
