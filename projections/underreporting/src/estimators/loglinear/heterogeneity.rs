//! Units that differ in how visible they are: log-linear models in the number of captures.

use nalgebra::DMatrix;
use schemars::JsonSchema;
use serde::Serialize;

use super::Histories;
use super::existence::check;
use super::fit::log_likelihood;
use super::glm::{Maximum, Rows, maximise};
use crate::estimators::real;

/// How visibility differs between units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Shape {
    /// Not at all.
    Equal,
    /// Any way: a lower bound (Chao 1987; Rivest & Baillargeon 2007).
    LowerBound,
    /// `a^k - 1`, `a = 2` as a rule: few units are much more visible than the others.
    Poisson(f64),
    /// `k² / 2`: normal on the logit scale (Darroch, Fienberg, Glonek & Junker 1993).
    Darroch,
    /// `ln(a / (a + k))`, `a = 3.5` as a rule: many units are hardly visible; its estimates are large and unsure.
    Gamma(f64),
}

/// One model.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Closed {
    /// `M0`, `Mt`, `Mh Chao` ... as in the literature: `t` for lists that see unequally much, `h` for units that do.
    pub name: String,
    /// Estimated number of units; of `Chao` models at least so many.
    pub estimate: f64,
    /// Standard error.
    pub se: f64,
    /// Deviance over the observable cells.
    pub deviance: f64,
    /// Observable cells less parameters.
    pub df: usize,
    /// `-2 ln L + 2p`.
    pub aic: f64,
}

/// The ten closed-population models of Baillargeon & Rivest (2007, J. Stat. Softw. 19(5)), those that can be estimated.
#[must_use]
pub fn closed_models(histories: &Histories) -> Vec<Closed> {
    let shapes = [
        ("", Shape::Equal),
        (" Chao", Shape::LowerBound),
        (" Poisson2", Shape::Poisson(2.0)),
        (" Darroch", Shape::Darroch),
        (" Gamma3.5", Shape::Gamma(3.5)),
    ];
    [false, true]
        .into_iter()
        .flat_map(|unequal| shapes.map(|(name, shape)| (unequal, name, shape)))
        .filter_map(|(unequal, suffix, shape)| {
            let model = match (unequal, shape == Shape::Equal) {
                (false, true) => "M0",
                (true, true) => "Mt",
                (false, false) => "Mh",
                (true, false) => "Mth",
            };
            closed(histories, unequal, shape, format!("{model}{suffix}"))
        })
        .collect()
}

/// `ln μ = u + Σ β (one for all lists, or one a list) + τ h(k)` with `k` the captures of a cell.
///
/// Of a lower bound, excesses `η` for three and more captures that come out negative are set to zero, the lowest first.
#[must_use]
pub fn closed(histories: &Histories, unequal: bool, shape: Shape, name: String) -> Option<Closed> {
    let lists = histories.lists();
    let counts: Vec<f64> = histories.cells().iter().map(|count| real(*count)).collect();
    let mut excesses: Vec<u32> =
        if shape == Shape::LowerBound { (3..=u32::try_from(lists).ok()?).collect() } else { Vec::new() };
    loop {
        let columns = columns(lists, unequal, shape, &excesses);
        let maximum = maximum(&columns, &counts)?;
        let first = columns.ncols() - excesses.len();
        if let Some(negative) = (0..excesses.len()).find(|index| maximum.beta[first + index] < 0.0) {
            excesses.remove(negative);
            continue;
        }
        let (unseen, parameters) = (maximum.beta[0].exp(), columns.ncols());
        let variance = maximum.covariance[(0, 0)];
        let estimate = real(histories.observed()) + unseen;
        return (estimate.is_finite() && variance.is_finite()).then(|| Closed {
            name,
            estimate,
            se: (unseen + unseen * unseen * variance).sqrt(),
            deviance: maximum.deviance.max(0.0),
            df: (counts.len() - 1).saturating_sub(parameters),
            aic: -2.0 * log_likelihood(&counts, &maximum.means) + 2.0 * real(parameters as u64),
        });
    }
}

fn columns(lists: usize, unequal: bool, shape: Shape, excesses: &[u32]) -> DMatrix<f64> {
    let rows: Vec<Vec<f64>> = (0..1_usize << lists)
        .map(|cell| {
            let captures = cell.count_ones();
            let k = f64::from(captures);
            let mut row = vec![1.0];
            if unequal {
                row.extend((0..lists).map(|list| f64::from(u8::from(cell >> list & 1 == 1))));
            } else {
                row.push(k);
            }
            match shape {
                Shape::Equal => {}
                Shape::LowerBound => {
                    row.extend(excesses.iter().map(|times| f64::from(u8::from(captures == *times))));
                }
                Shape::Poisson(base) => row.push(base.powf(k) - 1.0),
                Shape::Darroch => row.push(k * k / 2.0),
                Shape::Gamma(a) => row.push((a / (a + k)).ln()),
            }
            row
        })
        .collect();
    DMatrix::from_fn(rows.len(), rows[0].len(), |row, column| rows[row][column])
}

fn maximum(columns: &DMatrix<f64>, counts: &[f64]) -> Option<Maximum> {
    let rows = |seen: bool| {
        let kept = (1..counts.len()).filter(|cell| (counts[*cell] > 0.0) == seen);
        kept.map(|cell| columns.row(cell).iter().copied().collect::<Vec<f64>>()).collect::<Vec<_>>()
    };
    let checked = check(rows(true), &rows(false), columns.ncols());
    let live: Vec<bool> = (0..counts.len()).map(|cell| cell > 0).collect();
    (checked.exists && checked.identifiable)
        .then(|| {
            maximise(&Rows { columns: columns.clone(), offset: vec![0.0; counts.len()] }, counts, &live, None)
        })
        .flatten()
}
