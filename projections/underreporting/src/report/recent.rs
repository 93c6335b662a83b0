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
pub(super) fn recent(
    entered: &[Entered],
    filter: &Filter,
    basis: &Basis,
    viewer: Viewer,
) -> Result<Vec<Recent>, BadInput> {
    let month = |at: jiff::Timestamp| at.to_zoned(filter.zone.clone()).date().first_of_month();
    let now = month(filter.as_of.moment);
    let entries: Vec<(Date, u32, u64)> = entered
        .iter()
        .map(|one| (one.happened, months(one.happened, one.registered), one.count))
        .filter(|(began, _, _)| *began <= now)
        .collect();
    let records: Vec<Arrived> = entries
        .iter()
        .flat_map(|(began, delay, count)| {
            let window = months(*began, now);
            let one = Arrived { delay: (*delay).min(window), window };
            (0..*count).map(move |_| one)
        })
        .collect();
    let arrivals = Answer::of(arrivals(&records))?;
    let last = filter.to.yesterday().unwrap_or(filter.to).first_of_month().min(now);
    let mut shown = Vec::new();
    let mut at = last;
    while shown.len() < MONTHS && at >= filter.from.first_of_month() {
        shown.push(at);
        let Ok(earlier) = at.yesterday() else { break };
        at = earlier.first_of_month();
    }
    shown.reverse();
    let arrived: Vec<u64> = shown.iter().map(|began| come(&entries, *began, u32::MAX)).collect();
    let mack = mack(&entries, &shown, now)?;
    shown
        .iter()
        .enumerate()
        .map(|(index, began)| {
            let registered = Cell::for_viewer(arrived[index], viewer);
            let arrived = viewer.counted(arrived[index]);
            let expected = match &arrivals {
                _ if registered.suppressed => Answer::Refusal(NotEstimable::from(Reason::Suppressed)),
                Answer::Refusal(refusal) => Answer::Refusal(*refusal),
                Answer::Estimate(shares) => Answer::of(
                    corrected(arrived, months(*began, now), shares, Level::P95)
                        .map(|month| Expected {
                            total: month.expected,
                            interval: month.interval,
                            mack_se: mack.as_ref().and_then(|of| of.get(index).copied()),
                        })
                        .map(|expected| expected.seen_by(viewer))
                        .ok_or(EstimateError::from(Reason::NothingObserved)),
                )?,
            };
            let sentence = basis.says(says(*began, arrived, &expected));
            Ok(Recent { month: *began, registered, expected, sentence })
        })
        .collect()
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

/// Mack's standard errors of the months, where they make a triangle: the last one is the present month.
fn mack(entries: &[(Date, u32, u64)], shown: &[Date], now: Date) -> Result<Option<Vec<f64>>, BadInput> {
    if shown.last() != Some(&now) {
        return Ok(None);
    }
    let triangle: Vec<Vec<f64>> = shown
        .iter()
        .map(|began| (0..=months(*began, now)).map(|age| real(come(entries, *began, age))).collect())
        .collect();
    Ok(Answer::of(chain_ladder(&triangle))?
        .estimate()
        .map(|developed| developed.periods.iter().map(|period| period.se).collect()))
}
