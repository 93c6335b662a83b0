//! Whether those who told something, and the children it was about, heard what became of it.

use schemars::JsonSchema;
use serde::Serialize;

use super::asked::Asked;
use super::basis::Basis;
use super::csv::{Line, Lines};
use super::delays::{Delay, delay};
use super::{About, Cell, Filter, ReportError, Viewer, about};
use crate::estimators::BadInput;
use crate::estimators::delays::Wait;
use crate::reader::{Loops, Reader, Waited};
use crate::reportability::Reportability;

/// The report; all times in days, rounded up to the hour, from the signal on. What Nabij says by itself, that a signal was received, counts nowhere.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Feedback {
    /// What it is about.
    pub about: About,
    /// Signals of the period; strengths aside, and imports, about which nobody waits for a word.
    pub signals: Cell,
    /// Those whose reporter does not know yet how it ended.
    pub open: Cell,
    /// Until a person told the reporter what was done, or how it ended; who was told nothing still waits.
    pub until_told: Delay,
    /// Until the reporter heard how it ended.
    pub until_outcome: Delay,
    /// Until the child heard, of signals that involve a minor.
    pub until_child_told: Delay,
}

/// The feedback on signals that were logged in the period, in the centres of the report. What was imported waits for no word.
///
/// # Errors
/// [`ReportError`].
pub async fn feedback(
    reader: &Reader,
    rules: &Reportability,
    filter: &Filter,
    viewer: Viewer,
) -> Result<Feedback, ReportError> {
    let asked = Asked::of(reader, rules, filter, viewer).await?;
    Ok(told(&asked, asked.loops().await?)?)
}

pub(super) fn told(asked: &Asked<'_>, mut loops: Vec<Loops>) -> Result<Feedback, BadInput> {
    let &Asked { filter, viewer, ref scope, .. } = asked;
    loops.retain(|kind| match &kind.of {
        Some(of) => asked.asks_for(of),
        None => filter.minors.is_none() || filter.minors == kind.minors,
    });
    let count =
        |of: fn(&Loops) -> bool| -> u64 { loops.iter().filter(|kind| of(kind)).map(|kind| kind.count).sum() };
    let signals = count(|_| true);
    let unknown = viewer.share(count(|kind| kind.minors.is_none()), signals);
    let basis = Basis::new(filter, viewer, [("minors_unknown", unknown)]);
    let until = |told: fn(&Loops) -> Wait, of: fn(&Loops) -> bool| {
        let waits = loops.iter().filter(|kind| of(kind)).map(told).collect();
        delay(&Waited { waits, undated: 0 }, &basis, viewer)
    };
    let cell = |count| Cell::for_viewer(count, viewer);
    Ok(Feedback {
        about: about("feedback", filter, scope, viewer, &basis),
        signals: cell(signals),
        open: cell(count(|kind| !kind.outcome.ended)),
        until_told: until(|kind| kind.reporter, |_| true)?,
        until_outcome: until(|kind| kind.outcome, |_| true)?,
        until_child_told: until(|kind| kind.child, |kind| kind.minors == Some(true))?,
    })
}

impl Lines for Feedback {
    fn about(&self) -> &About {
        &self.about
    }

    fn lines(&self) -> Vec<Line> {
        let counts = [Line::new("signals").count(self.signals), Line::new("open").count(self.open)];
        let delays = [
            ("until_told", &self.until_told),
            ("until_outcome", &self.until_outcome),
            ("until_child_told", &self.until_child_told),
        ];
        counts.into_iter().chain(delays.into_iter().flat_map(|(figure, delay)| delay.lines(figure))).collect()
    }
}
