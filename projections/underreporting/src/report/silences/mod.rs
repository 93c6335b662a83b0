//! How long centres wrote nothing, and which silences are hard to explain by chance.

mod clock;
mod life;
mod spans;
mod weeks;

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use self::clock::Clock;
use self::life::{Life, lived};
pub use self::spans::Span;
use self::spans::{between, remarkable};
pub use self::weeks::{Drop, Week};
use self::weeks::{Weeks, stand_below};
use super::asked::{Asked, Occupancy};
use super::basis::Basis;
use super::csv::{Line, Lines};
use super::{About, Cell, Filter, Method, ReportError, Viewer, about, method};
use crate::estimators::shrinkage::{Group, marshall};
use crate::estimators::silences::{Quiet, dispersion, probability_of_nothing, stand_out};
use crate::estimators::{Answer, BadInput, EstimateError, Level, NotEstimable, Reason, real};
use crate::lists::List;
use crate::reader::{Reader, Records, Residents};
use crate::reportability::Reportability;
use crate::text::said::refused;
use crate::text::{Sentence, Slot, Texts};

/// At most this share of the centres with a flag may have it falsely.
const FALSE_DISCOVERY_RATE: f64 = 0.05;

/// The report.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Silences {
    /// What it is about.
    pub about: About,
    /// How spans were judged.
    pub method: Method,
    /// How drops and low weeks were judged.
    pub drop_method: Method,
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
    /// Stretches of weeks with too few records for what the centre used to write, earliest first.
    pub drops: Answer<Vec<Drop>>,
    /// Weeks with very few records for their time of the year, earliest first.
    pub few: Answer<Vec<Week>>,
    /// A season could be told: the centre lives at least two years.
    pub with_season: bool,
    /// What it says.
    pub sentence: Sentence,
}

pub(super) const FLAGGED: Texts = Texts {
    nl: "{centre} schreef van {from} tot {until} niets op, {days} dagen lang; bij hoe dit centrum anders schrijft, is dat door toeval moeilijk te verklaren. Het is een vraag aan het centrum, geen verwijt.",
    fr: "{centre} n'a rien écrit du {from} au {until}, pendant {days} jours ; vu la façon dont ce centre écrit d'habitude, le hasard l'explique difficilement. C'est une question au centre, pas un reproche.",
    en: "{centre} wrote nothing from {from} to {until}, for {days} days; given how this centre writes otherwise, chance hardly explains that. It is a question to the centre, not a reproach.",
};

pub(super) const NOT_FLAGGED: Texts = Texts {
    nl: "de langste tijd waarin {centre} niets opschreef, duurde {days} dagen; toeval kan dat verklaren. Dat zegt niet dat er niets gebeurde.",
    fr: "la plus longue période pendant laquelle {centre} n'a rien écrit a duré {days} jours ; le hasard peut l'expliquer. Cela ne dit pas qu'il ne s'est rien passé.",
    en: "the longest time in which {centre} wrote nothing lasted {days} days; chance can explain that. It does not say that nothing happened.",
};

pub(super) const DROPPED: Texts = Texts {
    nl: "{said} Bovendien schreef het centrum van {from} tot {until} veel minder dan verwacht: {records} keer, waar er {expected} verwacht werden.",
    fr: "{said} De plus, du {from} au {until}, le centre a écrit bien moins que prévu : {records} fois, alors que {expected} étaient attendues.",
    en: "{said} Besides, from {from} to {until} the centre wrote far less than expected: {records} times, where {expected} were expected.",
};

/// Spans without a record, from the first sign that a centre lives: a record of any source, or residents in an occupancy
/// report; without either, from the start of the period. They end when an occupancy report says that nobody lives there.
///
/// The rate is in records a day of that time, shrunken towards the network's. Between occupancy reports a day counts as many as lived there
/// then, against the centre's own average: that few write where few live is no silence. Flags are set over all centres of the network, whatever the
/// report covers.
///
/// # Errors
/// [`ReportError`].
pub async fn silences(
    reader: &Reader,
    rules: &Reportability,
    filter: &Filter,
    viewer: Viewer,
) -> Result<Silences, ReportError> {
    let asked = Asked::of(reader, rules, filter, viewer).await?;
    let (records, occupancy) = futures::try_join!(asked.records(), asked.occupancy(Residents::All))?;
    Ok(told(&asked, &records, &occupancy)?)
}

/// Occupancy is of everybody: a centre lives as long as anybody does there.
pub(super) fn told(
    question: &Asked<'_>,
    records: &[Records],
    occupancy: &Occupancy,
) -> Result<Silences, BadInput> {
    let &Asked { filter, viewer, ref scope, .. } = question;
    let mut at: BTreeMap<(Uuid, bool), Vec<Timestamp>> = BTreeMap::new();
    let mut first: BTreeMap<Uuid, Timestamp> = BTreeMap::new();
    // What is confidential is not there for others than analysts, not even as the day on which a centre began to live.
    let seen = |kind: &&Records| viewer == Viewer::Analyst || !kind.of.confidential;
    for kind in records.iter().filter(seen) {
        let centre = kind.of.centre;
        let within = || kind.at.iter().copied().filter(|at| (scope.from..scope.to).contains(at));
        if let Some(earliest) = within().min() {
            first.entry(centre).and_modify(|first| *first = earliest.min(*first)).or_insert(earliest);
            if question.asks_for(&kind.of) {
                at.entry((centre, kind.of.list == List::OfficialRegister)).or_default().extend(within());
            }
        }
    }
    at.values_mut().for_each(|at| at.sort_unstable());
    let asked = scope.ids();
    let lives: Vec<Life> = scope
        .everywhere
        .iter()
        .map(|centre| {
            let reports = occupancy.get(&centre.id).map_or(&[][..], Vec::as_slice);
            let (from, to) =
                lived(first.get(&centre.id).copied(), reports, scope.from, scope.to.min(filter.as_of.moment));
            Life { id: centre.id, code: centre.code.clone(), from, to, clock: Clock::new(reports) }
        })
        .collect();
    let quiet = asked.iter().filter(|centre| !at.contains_key(&(**centre, true))).count() as u64;
    let quiet = viewer.share(quiet, asked.len() as u64);
    let basis = Basis::new(filter, viewer, [("centres_without_register_entry", quiet)]);
    let of = |register: bool| {
        let mut centres = centres(
            &lives,
            &basis,
            &filter.zone,
            |centre| at.get(&(centre, register)).map_or(&[][..], Vec::as_slice),
            viewer,
        )?;
        centres.retain(|(centre, _)| asked.contains(centre));
        Ok::<_, BadInput>(centres.into_iter().map(|(_, silence)| silence).collect())
    };
    Ok(Silences {
        about: about("silences", filter, scope, viewer, &basis),
        method: method::SILENCE,
        drop_method: method::DROPS,
        register: of(true)?,
        other_sources: of(false)?,
    })
}

fn centres<'a>(
    lives: &[Life],
    basis: &Basis,
    zone: &TimeZone,
    records: impl Fn(Uuid) -> &'a [Timestamp],
    viewer: Viewer,
) -> Result<Vec<(Uuid, CentreSilence)>, BadInput> {
    let groups: Vec<Group> = lives
        .iter()
        .map(|life| {
            let exposure = life.clock.days(life.from, life.to);
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
        let nothing = |from, to| probability_of_nothing(*rate, life.clock.days(from, to), *clusters);
        spans.push(between(records(life.id), life, nothing)?);
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
    let mut weeks: Vec<Weeks> =
        lives.iter().map(|life| Weeks::of(life, records(life.id))).collect::<Result<_, _>>()?;
    stand_below(&mut weeks)?;
    lives
        .iter()
        .zip(spans)
        .zip(clusters)
        .zip(weeks)
        .map(|(((life, spans), dispersion), weeks)| {
            let cell = Cell::for_viewer(records(life.id).len() as u64, viewer);
            let silence = silence(life, cell, dispersion, spans, weeks, viewer);
            let said = says(&silence, zone);
            Ok((life.id, CentreSilence { sentence: basis.says(said), ..silence }))
        })
        .collect()
}

fn silence(
    life: &Life,
    records: Cell,
    dispersion: f64,
    spans: Vec<Span>,
    weeks: Weeks,
    viewer: Viewer,
) -> CentreSilence {
    // The ends of a span are moments of records: of few records they would tell when each was made.
    let hidden = || NotEstimable::from(Reason::Suppressed);
    let (spans, drops, few) = if records.suppressed {
        (Answer::Refusal(hidden()), Answer::Refusal(hidden()), Answer::Refusal(hidden()))
    } else if viewer == Viewer::Other {
        // A stretch or a week is mostly less than five records: that it was low may be told, how many may not.
        let drops = weeks.drops.map(|drops| drops.iter().filter_map(Drop::in_band).collect());
        let few = weeks.few.map(|few| few.iter().filter_map(Week::in_band).collect());
        (Answer::Estimate(remarkable(spans).iter().map(Span::coarse).collect()), drops, few)
    } else {
        (Answer::Estimate(remarkable(spans)), weeks.drops, weeks.few)
    };
    CentreSilence {
        centre: life.code.clone(),
        records,
        dispersion: if viewer == Viewer::Other { dispersion.round() } else { dispersion },
        spans,
        drops,
        few,
        with_season: weeks.with_season,
        sentence: refused(Reason::Suppressed),
    }
}

fn says(silence: &CentreSilence, zone: &TimeZone) -> Sentence {
    let spans = match &silence.spans {
        Answer::Estimate(spans) => spans,
        Answer::Refusal(refusal) => return refused(refusal.reason),
    };
    let day = |at: Timestamp| Slot::Day(at.to_zoned(zone.clone()).date());
    let name = || ("centre", Slot::Name(silence.centre.clone()));
    let longest = |flagged: bool| {
        spans.iter().filter(move |span| span.flagged == flagged).max_by(|a, b| a.days.total_cmp(&b.days))
    };
    let said = match (longest(true), longest(false)) {
        (Some(span), _) => FLAGGED.fill(&[
            name(),
            ("from", day(span.from)),
            ("until", day(span.to)),
            ("days", Slot::Whole(span.days)),
        ]),
        (None, Some(span)) => NOT_FLAGGED.fill(&[name(), ("days", Slot::Whole(span.days))]),
        (None, None) => return refused(Reason::NothingObserved),
    };
    match silence.drops.estimate().and_then(|drops| drops.last()) {
        Some(drop) => DROPPED.fill(&[
            ("said", Slot::Said(said)),
            ("from", day(drop.from)),
            ("until", day(drop.to)),
            ("records", Slot::Count(drop.records)),
            ("expected", Slot::Whole(drop.expected)),
        ]),
        None => said,
    }
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
        let mut lines = vec![line("records").part("source", source).count(self.records).says(&self.sentence)];
        for drop in self.drops.estimate().into_iter().flatten() {
            let part = format!("{}/{}", drop.from, drop.to);
            let method = method::DROPS.name;
            lines.push(line("records_in_drop").part(source, &part).value(real(drop.records)).method(method));
            lines.push(line("expected_in_drop").part(source, &part).value(drop.expected).method(method));
        }
        for week in self.few.estimate().into_iter().flatten() {
            let value =
                line("records_in_low_week").part(source, &week.from.to_string()).value(real(week.records));
            let reason = Some(format!("p={:.3e}", week.p_value));
            lines.push(Line { reason, ..value.method(method::DROPS.name) });
        }
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
