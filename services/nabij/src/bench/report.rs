//! What a benchmark says: every figure beside the raw limit of the same run.

use serde::Serialize;

/// One figure and its raw limit.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Figure {
    /// What was measured.
    pub(crate) name: &'static str,
    /// In which unit.
    pub(crate) unit: &'static str,
    /// Ours.
    pub(crate) measured: f64,
    /// The raw limit.
    pub(crate) raw: f64,
    /// What the raw limit is.
    pub(crate) raw_is: &'static str,
    /// Ours / raw.
    pub(crate) ratio: f64,
    /// What the ratio should be.
    pub(crate) target: Target,
    /// What else there is to know.
    pub(crate) note: String,
}

/// A bound of a ratio.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Target {
    /// More is better.
    AtLeast(f64),
    /// Less is better.
    AtMost(f64),
    /// Not the ratio: so much above the raw limit, in the figure's unit.
    NoMoreOver(f64),
}

impl Figure {
    /// Computes the ratio.
    pub(crate) fn new(
        name: &'static str,
        unit: &'static str,
        measured: f64,
        (raw, raw_is): (f64, &'static str),
        target: Target,
        note: String,
    ) -> Self {
        Self { name, unit, measured, raw, raw_is, ratio: measured / raw, target, note }
    }

    fn met(&self) -> bool {
        match self.target {
            Target::AtLeast(bound) => self.ratio >= bound,
            Target::AtMost(bound) => self.ratio <= bound,
            Target::NoMoreOver(bound) => self.measured - self.raw <= bound,
        }
    }
}

/// All figures of one run.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// Processor cores that everything shared: servers, services and load.
    pub(crate) cores: usize,
    /// Version of the program.
    pub(crate) version: &'static str,
    /// The figures.
    pub(crate) figures: Vec<Figure>,
}

impl Report {
    /// As a Markdown table.
    pub(crate) fn table(&self) -> String {
        let mut lines = vec![
            "| figure | measured | raw limit | ratio | target | |".to_owned(),
            "|---|---:|---:|---:|---:|---|".to_owned(),
        ];
        for figure in &self.figures {
            let Figure { name, unit, measured, raw, raw_is, ratio, note, .. } = figure;
            let target = match figure.target {
                Target::AtLeast(bound) => format!("≥ {}", bounded(bound)),
                Target::AtMost(bound) => format!("≤ {}", bounded(bound)),
                Target::NoMoreOver(bound) => format!("≤ raw + {} {unit}", bounded(bound)),
            };
            let met = if figure.met() { "met" } else { "**missed**" };
            lines.push(format!(
                "| {name} | {} {unit} | {} {unit} ({raw_is}) | {ratio:.2} | {target} | {met}{}{note} |",
                rounded(*measured),
                rounded(*raw),
                if note.is_empty() { "" } else { "; " },
            ));
        }
        lines.join("\n")
    }
}

fn rounded(value: f64) -> String {
    if value >= 100.0 { format!("{value:.0}") } else { format!("{value:.2}") }
}

/// To two places, and no more of them than it has.
fn bounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

/// The `share` quantile of unsorted values.
pub(crate) fn quantile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let index = (share * (values.len() - 1) as f64).round() as usize;
    values[index]
}
