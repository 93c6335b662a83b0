//! How much each agreement weighs, and how that is estimated from pairs of which the truth is known.

use serde::Serialize;

use super::Agreement;

/// Steps of the widest respect.
const STEPS: usize = 3;
/// Time, type, cases, lists.
const RESPECTS: usize = 4;

/// Shares of each step: among pairs of one occurrence (`m`) and of two (`u`).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Weights {
    /// Odds of one occurrence among pairs that are looked at.
    pub prior_odds: f64,
    /// Of pairs of one occurrence: time, type, cases, lists, each by step.
    pub m: [[f64; STEPS]; RESPECTS],
    /// Of pairs of two.
    pub u: [[f64; STEPS]; RESPECTS],
}

impl Weights {
    /// Estimated by `nabij simulate --links` on 5 centres with 400 cases in 120 days, seeds 101 to 106.
    pub const SHIPPED: Self = Self {
        prior_odds: 0.6829,
        m: [[0.6438, 0.2628, 0.0934], [0.7968, 0.2032, 0.0], [0.5293, 0.1507, 0.32], [0.9988, 0.0012, 0.0]],
        u: [[0.1302, 0.3379, 0.5319], [0.224, 0.776, 0.0], [0.0196, 0.0281, 0.9523], [0.3484, 0.6516, 0.0]],
    };

    /// log2 of the odds that a pair is of one occurrence.
    #[must_use]
    pub fn bits(&self, agreement: Agreement) -> f64 {
        let steps = steps(agreement).into_iter().enumerate();
        steps.fold(self.prior_odds.log2(), |bits, (respect, step)| {
            bits + (self.m[respect][step] / self.u[respect][step]).log2()
        })
    }
}

/// Pairs counted by step and truth.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tally {
    one: [[u32; STEPS]; RESPECTS],
    two: [[u32; STEPS]; RESPECTS],
    pairs: [u32; 2],
}

impl Tally {
    /// Counts a pair.
    pub fn count(&mut self, agreement: Agreement, one_occurrence: bool) {
        let table = if one_occurrence { &mut self.one } else { &mut self.two };
        for (respect, step) in steps(agreement).into_iter().enumerate() {
            table[respect][step] += 1;
        }
        self.pairs[usize::from(one_occurrence)] += 1;
    }

    /// The weights: shares with half a pair added to each step, so that a step that was never seen is improbable and not
    /// impossible.
    #[must_use]
    pub fn weights(&self) -> Weights {
        let shares = |table: &[[u32; STEPS]; RESPECTS], pairs: u32| {
            let mut shares = [[0.0; STEPS]; RESPECTS];
            for (respect, steps) in WIDTHS.into_iter().enumerate() {
                for step in 0..steps {
                    let all = f64::from(pairs) + 0.5 * steps as f64;
                    shares[respect][step] = (f64::from(table[respect][step]) + 0.5) / all;
                }
            }
            shares
        };
        let [two, one] = self.pairs;
        Weights {
            prior_odds: (f64::from(one) + 0.5) / (f64::from(two) + 0.5),
            m: shares(&self.one, one),
            u: shares(&self.two, two),
        }
    }
}

/// How many steps each respect has.
const WIDTHS: [usize; RESPECTS] = [3, 2, 3, 2];

fn steps(of: Agreement) -> [usize; RESPECTS] {
    [of.time as usize, of.types as usize, of.cases as usize, of.lists as usize]
}
