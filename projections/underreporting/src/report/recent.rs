//! Recent months of the register, corrected for the entries that are still to come.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;

use super::basis::Basis;
use super::{Cell, Filter, Viewer};
use crate::estimators::chain_ladder::chain_ladder;
use crate::estimators::reverse_time::{Arrived, arrivals, corrected};
use crate::estimators::{Answer, BadInput, EstimateError, Interval, Level, NotEstimable, Reason, real};
use crate::reader::Entered;
use crate::text::said::{between, refused};
use crate::text::{Sentence, Slot, Texts};

/// How many months are corrected: what is older has mostly come in.
const MONTHS: usize = 12;

/// A month of occurrences and what the register will hold of them.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Recent {
    /// Its first day.
    pub month: Date,
    /// Occurrences of the month in the register so far.
    pub registered: Cell,
    /// Expected in the end.
    pub expected: Answer<Expected>,
    /// What it says.
    pub sentence: Sentence,
}

/// What a month comes to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Expected {
    /// Entries in the end, of those that come within the longest wait that could be seen.
    pub total: f64,
    /// Its interval, never below what is there.
    pub interval: Interval,
    /// Mack's standard error of what is still to come; absent where months have no full history.
    pub mack_se: Option<f64>,
}

impl Expected {
    /// In whole numbers for others than analysts, without the error that was reckoned from exact months.
    fn seen_by(self, viewer: Viewer) -> Self {
        if viewer == Viewer::Analyst {
            return self;
        }
        let Interval { lower, upper, level } = self.interval;
        let interval = Interval { lower: lower.floor(), upper: upper.map(f64::ceil), level };
        Self { total: self.total.round(), interval, mack_se: None }
    }
}

pub(super) const RECENT: Texts = Texts {
    nl: "van de feiten uit {month} staan er nu {registered} in het register; naar hoe laat er anders geregistreerd wordt, worden het er {expected} ({between}). Wat nooit geregistreerd wordt, zit daar niet in.",
    fr: "des faits de {month}, {registered} figurent maintenant au registre ; d'après le retard habituel, il y en aura {expected} ({between}). Ce qui n'est jamais enregistré n'y est pas.",
    en: "of the occurrences of {month}, {registered} are in the register now; by how late entries usually come there will be {expected} ({between}). What is never registered is not among them.",
};

/// Whole months from one first day to another.
fn months(from: Date, to: Date) -> u32 {
    let number = |day: Date| i32::from(day.year()) * 12 + i32::from(day.month());
    u32::try_from(number(to) - number(from)).unwrap_or(0)
}

/// The last twelve months of the period, by month of the occurrence.
///
/// A month's delays are seen as far as months of entry are over: those of the running one are not, so what came in it stands beside the
/// estimates, not in them, and of the running month itself nothing is estimated. Taken as whole it would make recent months look low.
pub(super) fn recent(
    entered: &[Entered],
    filter: &Filter,
    basis: &Basis,
    viewer: Viewer,
) -> Result<Vec<Recent>, BadInput> {
    let month = |at: jiff::Timestamp| at.to_zoned(filter.zone.clone()).date().first_of_month();
    let running = month(filter.as_of.moment);
    let entries: Vec<(Date, u32, u64)> = entered
        .iter()
        .map(|one| (one.happened, months(one.happened, one.registered), one.count))
        .filter(|(began, _, _)| *began <= running)
        .collect();
    let records: Vec<Arrived> = entries
        .iter()
        .filter_map(|(began, delay, count)| Some((*delay, window(*began, running)?, *count)))
        .filter(|(delay, window, _)| delay <= window)
        .flat_map(|(delay, window, count)| (0..count).map(move |_| Arrived { delay, window }))
        .collect();
    let arrivals = Answer::of(arrivals(&records))?;
    let last = filter.to.yesterday().unwrap_or(filter.to).first_of_month().min(running);
    let mut shown = Vec::new();
    let mut at = last;
    while shown.len() < MONTHS && at >= filter.from.first_of_month() {
        shown.push(at);
        let Ok(earlier) = at.yesterday() else { break };
        at = earlier.first_of_month();
    }
    shown.reverse();
    let mack = mack(&entries, &shown, running)?;
    shown
        .iter()
        .enumerate()
        .map(|(index, began)| {
            let so_far = come(&entries, *began, u32::MAX);
            let registered = Cell::for_viewer(so_far, viewer);
            let expected = match (&arrivals, window(*began, running)) {
                _ if registered.suppressed => Answer::Refusal(NotEstimable::from(Reason::Suppressed)),
                (_, None) => Answer::Refusal(NotEstimable::from(Reason::NotOver)),
                (Answer::Refusal(refusal), _) => Answer::Refusal(*refusal),
                (Answer::Estimate(shares), Some(window)) => {
                    let arrived = viewer.counted(come(&entries, *began, window));
                    let least = real(viewer.counted(so_far));
                    Answer::of(
                        corrected(arrived, window, shares, Level::P95)
                            .map(|month| Expected {
                                total: month.expected.max(least),
                                interval: month.interval.at_least(least),
                                mack_se: mack.as_ref().and_then(|of| of.get(index).copied()),
                            })
                            .map(|expected| expected.seen_by(viewer))
                            .ok_or(EstimateError::from(Reason::NothingObserved)),
                    )?
                }
            };
            let sentence = basis.says(says(*began, viewer.counted(so_far), &expected));
            Ok(Recent { month: *began, registered, expected, sentence })
        })
        .collect()
}

/// Whole months of entry that a month was seen for after its own; `None` for the running one.
fn window(began: Date, running: Date) -> Option<u32> {
    months(began, running).checked_sub(1)
}

fn says(month: Date, arrived: u64, expected: &Answer<Expected>) -> Sentence {
    match expected {
        Answer::Estimate(expected) => RECENT.fill(&[
            ("month", Slot::Month(month)),
            ("registered", Slot::Count(arrived)),
            ("expected", Slot::Whole(expected.total)),
            ("between", between(expected.interval, Slot::Whole)),
        ]),
        Answer::Refusal(refusal) => refused(refusal.reason),
    }
}

/// Entries of a month of occurrences that came within so many months.
fn come(entries: &[(Date, u32, u64)], began: Date, within: u32) -> u64 {
    let of_month = entries.iter().filter(|(month, delay, _)| *month == began && *delay <= within);
    of_month.map(|(_, _, count)| count).sum()
}

/// Mack's standard errors of the months, where they make a triangle: up to the last month that is over, and the running one after it or not.
fn mack(entries: &[(Date, u32, u64)], shown: &[Date], running: Date) -> Result<Option<Vec<f64>>, BadInput> {
    let over: Vec<(Date, u32)> =
        shown.iter().filter_map(|began| Some((*began, window(*began, running)?))).collect();
    if over.last().is_none_or(|(_, window)| *window > 0) {
        return Ok(None);
    }
    let triangle: Vec<Vec<f64>> = over
        .iter()
        .map(|(began, window)| (0..=*window).map(|age| real(come(entries, *began, age))).collect())
        .collect();
    Ok(Answer::of(chain_ladder(&triangle))?
        .estimate()
        .map(|developed| developed.periods.iter().map(|period| period.se).collect()))
}
