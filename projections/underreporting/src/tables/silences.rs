//! Silences: columns `centre` and `at` of each record, `exposure` (residents at that moment) if known.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use super::estimate::{LEVEL, sorted};
use super::{Sheet, TableError};
use crate::estimators::cusum::drops;
use crate::estimators::real;
use crate::estimators::shrinkage::{Group, marshall};
use crate::estimators::silences::{Quiet, dispersion, probability_of_nothing, stand_out};
use crate::text::Texts;

/// At most this share of the centres with a flag may have it falsely.
const FALSE_DISCOVERY_RATE: f64 = 0.05;
/// A drop matters when half of the records stay away.
const DROP: f64 = 0.5;
/// A steady centre is told to have dropped once in ten years of weeks at most.
const RUN_LENGTH: f64 = 520.0;

const CAUTION: Texts = Texts {
    nl: "Een gemarkeerde stilte is een vraag aan het centrum, geen verwijt; een niet gemarkeerde stilte is geen veiligheid.",
    fr: "Un silence signalé est une question au centre, pas un reproche ; un silence non signalé n'est pas la sécurité.",
    en: "A flagged silence is a question to the centre, not a reproach; a silence that is not flagged is not safety.",
};

/// The answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Silences {
    /// Each centre, by name.
    pub centres: Vec<Centre>,
    /// Every time without a record, by centre and time.
    pub spans: Vec<Span>,
    /// Stretches of weeks with too few records, by centre and time.
    pub drops: Vec<Drop>,
    /// Share of centres with a flag that may have it falsely.
    pub false_discovery_rate: f64,
    /// What a flag says and what it does not.
    pub caution: Texts,
}

/// What a centre's silences are judged by.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Centre {
    /// Its name.
    pub centre: String,
    /// Its records.
    pub records: u64,
    /// Days, or resident-days where residents are known.
    pub exposure: f64,
    /// Its rate, drawn towards the network's.
    pub rate: f64,
    /// How much its weekly counts vary beyond chance.
    pub dispersion: f64,
}

/// A time without a record.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Span {
    /// Whose.
    pub centre: String,
    /// Last record before it, as the table writes it.
    pub from: String,
    /// First record after it, or the last record of the whole table where none of this centre follows.
    pub to: String,
    /// How long.
    pub days: f64,
    /// How likely so long a silence is at the centre's rate.
    pub p_value: f64,
    /// It stands out among the silences of all centres.
    pub flagged: bool,
    /// No record of this centre follows: the silence may go on.
    pub open: bool,
}

/// A stretch of weeks with too few records.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Drop {
    /// Whose.
    pub centre: String,
    /// Its first week, as days since the centre's first record.
    pub from_day: f64,
    /// Its end.
    pub to_day: f64,
    /// Records in it.
    pub records: u64,
    /// Records expected in it.
    pub expected: f64,
}

#[derive(Clone, Copy)]
struct Record {
    row: usize,
    day: f64,
    residents: f64,
}

/// Silences of a table with the columns `centre`, `at` and, if known, `exposure`.
///
/// A centre is judged from its first record to the last record of the table, so a centre that stopped writing shows. Between two records
/// its exposure is days times the mean of the residents at both.
///
/// # Errors
/// [`TableError`] names the row.
pub fn silences(sheet: &Sheet) -> Result<Silences, TableError> {
    let (centre, at, residents) = (sheet.column("centre")?, sheet.column("at")?, sheet.find("exposure"));
    let mut records: BTreeMap<&str, Vec<Record>> = BTreeMap::new();
    for row in 0..sheet.len() {
        let name = sheet.cell(row, centre);
        if name.is_empty() {
            return Err(sheet.wrong(row, Some(centre), "it is empty: expected a centre"));
        }
        let residents = residents.map_or(Ok(1.0), |residents| sheet.quantity(row, residents))?;
        records.entry(name).or_default().push(Record { row, day: sheet.moment(row, at)?.day(), residents });
    }
    let mut last = Record { row: 0, day: f64::NEG_INFINITY, residents: 0.0 };
    for records in records.values_mut() {
        records.sort_by(|a, b| a.day.total_cmp(&b.day));
        if let Some(latest) = records.last().filter(|latest| latest.day > last.day) {
            last = *latest;
        }
    }
    let lives: Vec<Life> =
        records.into_iter().map(|(name, records)| Life::new(name, records, last)).collect();
    let groups: Vec<Group> = lives.iter().map(Life::group).collect();
    let prior = sorted(sheet, marshall(&groups))?.ok();
    let mut answer = Silences {
        centres: Vec::new(),
        spans: Vec::new(),
        drops: Vec::new(),
        false_discovery_rate: FALSE_DISCOVERY_RATE,
        caution: CAUTION,
    };
    let text = |record: &Record| sheet.cell(record.row, at).to_owned();
    for (life, group) in lives.iter().zip(&groups) {
        let own = if group.exposure > 0.0 { real(group.count) / group.exposure } else { 0.0 };
        let rate = match prior.map(|prior| prior.shrink(*group, LEVEL)) {
            Some(shrunken) => shrunken.map_err(|bad| sheet.bad(&bad))?.rate,
            None => own,
        };
        let weeks = life.weeks();
        let clusters = dispersion(&weeks.iter().map(|week| week.0).collect::<Vec<_>>());
        for (from, to, open) in life.spans(last) {
            let exposure = (to.day - from.day) * f64::midpoint(from.residents, to.residents);
            let p_value = probability_of_nothing(rate, exposure, clusters).map_err(|bad| sheet.bad(&bad))?;
            let (centre, days) = (life.name.clone(), to.day - from.day);
            let (from, to) = (text(&from), text(&to));
            answer.spans.push(Span { centre, from, to, days, p_value, flagged: false, open });
        }
        let (counts, expected): (Vec<u64>, Vec<f64>) =
            weeks.iter().map(|(count, exposure)| (*count, rate * exposure)).unzip();
        let found = drops(&counts, &expected, DROP, clusters, RUN_LENGTH).map_err(|bad| sheet.bad(&bad))?;
        answer.drops.extend(found.into_iter().map(|drop| Drop {
            centre: life.name.clone(),
            from_day: 7.0 * real(drop.from as u64),
            to_day: 7.0 * real(drop.to as u64 + 1),
            records: drop.counted,
            expected: drop.expected,
        }));
        answer.centres.push(Centre {
            centre: life.name.clone(),
            records: life.records.len() as u64,
            exposure: group.exposure,
            rate,
            dispersion: clusters,
        });
    }
    let quiet: Vec<Vec<Quiet>> = answer
        .spans
        .chunk_by(|a, b| a.centre == b.centre)
        .map(|spans| spans.iter().map(|span| Quiet { p_value: span.p_value, open: span.open }).collect())
        .collect();
    let flags = stand_out(&quiet, FALSE_DISCOVERY_RATE).map_err(|bad| sheet.bad(&bad))?;
    for (span, flagged) in answer.spans.iter_mut().zip(flags.into_iter().flatten()) {
        span.flagged = flagged;
    }
    Ok(answer)
}

/// A centre from its first record to the end of the table.
struct Life {
    name: String,
    /// In order of time.
    records: Vec<Record>,
    end: f64,
}

impl Life {
    fn new(name: &str, records: Vec<Record>, last: Record) -> Self {
        Self { name: name.to_owned(), records, end: last.day }
    }

    /// Each time between two records, and that from the last one to the end.
    fn spans(&self, last: Record) -> Vec<(Record, Record, bool)> {
        let between = self.records.windows(2).map(|pair| (pair[0], pair[1], false));
        let open = self.records.last().map(|own| {
            // Nobody said how many lived there since.
            (*own, Record { residents: own.residents, ..last }, true)
        });
        between.chain(open).filter(|(from, to, _)| to.day > from.day).collect()
    }

    /// Records after the first, which only says since when the centre writes; and their exposure.
    fn group(&self) -> Group {
        let end = Record { row: 0, day: self.end, residents: 0.0 };
        let exposure = self
            .spans(end)
            .iter()
            .map(|(a, b, _)| (b.day - a.day) * f64::midpoint(a.residents, b.residents))
            .sum();
        let count = if exposure > 0.0 { self.records.len() as u64 - 1 } else { 0 };
        Group { count, exposure }
    }

    /// Records and exposure of each whole week since the first record.
    fn weeks(&self) -> Vec<(u64, f64)> {
        let Some(first) = self.records.first() else { return Vec::new() };
        let week = |day: f64| {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "weeks of a table")]
            let week = ((day - first.day) / 7.0).floor().max(0.0) as usize;
            week
        };
        let mut weeks = vec![(0, 0.0); week(self.end)];
        let mut residents = first.residents;
        let mut next = 0;
        for (index, (count, exposure)) in weeks.iter_mut().enumerate() {
            while let Some(record) = self.records.get(next).filter(|record| week(record.day) <= index) {
                residents = record.residents;
                *count += 1;
                next += 1;
            }
            *exposure = 7.0 * residents;
        }
        weeks
    }
}

impl Silences {
    /// As a table: flagged silences, the longest of each centre, and drops.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text =
            format!("{:<24} {:<25} {:<25} {:>8} {:>10}  flag\n", "centre", "from", "to", "days", "p");
        for centre in &self.centres {
            let own = || self.spans.iter().filter(|span| span.centre == centre.centre);
            let longest = own().map(|span| span.days).fold(0.0, f64::max);
            for span in own().filter(|span| span.flagged || span.days == longest) {
                let _ = writeln!(
                    text,
                    "{:<24} {:<25} {:<25} {:>8.1} {:>10.3e}  {}{}",
                    span.centre,
                    span.from,
                    span.to,
                    span.days,
                    span.p_value,
                    if span.flagged { "flagged" } else { "" },
                    if span.open { " (goes on)" } else { "" }
                );
            }
        }
        for drop in &self.drops {
            let _ = writeln!(
                text,
                "{}: from day {:.0} to {:.0} {} records, {:.1} expected",
                drop.centre, drop.from_day, drop.to_day, drop.records, drop.expected
            );
        }
        text + CAUTION.en
    }
}
