//! How long from the occurrence to a signal, to the register, and to an answer for who reported it.

use schemars::JsonSchema;
use serde::Serialize;

use super::asked::Asked;
use super::basis::Basis;
use super::counted::total;
use super::csv::{Line, Lines};
use super::recent::{Recent, recent};
use super::{About, Cell, Figure, Filter, Method, ReportError, Viewer, about, banded, method};
use crate::estimators::delays::{Curve, kaplan_meier};
use crate::estimators::{Answer, BadInput, Interval, Level, Reason};
use crate::reader::{By, Counts, Reader, Span, Waited};
use crate::reportability::Reportability;
use crate::text::{Slot, Texts};

/// After how many days the share that has followed is given.
const MARKS: [u32; 5] = [1, 3, 7, 30, 90];

/// The report; all times in days, rounded up to the hour.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Delays {
    /// What it is about.
    pub about: About,
    /// From the occurrence to the first signal or discussion, where both moments are known.
    pub occurrence_to_signal: Delay,
    /// From the first signal of a reportable occurrence to the register; what is not registered still waits.
    pub signal_to_registration: Delay,
    /// From the occurrence to the register, of all that is registered and says when it happened.
    pub occurrence_to_registration: Delay,
    /// From the first signal to the first answer to a reporter; what is not answered still waits.
    pub signal_to_answer: Delay,
    /// Recent months of the register, corrected for what is still to come.
    pub recent: Vec<Recent>,
    /// How that was done.
    pub recent_method: Method,
}

/// One delay.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Delay {
    /// The curve of what still waits.
    pub curve: Figure<Curve>,
    /// Share that has followed after 1, 3, 7, 30 and 90 days, as far as anything was followed for that long.
    pub followed: Vec<Followed>,
    /// Left out: imported entries of which the register does not say when they were made. Always 0 where no registration is waited for.
    pub undated: Cell,
}

/// The share that has followed by a day.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Followed {
    /// Days since the start.
    pub within_days: u32,
    /// Share, 0 to 1; absent when nothing was followed that long, or hidden.
    pub share: Option<f64>,
    /// Its interval, as far as the curve gives one.
    pub interval: Option<Interval>,
}

/// The delays of occurrences in the period.
///
/// # Errors
/// [`ReportError`].
pub async fn delays(
    reader: &Reader,
    rules: &Reportability,
    filter: &Filter,
    viewer: Viewer,
) -> Result<Delays, ReportError> {
    let asked = Asked::of(reader, rules, filter, viewer).await?;
    Ok(told(&asked, &asked.occurred(COUNTED).await?.counts)?)
}

/// What it counts.
pub(super) const COUNTED: &[By] = &[
    By::Captured,
    By::Entered,
    By::Waited(Span::OccurrenceToSignal),
    By::Waited(Span::SignalToRegistration),
    By::Waited(Span::OccurrenceToRegistration),
    By::Waited(Span::SignalToAnswer),
];

pub(super) fn told(asked: &Asked<'_>, counts: &Counts) -> Result<Delays, BadInput> {
    let &Asked { filter, viewer, ref scope, .. } = asked;
    let all = &counts.captured;
    let untimed = total(all.iter().filter(|one| !one.state.timed));
    let basis = Basis::new(filter, viewer, [("time_unknown", viewer.share(untimed, total(all)))]);
    let of = |span| delay(counts.waited(span), &basis, viewer);
    Ok(Delays {
        recent: recent(&counts.entered, filter, &basis, viewer)?,
        recent_method: method::ARRIVALS,
        about: about("delays", filter, scope, viewer, &basis),
        occurrence_to_signal: of(Span::OccurrenceToSignal)?,
        signal_to_registration: of(Span::SignalToRegistration)?,
        occurrence_to_registration: of(Span::OccurrenceToRegistration)?,
        signal_to_answer: of(Span::SignalToAnswer)?,
    })
}

pub(super) const UNDATED: Texts = Texts {
    nl: "{said} Van {undated} ingevoerde feiten zegt het register niet wanneer ze geregistreerd zijn; ze tellen hier niet mee.",
    fr: "{said} Pour {undated} faits importés, le registre ne dit pas quand ils ont été enregistrés ; ils ne comptent pas ici.",
    en: "{said} Of {undated} imported occurrences the register does not say when they were registered; they do not count here.",
};

pub(super) fn delay(waited: &Waited, basis: &Basis, viewer: Viewer) -> Result<Delay, BadInput> {
    let Waited { waits, undated } = waited;
    let count =
        |ended: bool| waits.iter().filter(|wait| wait.ended == ended).map(|wait| wait.count).sum::<u64>();
    let (ended, waiting) = (count(true), count(false));
    let cell = |count| Cell::for_viewer(count, viewer);
    let inputs = [("units", cell(ended + waiting)), ("ended", cell(ended)), ("waiting", cell(waiting))];
    let left_out = cell(*undated);
    let basis = if left_out.count.is_some_and(|count| count > 0) {
        let share = viewer.share(*undated, undated + ended + waiting);
        &basis.with([("registration_day_unknown", share)])
    } else {
        basis
    };
    let exact = Answer::of(kaplan_meier(waits, Level::P95))?;
    let mut curve = basis.in_bands(method::DELAY, inputs, || match &exact {
        _ if viewer.hides(ended) => Err(Reason::Suppressed.into()),
        Answer::Estimate(curve) => Ok(banded::curve(curve, viewer)),
        Answer::Refusal(refusal) => Err((*refusal).into()),
    })?;
    let longest = waits.iter().map(|wait| wait.time).fold(0.0, f64::max);
    let shown = exact.estimate().filter(|_| curve.answer.estimate().is_some());
    let followed = MARKS
        .into_iter()
        .map(|within_days| {
            let at = shown.and_then(|curve| curve.ended_within(f64::from(within_days), longest));
            let at = at.map(|at| banded::followed(at, ended + waiting, viewer));
            Followed { within_days, share: at.map(|at| at.0), interval: at.and_then(|at| at.1) }
        })
        .collect();
    if let Some(undated) = left_out.count.filter(|count| *count > 0) {
        let said = Slot::Said(curve.sentence);
        curve.sentence = UNDATED.fill(&[("said", said), ("undated", Slot::Count(undated))]);
    }
    Ok(Delay { curve, followed, undated: left_out })
}

impl Lines for Delays {
    fn about(&self) -> &About {
        &self.about
    }

    fn lines(&self) -> Vec<Line> {
        [
            ("occurrence_to_signal", &self.occurrence_to_signal),
            ("signal_to_registration", &self.signal_to_registration),
            ("occurrence_to_registration", &self.occurrence_to_registration),
            ("signal_to_answer", &self.signal_to_answer),
        ]
        .into_iter()
        .flat_map(|(figure, delay)| delay.lines(figure))
        .chain(self.recent.iter().flat_map(month_lines))
        .collect()
    }
}

fn month_lines(month: &Recent) -> [Line; 2] {
    let line = |figure: &str| Line::new(figure).part("month", &month.month.strftime("%Y-%m").to_string());
    let expected = match &month.expected {
        Answer::Estimate(expected) => {
            line("registered_in_the_end").value(expected.total).interval(expected.interval)
        }
        Answer::Refusal(refusal) => line("registered_in_the_end").refused(refusal),
    };
    let registered = line("registered_so_far").count(month.registered);
    [registered, expected.says(&month.sentence).method(method::ARRIVALS.name)]
}

impl Delay {
    pub(super) fn lines(&self, figure: &str) -> Vec<Line> {
        let mut lines = vec![Line::new(figure).part("statistic", "undated").count(self.undated)];
        match &self.curve.answer {
            Answer::Estimate(curve) => lines.push(Line {
                value: curve.median,
                lower: curve.median_lower,
                upper: curve.median_upper,
                level: Some(Level::P95.get()),
                n: Some(curve.units),
                ..Line::new(figure).part("statistic", "median_days").of(&self.curve)
            }),
            Answer::Refusal(refusal) => lines.push(Line::new(figure).refused(refusal).of(&self.curve)),
        }
        for step in self.curve.answer.estimate().into_iter().flat_map(|curve| &curve.steps) {
            let line =
                Line::new(figure).part("waiting_after_days", &step.time.to_string()).value(step.waiting);
            let line = step.interval.map_or(line.clone(), |interval| line.interval(interval));
            lines.push(Line { n: Some(step.at_risk), ..line });
        }
        lines.extend(self.followed.iter().filter(|one| one.share.is_some()).map(|one| {
            let line = Line::new(figure).part("within_days", &one.within_days.to_string());
            Line { value: one.share, ..one.interval.map_or(line.clone(), |interval| line.interval(interval)) }
        }));
        lines
    }
}
