//! The CSV form of a report: one line a figure, the same columns for every report.

use schemars::JsonSchema;
use serde::Serialize;

use super::{About, Cell, Figure};
use crate::estimators::{Interval, NotEstimable};
use crate::text::{Language, Sentence};

/// One figure.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct Line {
    /// Which figure.
    pub figure: String,
    /// Code of the centre, when it is about one.
    pub centre: Option<String>,
    /// What it is broken down by, for example `certainty`.
    pub by: Option<String>,
    /// Which part of that.
    pub part: Option<String>,
    /// The value.
    pub value: Option<f64>,
    /// Its lower limit; of a count in a band, where the band begins.
    pub lower: Option<f64>,
    /// Its upper limit; of a count in a band, where it ends.
    pub upper: Option<f64>,
    /// How sure the limits are.
    pub level: Option<f64>,
    /// Units that it rests on.
    pub n: Option<u64>,
    /// Resident-days that it rests on.
    pub exposure: Option<f64>,
    /// Why there is no value.
    pub reason: Option<String>,
    /// How it was computed.
    pub method: Option<String>,
    /// Lowest and highest estimate of the models that fit almost as well.
    pub spread: Option<(f64, f64)>,
    /// How often such an interval held the truth at least, in per cent of simulated networks.
    pub coverage: Option<f64>,
    /// What it says.
    pub sentence: Option<Sentence>,
}

impl Line {
    /// A figure of this name.
    pub(crate) fn new(figure: &str) -> Self {
        Self { figure: figure.to_owned(), ..Self::default() }
    }

    pub(crate) fn centre(mut self, centre: &str) -> Self {
        self.centre = Some(centre.to_owned());
        self
    }

    pub(crate) fn part(mut self, by: &str, part: &str) -> Self {
        (self.by, self.part) = (Some(by.to_owned()), Some(part.to_owned()));
        self
    }

    pub(crate) fn count(mut self, cell: Cell) -> Self {
        self.value = cell.count.map(crate::estimators::real);
        if let Some(count) = cell.count.filter(|_| cell.within > 0) {
            let end = |count| Some(crate::estimators::real(count));
            (self.lower, self.upper) = (end(count - cell.within), end(count + cell.within));
        }
        if cell.suppressed {
            self.reason = Some("suppressed".to_owned());
        }
        self
    }

    pub(crate) fn value(mut self, value: f64) -> Self {
        self.value = Some(value);
        self
    }

    pub(crate) fn interval(mut self, interval: Interval) -> Self {
        (self.lower, self.upper, self.level) =
            (Some(interval.lower), interval.upper, Some(interval.level.get()));
        self
    }

    pub(crate) fn refused(mut self, refusal: &NotEstimable) -> Self {
        let code = serde_json::to_value(refusal.reason).ok();
        self.reason = code.and_then(|code| code.as_str().map(str::to_owned));
        self
    }

    /// The method, model spread and sentence of a figure.
    pub(crate) fn of<T>(mut self, figure: &Figure<T>) -> Self {
        self.spread = figure.spread.as_ref().map(|spread| (spread.lowest, spread.highest));
        self.coverage = figure.coverage;
        self.says(&figure.sentence).method(figure.method.name)
    }

    pub(crate) fn says(mut self, sentence: &Sentence) -> Self {
        self.sentence = Some(sentence.clone());
        self
    }

    pub(crate) fn method(mut self, method: &str) -> Self {
        self.method = Some(method.to_owned());
        self
    }
}

/// A report that can be written as lines.
pub trait Lines {
    /// What it is about.
    fn about(&self) -> &About;
    /// Its figures.
    fn lines(&self) -> Vec<Line>;
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Words, codes, days.
    Text,
    /// A number.
    Real,
    /// How many.
    Count,
}

/// One value of a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Field {
    /// None.
    None,
    /// See [`Kind::Text`].
    Text(String),
    /// See [`Kind::Real`].
    Real(f64),
    /// See [`Kind::Count`].
    Count(u64),
}

/// The columns, in order.
pub const COLUMNS: [(&str, Kind); 26] = [
    ("report", Kind::Text),
    ("figure", Kind::Text),
    ("centre", Kind::Text),
    ("by", Kind::Text),
    ("part", Kind::Text),
    ("value", Kind::Real),
    ("lower", Kind::Real),
    ("upper", Kind::Real),
    ("level", Kind::Real),
    ("n", Kind::Count),
    ("exposure", Kind::Real),
    ("reason", Kind::Text),
    ("method", Kind::Text),
    ("spread_lowest", Kind::Real),
    ("spread_highest", Kind::Real),
    ("coverage", Kind::Real),
    ("missing", Kind::Text),
    ("sentence_nl", Kind::Text),
    ("sentence_fr", Kind::Text),
    ("sentence_en", Kind::Text),
    ("from", Kind::Text),
    ("to", Kind::Text),
    ("as_of_sequence", Kind::Count),
    ("as_of_moment", Kind::Text),
    ("viewer", Kind::Text),
    ("caution", Kind::Text),
];

/// The report as rows, one value for each column.
#[must_use]
pub fn rows(report: &dyn Lines) -> Vec<Vec<Field>> {
    let about = report.about();
    let missing: Vec<String> = about.missing.iter().map(|(name, share)| format!("{name}={share}")).collect();
    let missing = missing.join("; ");
    let viewer = serde_json::to_value(about.viewer).ok();
    let viewer = viewer.as_ref().and_then(|viewer| viewer.as_str()).unwrap_or_default();
    let text = |text: Option<String>| text.map_or(Field::None, Field::Text);
    let real = |value: Option<f64>| value.map_or(Field::None, Field::Real);
    report
        .lines()
        .into_iter()
        .map(|line| {
            let said = |language| text(line.sentence.as_ref().map(|said| said.of(language).to_owned()));
            let sentences = Language::ALL.map(said);
            let mut row = vec![
                Field::Text(about.report.to_owned()),
                Field::Text(line.figure),
                text(line.centre),
                text(line.by),
                text(line.part),
                real(line.value),
                real(line.lower),
                real(line.upper),
                real(line.level),
                line.n.map_or(Field::None, Field::Count),
                real(line.exposure),
                text(line.reason),
                text(line.method),
                real(line.spread.map(|spread| spread.0)),
                real(line.spread.map(|spread| spread.1)),
                real(line.coverage),
                Field::Text(missing.clone()),
            ];
            row.extend(sentences);
            row.extend([
                Field::Text(about.from.to_string()),
                Field::Text(about.to.to_string()),
                Field::Count(about.as_of.sequence),
                Field::Text(about.as_of.moment.to_string()),
                Field::Text(viewer.to_owned()),
                Field::Text(about.caution.en.to_owned()),
            ]);
            row
        })
        .collect()
}

/// The report as CSV (RFC 4180), header first.
#[must_use]
pub fn to_csv(report: &dyn Lines) -> String {
    to_csv_of(&[report])
}

/// Several reports under one header.
#[must_use]
pub fn to_csv_of(reports: &[&dyn Lines]) -> String {
    let mut writer = csv::Writer::from_writer(vec![]);
    let mut write = |row: &[String]| {
        writer.write_record(row).expect("memory takes every record of as many fields as the header");
    };
    write(&COLUMNS.map(|(name, _)| name.to_owned()));
    for row in reports.iter().copied().flat_map(rows) {
        let row = row.into_iter().map(|field| match field {
            Field::None => String::new(),
            Field::Text(text) => text,
            Field::Real(value) => value.to_string(),
            Field::Count(count) => count.to_string(),
        });
        write(&row.collect::<Vec<_>>());
    }
    let bytes = writer.into_inner().expect("memory needs no flush that could fail");
    String::from_utf8(bytes).expect("all fields are UTF-8")
}
