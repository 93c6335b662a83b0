//! How long centres wrote nothing, and which silences are hard to explain by chance.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use super::csv::{Line, Lines};
use super::scope::{Scope, record_is};
use super::{About, Cell, Filter, Method, ReportError, Viewer, about, method};
use crate::estimators::shrinkage::{Group, marshall};
use crate::estimators::silences::{false_discovery, probability_of_nothing};
use crate::estimators::{Answer, BadInput, Level, NotEstimable, Reason, real};
use crate::lists::List;
use crate::reader::Reader;
use crate::reportability::Reportability;

/// At most this share of the flagged silences may be false.
const FALSE_DISCOVERY_RATE: f64 = 0.05;
const DAY_SECONDS: f64 = 86_400.0;

/// The report.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Silences {
    /// What it is about.
    pub about: About,
    /// How it was computed.
    pub method: Method,
    /// The official register, each centre by code.
    pub register: Vec<CentreSilence>,
    /// All other sources together, each centre by code.
    pub other_sources: Vec<CentreSilence>,
}

/// One centre.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct CentreSilence {
    /// Its code.
    pub centre: String,
    /// Records in the period.
    pub records: Cell,
    /// Its longest silence and every flagged one, earliest first.
    pub spans: Answer<Vec<Span>>,
}

/// A time without a record.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Span {
    /// Last record before it, or the start of the period.
    pub from: Timestamp,
    /// First record after it, or the end of what can be known.
    pub to: Timestamp,
    /// How long.
    pub days: f64,
    /// How likely so long a silence is at the centre's shrunken rate.
    pub p_value: f64,
    /// It stands out among all spans of all centres.
    pub flagged: bool,
}

/// Spans without a record, from the first record of a centre (or of the period) on.
///
/// The rate is in records a day, shrunken towards the network's: residents are not taken into account, so a centre that empties
/// looks silent. A centre that never wrote anything has one span, the whole period.
///
/// # Errors
/// [`ReportError`].
pub async fn silences(
    reader: &Reader,
    rules: &Reportability,
    filter: &Filter,
    viewer: Viewer,
) -> Result<Silences, ReportError> {
    let scope = Scope::of(reader, filter).await?;
    let mut at: BTreeMap<(Uuid, bool), Vec<Timestamp>> = BTreeMap::new();
    for point in reader.points(filter.as_of.sequence, &scope.windows()).await? {
        let duties = scope.duties(rules, point.centre);
        let kind = filter.kind.as_ref();
        let wanted = record_is(kind, duties, point.list, point.label.as_deref(), point.group.as_deref())
            && (filter.minors.is_none() || point.minors == filter.minors)
            && (viewer == Viewer::Analyst || !point.confidential);
        if wanted {
            at.entry((point.centre, point.list == List::OfficialRegister)).or_default().push(point.at);
        }
    }
    let end = scope.to.min(filter.as_of.moment);
    let of = |register: bool| {
        let empty = vec![];
        let records: Vec<(&str, &Vec<Timestamp>)> = scope
            .centres
            .iter()
            .map(|centre| (centre.code.as_str(), at.get(&(centre.id, register)).unwrap_or(&empty)))
            .collect();
        centres(&records, scope.from, end, viewer)
    };
    let quiet = scope.centres.iter().filter(|centre| !at.contains_key(&(centre.id, true))).count();
    let missing = [("centres_without_register_entry", super::share(quiet, scope.centres.len()))];
    Ok(Silences {
        about: about("silences", filter, &scope, viewer, missing),
        method: method::SILENCE,
        register: of(true)?,
        other_sources: of(false)?,
    })
}

fn centres(
    records: &[(&str, &Vec<Timestamp>)],
    from: Timestamp,
    end: Timestamp,
    viewer: Viewer,
) -> Result<Vec<CentreSilence>, BadInput> {
    let length = days(from, end);
    let groups: Vec<Group> =
        records.iter().map(|(_, at)| Group { count: at.len() as u64, exposure: length }).collect();
    // One centre alone, or a network that wrote nothing, has no others to learn from: its own rate then.
    let rates: Vec<f64> = match marshall(&groups) {
        Ok(prior) => groups
            .iter()
            .map(|group| prior.shrink(*group, Level::P95).map(|shrunken| shrunken.rate))
            .collect::<Result<_, _>>()?,
        Err(_) => {
            groups.iter().map(|group| if length > 0.0 { real(group.count) / length } else { 0.0 }).collect()
        }
    };
    let mut spans: Vec<Vec<Span>> = Vec::with_capacity(records.len());
    for ((_, at), rate) in records.iter().zip(&rates) {
        spans.push(between(at, from, end, *rate)?);
    }
    let p_values: Vec<f64> = spans.iter().flatten().map(|span| span.p_value).collect();
    let mut flags = false_discovery(&p_values, FALSE_DISCOVERY_RATE)?.into_iter();
    for span in spans.iter_mut().flatten() {
        span.flagged = flags.next().unwrap_or(false);
    }
    let cell = |at: &Vec<Timestamp>| Cell::for_viewer(at.len() as u64, viewer);
    Ok(records
        .iter()
        .zip(spans)
        .map(|((code, at), spans)| CentreSilence {
            centre: (*code).to_owned(),
            records: cell(at),
            // The ends of a span are moments of records: of few records they would tell when each was made.
            spans: if cell(at).suppressed {
                Answer::Refusal(NotEstimable::from(Reason::Suppressed))
            } else {
                Answer::Estimate(remarkable(spans))
            },
        })
        .collect())
}

fn between(at: &[Timestamp], from: Timestamp, end: Timestamp, rate: f64) -> Result<Vec<Span>, BadInput> {
    let edges: Vec<Timestamp> =
        [from].into_iter().chain(at.iter().copied().filter(|at| *at < end)).chain([end]).collect();
    edges
        .windows(2)
        .filter(|edge| edge[1] > edge[0])
        .map(|edge| {
            let days = days(edge[0], edge[1]);
            let p_value = probability_of_nothing(rate, days)?;
            Ok(Span { from: edge[0], to: edge[1], days, p_value, flagged: false })
        })
        .collect()
}

fn remarkable(spans: Vec<Span>) -> Vec<Span> {
    let longest = spans.iter().map(|span| span.days).fold(0.0, f64::max);
    let mut first = true;
    spans
        .into_iter()
        .filter(|span| {
            let is_longest = span.days == longest && std::mem::take(&mut first);
            span.flagged || is_longest
        })
        .collect()
}

fn days(from: Timestamp, to: Timestamp) -> f64 {
    (to.duration_since(from).as_secs_f64() / DAY_SECONDS).max(0.0)
}

impl Lines for Silences {
    fn about(&self) -> &About {
        &self.about
    }

    fn lines(&self) -> Vec<Line> {
        let sources = [("register", &self.register), ("other_sources", &self.other_sources)];
        sources
            .into_iter()
            .flat_map(|(source, centres)| centres.iter().flat_map(move |centre| centre.lines(source)))
            .collect()
    }
}

impl CentreSilence {
    fn lines(&self, source: &str) -> Vec<Line> {
        let line = |figure: &str| Line::new(figure).centre(&self.centre);
        let mut lines = vec![line("records").part("source", source).count(self.records)];
        match &self.spans {
            Answer::Estimate(spans) => lines.extend(spans.iter().map(|span| {
                let figure = if span.flagged { "flagged_silence_days" } else { "silence_days" };
                Line {
                    reason: Some(format!("p={:.3e}", span.p_value)),
                    ..line(figure)
                        .part(source, &format!("{}/{}", span.from, span.to))
                        .value(span.days)
                        .method(method::SILENCE.name)
                }
            })),
            Answer::Refusal(refusal) => {
                lines.push(line("silence_days").part("source", source).refused(refusal))
            }
        }
        lines
    }
}
