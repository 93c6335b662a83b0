//! Whether those who told something, and the children it was about, heard what became of it.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::basis::Basis;
use super::csv::{Line, Lines};
use super::delays::{Delay, delay, wait};
use super::scope::Scope;
use super::{About, Cell, Filter, ReportError, Viewer, about};
use crate::reader::{Loops, Reader, Waited};
use crate::reportability::Reportability;

/// The report; all times in days, from the signal on. What Nabij says by itself, that a signal was received, counts nowhere.
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
    let scope = Scope::of(reader, filter).await?;
    let period = (scope.from, scope.to);
    let mut loops =
        reader.loops(&scope.ids(), period, viewer == Viewer::Analyst, filter.as_of.sequence).await?;
    loops.retain(|kind| filter.asks_for(&kind.of, scope.duties(rules, kind.of.centre), viewer));
    let now = filter.as_of.moment;
    let count = |of: fn(&Loops) -> bool| -> usize {
        loops.iter().filter(|kind| of(kind)).map(|kind| kind.logged_at.len()).sum()
    };
    let signals = count(|_| true);
    let unknown = count(|kind| kind.of.minors.is_none());
    let unknown = viewer.share(unknown as u64, signals as u64);
    let basis = Basis::new(filter, viewer, [("minors_unknown", unknown)]);
    let until = |told: fn(&Loops) -> &[Option<Timestamp>], of: fn(&Loops) -> bool| {
        let pairs =
            loops.iter().filter(|kind| of(kind)).flat_map(|kind| kind.logged_at.iter().zip(told(kind)));
        let waits = pairs.map(|(logged, told)| wait(*logged, *told, now)).collect();
        delay(&Waited { waits, undated: 0 }, &basis, viewer)
    };
    let heard = |kind: &Loops| kind.outcome_at.iter().flatten().filter(|at| **at <= now).count();
    let open = signals - loops.iter().map(heard).sum::<usize>();
    let cell = |count: usize| Cell::for_viewer(count as u64, viewer);
    Ok(Feedback {
        about: about("feedback", filter, &scope, viewer, &basis),
        signals: cell(signals),
        open: cell(open),
        until_told: until(|kind| &kind.reporter_at, |_| true)?,
        until_outcome: until(|kind| &kind.outcome_at, |_| true)?,
        until_child_told: until(|kind| &kind.child_at, |kind| kind.of.minors == Some(true))?,
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
