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
    /// Its lower limit.
    pub lower: Option<f64>,
    /// Its upper limit.
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

const HEADER: [&str; 25] = [
    "report",
    "figure",
    "centre",
    "by",
    "part",
    "value",
    "lower",
    "upper",
    "level",
    "n",
    "exposure",
    "reason",
    "method",
    "spread_lowest",
    "spread_highest",
    "missing",
    "sentence_nl",
    "sentence_fr",
    "sentence_en",
    "from",
    "to",
    "as_of_sequence",
    "as_of_moment",
    "viewer",
    "caution",
];

/// The report as CSV (RFC 4180), header first.
#[must_use]
pub fn to_csv(report: &impl Lines) -> String {
    let about = report.about();
    let mut writer = csv::Writer::from_writer(vec![]);
    let number = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
    let viewer = serde_json::to_value(about.viewer).ok();
    let viewer = viewer.as_ref().and_then(|viewer| viewer.as_str()).unwrap_or_default();
    let missing: Vec<String> = about.missing.iter().map(|(name, share)| format!("{name}={share}")).collect();
    let missing = missing.join("; ");
    let mut rows = vec![HEADER.map(str::to_owned)];
    rows.extend(report.lines().into_iter().map(|line| {
        let said =
            |language| line.sentence.as_ref().map(|said| said.of(language).to_owned()).unwrap_or_default();
        [
            about.report.to_owned(),
            line.figure,
            line.centre.unwrap_or_default(),
            line.by.unwrap_or_default(),
            line.part.unwrap_or_default(),
            number(line.value),
            number(line.lower),
            number(line.upper),
            number(line.level),
            line.n.map(|n| n.to_string()).unwrap_or_default(),
            number(line.exposure),
            line.reason.unwrap_or_default(),
            line.method.unwrap_or_default(),
            number(line.spread.map(|spread| spread.0)),
            number(line.spread.map(|spread| spread.1)),
            missing.clone(),
            said(Language::Nl),
            said(Language::Fr),
            said(Language::En),
            about.from.to_string(),
            about.to.to_string(),
            about.as_of.sequence.to_string(),
            about.as_of.moment.to_string(),
            viewer.to_owned(),
            about.caution.en.to_owned(),
        ]
    }));
    for row in &rows {
        writer.write_record(row).expect("memory takes every record of as many fields as the header");
    }
    let bytes = writer.into_inner().expect("memory needs no flush that could fail");
    String::from_utf8(bytes).expect("all fields are UTF-8")
}
