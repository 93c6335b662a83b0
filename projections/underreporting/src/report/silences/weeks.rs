//! The weeks of a centre against trend and season: stretches and single weeks in which it wrote far less than expected.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::FALSE_DISCOVERY_RATE;
use super::life::Life;
use super::spans::{day, first_digit};
use crate::estimators::cusum::drops;
use crate::estimators::season::seasonal;
use crate::estimators::silences::false_discovery;
use crate::estimators::{Answer, BadInput};
use crate::report::{Cell, Viewer};

/// A stretch of weeks with too few records.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Drop {
    /// Its first week begins then.
    pub from: Timestamp,
    /// Its last week ends then.
    pub to: Timestamp,
    /// Records in it.
    pub records: u64,
    /// Records expected in it, by trend and season.
    pub expected: f64,
}

/// A week with very few records.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Week {
    /// It begins then.
    pub from: Timestamp,
    /// Records in it.
    pub records: u64,
    /// Records expected in it, by trend and season.
    pub expected: f64,
    /// Probability of so few.
    pub p_value: f64,
}

impl Drop {
    /// For others than analysts: its records within their band, if that is not hidden, and whole days, since weeks begin at the moment of a
    /// centre's first record.
    pub(super) fn in_band(&self) -> Option<Self> {
        let records = seen(self.records)?;
        Some(Self { from: day(self.from), to: day(self.to), records, expected: self.expected.round() })
    }
}

impl Week {
    /// For others than analysts, as [`Drop::in_band`]; of the probability no more than its first digit, since the count follows from it.
    pub(super) fn in_band(&self) -> Option<Self> {
        let records = seen(self.records)?;
        let p_value = first_digit(self.p_value);
        Some(Self { from: day(self.from), records, expected: self.expected.round(), p_value })
    }
}

fn seen(records: u64) -> Option<u64> {
    Cell::for_viewer(records, Viewer::Other).count
}

/// The weeks of one centre against trend and season.
pub(super) struct Weeks {
    pub(super) drops: Answer<Vec<Drop>>,
    pub(super) few: Answer<Vec<Week>>,
    pub(super) with_season: bool,
}

/// Weeks of a year.
const PER_YEAR: f64 = 52.18;
/// A drop matters when half of the records stay away.
const HALF: f64 = 0.5;
/// A steady centre is told to have dropped once in ten years of weeks at most.
const RUN_LENGTH: f64 = 520.0;

impl Weeks {
    pub(super) fn of(life: &Life, at: &[Timestamp]) -> Result<Self, BadInput> {
        let counts = life.weekly(at);
        let model = match Answer::of(seasonal(&counts, &life.weights(), PER_YEAR))? {
            Answer::Estimate(model) => model,
            Answer::Refusal(refusal) => {
                let (drops, few) = (Answer::Refusal(refusal), Answer::Refusal(refusal));
                return Ok(Self { drops, few, with_season: false });
            }
        };
        let drops = drops(&counts, &model.expected, HALF, model.dispersion, RUN_LENGTH)?;
        let weeks = counts.iter().zip(&model.expected).zip(&model.p_values).enumerate();
        Ok(Self {
            drops: Answer::Estimate(
                drops
                    .into_iter()
                    .map(|drop| Drop {
                        from: life.begins(drop.from),
                        to: life.begins(drop.to + 1),
                        records: drop.counted,
                        expected: drop.expected,
                    })
                    .collect(),
            ),
            few: Answer::Estimate(
                weeks
                    .map(|(week, ((records, expected), p_value))| Week {
                        from: life.begins(week),
                        records: *records,
                        expected: *expected,
                        p_value: *p_value,
                    })
                    .collect(),
            ),
            with_season: model.with_season,
        })
    }
}

/// Leaves of all weeks of all centres those that are low beyond chance, at most 5 % of them falsely.
pub(super) fn stand_below(weeks: &mut [Weeks]) -> Result<(), BadInput> {
    let all = weeks.iter().filter_map(|weeks| weeks.few.estimate()).flatten();
    let flags = false_discovery(&all.map(|week| week.p_value).collect::<Vec<_>>(), FALSE_DISCOVERY_RATE)?;
    let mut flags = flags.into_iter();
    for weeks in weeks {
        if let Answer::Estimate(few) = &mut weeks.few {
            few.retain(|_| flags.next().unwrap_or(false));
        }
    }
    Ok(())
}
