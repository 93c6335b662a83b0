//! Intervals from the likelihood of each possible number of units on no list.

use nalgebra::DVector;
use statrs::function::gamma::ln_gamma;

use super::fit::Ready;
use super::{Fitted, Histories};
use crate::estimators::{Interval, Level, real};

/// Beyond this many times the observed units there is no upper limit worth a number.
const FAR: f64 = 1e7;
/// As good as none on no list.
const NEAR: f64 = 1e-6;

/// The table completed with a number of units on no list, fitted again for each.
struct Completed {
    ready: Ready,
    observed: f64,
    last: Option<DVector<f64>>,
}

impl Completed {
    fn new(histories: &Histories, fitted: &Fitted) -> Self {
        let mut ready = Ready::new(histories, &fitted.model);
        ready.live[0] = true;
        Self { ready, observed: real(histories.observed()), last: None }
    }

    /// The deviance with `unseen` units in the empty cell.
    fn deviance(&mut self, unseen: f64) -> Option<f64> {
        self.ready.counts[0] = unseen;
        let maximum = match self.ready.maximum(self.last.as_ref()) {
            Some(maximum) => maximum,
            None => self.ready.maximum(None)?,
        };
        self.last = Some(maximum.beta);
        Some(maximum.deviance)
    }

    /// The same with the multinomial's own term in how many units there are (Cormack 1992).
    fn multinomial(&mut self, unseen: f64) -> Option<f64> {
        let all = self.observed + unseen;
        let correction = unseen * unseen.ln() - ln_gamma(unseen + 1.0) + ln_gamma(all + 1.0) - all * all.ln();
        Some(self.deviance(unseen)? - 2.0 * correction)
    }
}

/// The profile likelihood interval of Cormack (1992, Biometrics 48:567): all totals `N` whose multinomial likelihood, at its best over
/// all other parameters, is within `χ²(1) / 2` of the highest. An upper limit that never comes is `None`: the table does not exclude
/// any large number.
///
/// Holds the model fixed: it leaves out that the model was chosen on the same table.
#[must_use]
pub fn profile(histories: &Histories, fitted: &Fitted, level: Level) -> Interval {
    let mut completed = Completed::new(histories, fitted);
    let middle = lowest(|unseen| completed.multinomial(unseen), fitted.means[0].max(1.0));
    limits(|unseen| completed.multinomial(unseen), middle, real(histories.observed()), level)
}

/// The goodness-of-fit interval of Regal & Hook (1984, Stat. Med. 3:287): all totals at which the deviance of the completed table
/// is within `χ²(1)` of its lowest, which lies at the model's estimate.
#[must_use]
pub fn regal_hook(histories: &Histories, fitted: &Fitted, level: Level) -> Interval {
    let mut completed = Completed::new(histories, fitted);
    limits(|unseen| completed.deviance(unseen), fitted.means[0].max(NEAR), real(histories.observed()), level)
}

/// Where a function with one valley is lowest, between nothing and three times `estimate`.
fn lowest(mut of: impl FnMut(f64) -> Option<f64>, estimate: f64) -> f64 {
    let golden = (5.0_f64.sqrt() - 1.0) / 2.0;
    let (mut low, mut high) = (NEAR.ln(), (3.0 * estimate).ln());
    let mut value = |at: f64| of(at.exp()).unwrap_or(f64::INFINITY);
    let (mut left, mut right) = (high - golden * (high - low), low + golden * (high - low));
    let (mut at_left, mut at_right) = (value(left), value(right));
    while high - low > 1e-7 {
        if at_left <= at_right {
            (high, right, at_right) = (right, left, at_left);
            left = high - golden * (high - low);
            at_left = value(left);
        } else {
            (low, left, at_left) = (left, right, at_right);
            right = low + golden * (high - low);
            at_right = value(right);
        }
    }
    f64::midpoint(low, high).exp()
}

fn limits(mut of: impl FnMut(f64) -> Option<f64>, middle: f64, observed: f64, level: Level) -> Interval {
    let allowed = level.z().powi(2);
    let Some(least) = of(middle) else { return Interval { lower: observed, upper: None, level } };
    // A fit that does not settle excludes nothing.
    let mut inside = |unseen: f64| of(unseen).is_none_or(|value| value - least <= allowed);
    let lower = if middle <= NEAR || inside(NEAR) { 0.0 } else { edge(&mut inside, middle, NEAR) };
    let mut far = middle.max(1.0) * 2.0;
    while inside(far) && far < FAR * observed {
        far *= 2.0;
    }
    let upper = (far < FAR * observed).then(|| observed + edge(&mut inside, middle, far));
    Interval { lower: observed + lower, upper, level }
}

/// Halves the way between what is inside and what is not.
fn edge(inside: &mut impl FnMut(f64) -> bool, within: f64, beyond: f64) -> f64 {
    let (mut within, mut beyond) = (within.ln(), beyond.ln());
    while (within - beyond).abs() > 1e-9 {
        let middle = f64::midpoint(within, beyond);
        if inside(middle.exp()) {
            within = middle;
        } else {
            beyond = middle;
        }
    }
    f64::midpoint(within, beyond).exp()
}
