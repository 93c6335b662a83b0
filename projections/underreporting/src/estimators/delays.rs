//! How long until something follows: Kaplan-Meier, with what has not followed yet.

use schemars::JsonSchema;
use serde::Serialize;

use super::{EstimateError, Interval, Level, Reason, quantity, real};

/// One unit that waits, in any unit of time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wait {
    /// How long, at least zero.
    pub time: f64,
    /// It ended by what was waited for; else it still goes on (right-censored).
    pub ended: bool,
    /// How many units waited like this.
    pub count: u64,
}

/// The curve at one moment when something ended.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Step {
    /// Time since the start.
    pub time: f64,
    /// Units that still waited just before.
    pub at_risk: u64,
    /// Units whose wait ended now.
    pub ended: u64,
    /// Share that still waits afterwards.
    pub waiting: f64,
    /// Greenwood's standard error; absent when nothing waits any more.
    pub se: Option<f64>,
    /// Log interval, its upper limit not above 1; absent when nothing waits any more.
    pub interval: Option<Interval>,
}

/// A survival curve.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Curve {
    /// Units.
    pub units: u64,
    /// Units whose wait ended.
    pub ended: u64,
    /// One step for each time at which something ended.
    pub steps: Vec<Step>,
    /// Time by which half ended; absent when half did not.
    pub median: Option<f64>,
    /// Limits of the median where the limits of the curve cross one half; each absent when it does not.
    pub median_lower: Option<f64>,
    /// See `median_lower`.
    pub median_upper: Option<f64>,
}

/// The product-limit estimate of Kaplan & Meier (1958, JASA 53:457) with Greenwood's (1926) variance.
///
/// `S(t) = Π (1 - d/n)`, `se = S √Σ d/(n(n-d))`, interval `S exp(±z se/S)` (the log interval, R's default); median limits by
/// Brookmeyer & Crowley (1982). Units must be censored for reasons that have nothing to do with how long they would wait.
/// What nobody ever noticed is not among the units: a short median says nothing about what is missing.
///
/// # Errors
/// [`Reason::NoUnits`] without units; a time that is negative or not finite is bad input and names its row.
pub fn kaplan_meier(waits: &[Wait], level: Level) -> Result<Curve, EstimateError> {
    let mut sorted = Vec::with_capacity(waits.len());
    for (index, wait) in waits.iter().enumerate() {
        sorted.push(Wait { time: quantity("time", wait.time, index + 1)?, ..*wait });
    }
    if sorted.iter().all(|wait| wait.count == 0) {
        return Err(Reason::NoUnits.into());
    }
    sorted.sort_by(|a, b| a.time.total_cmp(&b.time));
    let (mut steps, mut waiting, mut greenwood) = (Vec::new(), 1.0, 0.0);
    let units: u64 = sorted.iter().map(|wait| wait.count).sum();
    let mut at_risk = units;
    for tied in sorted.chunk_by(|a, b| a.time == b.time) {
        let ended: u64 = tied.iter().filter(|wait| wait.ended).map(|wait| wait.count).sum();
        if ended > 0 {
            waiting *= 1.0 - real(ended) / real(at_risk);
            greenwood += real(ended) / (real(at_risk) * real(at_risk - ended));
            steps.push(step(tied[0].time, at_risk, ended, waiting, greenwood, level));
        }
        at_risk -= tied.iter().map(|wait| wait.count).sum::<u64>();
    }
    let limit = |side: fn(&Interval) -> Option<f64>| {
        steps
            .iter()
            .find(|step| step.interval.as_ref().is_some_and(|i| side(i).is_some_and(|s| s <= HALF)))
            .map(|step| step.time)
    };
    Ok(Curve {
        units,
        ended: steps.iter().map(|step| step.ended).sum(),
        median: median(&steps),
        median_lower: limit(|interval| Some(interval.lower)),
        median_upper: limit(|interval| interval.upper),
        steps,
    })
}

/// One half, with room for the rounding of products.
const HALF: f64 = 0.5 + 1e-9;

fn step(time: f64, at_risk: u64, ended: u64, waiting: f64, greenwood: f64, level: Level) -> Step {
    let relative = (at_risk > ended).then(|| greenwood.sqrt());
    Step {
        time,
        at_risk,
        ended,
        waiting: if at_risk == ended { 0.0 } else { waiting },
        se: relative.map(|relative| waiting * relative),
        interval: relative.map(|relative| {
            let spread = (level.z() * relative).exp();
            Interval::new(waiting / spread, (waiting * spread).min(1.0), level)
        }),
    }
}

/// The first time at which at most half waits; where exactly half waits for a while, the middle of that while.
fn median(steps: &[Step]) -> Option<f64> {
    let index = steps.iter().position(|step| step.waiting <= HALF)?;
    let flat = (steps[index].waiting - 0.5).abs() < 1e-9;
    match steps.get(index + 1) {
        Some(next) if flat => Some(f64::midpoint(steps[index].time, next.time)),
        _ => Some(steps[index].time),
    }
}

impl Curve {
    /// Share that ended within `time`, with the interval; `None` when nobody was followed that long.
    #[must_use]
    pub fn ended_within(&self, time: f64, longest_followed: f64) -> Option<(f64, Option<Interval>)> {
        let last = self.steps.iter().rev().find(|step| step.time <= time);
        if time > longest_followed && last.is_none_or(|step| step.waiting > 0.0) {
            return None;
        }
        Some(last.map_or((0.0, None), |step| {
            let interval = step.interval.map(|waiting| {
                Interval::new(1.0 - waiting.upper.unwrap_or(1.0), 1.0 - waiting.lower, waiting.level)
            });
            (1.0 - step.waiting, interval)
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(of: &[(f64, bool)]) -> Vec<Wait> {
        of.iter().map(|(time, ended)| Wait { time: *time, ended: *ended, count: 1 }).collect()
    }

    #[test]
    fn four_units_by_hand() {
        let curve = kaplan_meier(&waits(&[(1.0, true), (2.0, false), (3.0, true), (4.0, false)]), Level::P95)
            .unwrap();
        let shares: Vec<f64> = curve.steps.iter().map(|step| step.waiting).collect();
        assert_eq!(shares, [0.75, 0.375]);
        assert_eq!((curve.units, curve.ended, curve.median), (4, 2, Some(3.0)));
        assert_eq!(curve.ended_within(2.0, 4.0).map(|(share, _)| share), Some(0.25));
        assert_eq!(curve.ended_within(0.5, 4.0).map(|(share, _)| share), Some(0.0));
        assert_eq!(curve.ended_within(9.0, 4.0), None);
    }

    #[test]
    fn units_that_waited_alike_count_together() {
        let alone = waits(&[(1.0, true), (1.0, true), (2.0, false), (2.0, false), (3.0, true)]);
        let together = [(1.0, true, 2), (2.0, false, 2), (3.0, true, 1)].map(|(time, ended, count)| Wait {
            time,
            ended,
            count,
        });
        assert_eq!(kaplan_meier(&together, Level::P95), kaplan_meier(&alone, Level::P95));
    }

    #[test]
    fn half_waiting_for_a_while_has_its_median_in_the_middle() {
        let curve = kaplan_meier(&waits(&[(1.0, true), (5.0, true)]), Level::P95).unwrap();
        assert_eq!(curve.median, Some(3.0));
        assert_eq!(curve.ended_within(9.0, 5.0).map(|(share, _)| share), Some(1.0));
    }

    #[test]
    fn all_still_waiting_has_no_median() {
        let curve = kaplan_meier(&waits(&[(1.0, false), (2.0, false)]), Level::P95).unwrap();
        assert!(curve.steps.is_empty() && curve.median.is_none());
    }

    #[test]
    fn nobody_and_negative_times_are_refused() {
        assert_eq!(kaplan_meier(&[], Level::P95), Err(Reason::NoUnits.into()));
        let backwards = waits(&[(1.0, true), (-0.5, true)]);
        assert!(kaplan_meier(&backwards, Level::P95).unwrap_err().to_string().contains("row 2"));
    }
}
