//! How long centres wrote nothing, and which silences are hard to explain by chance.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use super::csv::{Line, Lines};
use super::scope::{Scope, record_is};
use super::{About, Cell, Filter, Method, ReportError, Viewer, about, method};
use crate::estimators::exposure::Report;
use crate::estimators::shrinkage::{Group, marshall};
use crate::estimators::silences::{Quiet, dispersion, probability_of_nothing, stand_out};
use crate::estimators::{Answer, BadInput, EstimateError, Level, NotEstimable, Reason, real};
use crate::lists::List;
use crate::reader::{Counted, Reader};
use crate::reportability::Reportability;

/// At most this share of the centres with a flag may have it falsely.
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
    /// How much its weekly counts vary beyond chance (1: not at all): so large are the clusters in which records come.
    pub dispersion: f64,
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
    /// It stands out among the silences of all centres.
    pub flagged: bool,
}

/// Spans without a record, from the first sign that a centre lives: a record of any source, or residents in an occupancy
/// report; without either, from the start of the period. They end when an occupancy report says that nobody lives there.
///
/// The rate is in records a day of that time, shrunken towards the network's. Residents are not weighed in, so a centre that empties
/// slowly looks quieter than it is. Flags are set over all centres of the network, whatever the report covers.
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
    let mut first: BTreeMap<Uuid, Timestamp> = BTreeMap::new();
    for point in reader.points(filter.as_of.sequence, &scope.windows_everywhere()).await? {
        first.entry(point.centre).or_insert(point.at);
        let duties = scope.duties(rules, point.centre);
        let kind = filter.kind.as_ref();
        let wanted = record_is(kind, duties, point.list, point.label.as_deref(), point.group.as_deref())
            && (filter.minors.is_none() || point.minors == filter.minors)
            && (viewer == Viewer::Analyst || !point.confidential);
        if wanted {
            at.entry((point.centre, point.list == List::OfficialRegister)).or_default().push(point.at);
        }
    }
    let occupancy = reader.occupancy(filter.as_of.sequence, Counted::All).await?;
    let asked = scope.ids();
    let lives: Vec<Life> = scope
        .everywhere
        .iter()
        .map(|centre| {
            let reports = occupancy.get(&centre.id).map_or(&[][..], Vec::as_slice);
            let (from, to) =
                lived(first.get(&centre.id).copied(), reports, scope.from, scope.to.min(filter.as_of.moment));
            Life { id: centre.id, code: centre.code.clone(), from, to }
        })
        .collect();
    let of = |register: bool| {
        let mut centres =
            centres(&lives, |centre| at.get(&(centre, register)).map_or(&[][..], Vec::as_slice), viewer)?;
        centres.retain(|(centre, _)| asked.contains(centre));
        Ok::<_, BadInput>(centres.into_iter().map(|(_, silence)| silence).collect())
    };
    let quiet = asked.iter().filter(|centre| !at.contains_key(&(**centre, true))).count();
    let missing = [("centres_without_register_entry", super::share(quiet, asked.len()))];
    Ok(Silences {
        about: about("silences", filter, &scope, viewer, missing),
        method: method::SILENCE,
        register: of(true)?,
        other_sources: of(false)?,
    })
}

/// The part of the period in which a centre could have written something.
struct Life {
    id: Uuid,
    code: String,
    from: Timestamp,
    to: Timestamp,
}

impl Life {
    /// Records of each whole week.
    fn weekly(&self, at: &[Timestamp]) -> Vec<u64> {
        const WEEK: i64 = 7 * 86_400;
        let week = |at: Timestamp| (at.as_second() - self.from.as_second()) / WEEK;
        let mut counts = vec![0; usize::try_from(week(self.to)).unwrap_or(0)];
        for record in at {
            if let Some(count) = usize::try_from(week(*record)).ok().and_then(|week| counts.get_mut(week)) {
                *count += 1;
            }
        }
        counts
    }
}

fn lived(
    first_record: Option<Timestamp>,
    reports: &[Report],
    from: Timestamp,
    to: Timestamp,
) -> (Timestamp, Timestamp) {
    let first_residents = reports.iter().find(|report| report.residents > 0).map(|report| report.at);
    let born = [first_record, first_residents].into_iter().flatten().min();
    // Once a last report says that nobody lives there, the centre is empty until somebody says otherwise.
    let emptied =
        reports.iter().rev().take_while(|report| report.residents == 0).last().map(|report| report.at);
    let from = born.unwrap_or(from).max(from);
    (from, emptied.unwrap_or(to).min(to).max(from))
}

fn centres<'a>(
    lives: &[Life],
    records: impl Fn(Uuid) -> &'a [Timestamp],
    viewer: Viewer,
) -> Result<Vec<(Uuid, CentreSilence)>, BadInput> {
    let groups: Vec<Group> = lives
        .iter()
        .map(|life| {
            let exposure = days(life.from, life.to);
            // A record after everybody left is no record of the time in which somebody lived there.
            let within = records(life.id).iter().filter(|at| **at < life.to).count() as u64;
            Group { count: if exposure > 0.0 { within } else { 0 }, exposure }
        })
        .collect();
    // One centre alone, or a network that wrote nothing, has no others to learn from: its own rate then.
    let rates: Vec<f64> = match marshall(&groups) {
        Ok(prior) => groups
            .iter()
            .map(|group| prior.shrink(*group, Level::P95).map(|shrunken| shrunken.rate))
            .collect::<Result<_, _>>()?,
        Err(EstimateError::NotEstimable(_)) => groups
            .iter()
            .map(|group| if group.exposure > 0.0 { real(group.count) / group.exposure } else { 0.0 })
            .collect(),
        Err(EstimateError::BadInput(bad)) => return Err(bad),
    };
    let clusters: Vec<f64> = lives.iter().map(|life| dispersion(&life.weekly(records(life.id)))).collect();
    let mut spans: Vec<Vec<Span>> = Vec::with_capacity(lives.len());
    for ((life, rate), clusters) in lives.iter().zip(&rates).zip(&clusters) {
        spans.push(between(records(life.id), life, |days| probability_of_nothing(*rate, days, *clusters))?);
    }
    let quiet: Vec<Vec<Quiet>> = spans
        .iter()
        .zip(lives)
        .map(|(spans, life)| {
            spans.iter().map(|span| Quiet { p_value: span.p_value, open: span.to == life.to }).collect()
        })
        .collect();
    let flags = stand_out(&quiet, FALSE_DISCOVERY_RATE)?;
    for (span, flagged) in spans.iter_mut().flatten().zip(flags.into_iter().flatten()) {
        span.flagged = flagged;
    }
    Ok(lives
        .iter()
        .zip(spans)
        .zip(clusters)
        .map(|((life, spans), dispersion)| {
            let cell = Cell::for_viewer(records(life.id).len() as u64, viewer);
            // The ends of a span are moments of records: of few records they would tell when each was made.
            let spans = if cell.suppressed {
                Answer::Refusal(NotEstimable::from(Reason::Suppressed))
            } else {
                Answer::Estimate(remarkable(spans))
            };
            (life.id, CentreSilence { centre: life.code.clone(), records: cell, dispersion, spans })
        })
        .collect())
}

fn between(
    at: &[Timestamp],
    life: &Life,
    p_value: impl Fn(f64) -> Result<f64, BadInput>,
) -> Result<Vec<Span>, BadInput> {
    let inside = at.iter().copied().filter(|at| *at < life.to);
    let edges: Vec<Timestamp> = [life.from].into_iter().chain(inside).chain([life.to]).collect();
    edges
        .windows(2)
        .filter(|edge| edge[1] > edge[0])
        .map(|edge| {
            let days = days(edge[0], edge[1]);
            Ok(Span { from: edge[0], to: edge[1], days, p_value: p_value(days)?, flagged: false })
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
