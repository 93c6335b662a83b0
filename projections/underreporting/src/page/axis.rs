//! Axes: from values to places in a chart, and where the ticks stand.

/// A straight axis.
#[derive(Clone, Copy)]
pub(super) struct Axis {
    pub(super) from: f64,
    pub(super) to: f64,
    /// Where its values lie in the chart.
    pub(super) start: f64,
    pub(super) end: f64,
}

impl Axis {
    /// The place of a value.
    pub(super) fn at(&self, value: f64) -> f64 {
        let span = self.to - self.from;
        if span <= 0.0 {
            return self.start;
        }
        self.start + ((value - self.from) / span).clamp(0.0, 1.0) * (self.end - self.start)
    }

    /// Round values from its start to its end, about `wanted` of them.
    pub(super) fn ticks(&self, wanted: f64) -> Vec<f64> {
        let rough = (self.to - self.from) / wanted;
        if rough <= 0.0 || !rough.is_finite() {
            return vec![self.from];
        }
        let power = 10.0_f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].map(|times| times * power).into_iter().find(|step| *step >= rough);
        let step = step.unwrap_or(10.0 * power);
        let mut ticks = Vec::new();
        let mut tick = (self.from / step).ceil() * step;
        while tick <= self.to + step * 1e-9 {
            ticks.push(tick);
            tick += step;
        }
        ticks
    }
}

/// Decimals that tell ticks of this distance apart.
pub(super) fn decimals(ticks: &[f64]) -> usize {
    let step = ticks.windows(2).map(|pair| pair[1] - pair[0]).fold(f64::INFINITY, f64::min);
    if !step.is_finite() || step >= 1.0 {
        0
    } else if step >= 0.1 {
        1
    } else {
        2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_inside() {
        let axis = Axis { from: 0.0, to: 47.0, start: 100.0, end: 194.0 };
        assert_eq!(axis.ticks(5.0), [0.0, 10.0, 20.0, 30.0, 40.0]);
        assert_eq!((axis.at(0.0), axis.at(23.5), axis.at(99.0)), (100.0, 147.0, 194.0));
        assert_eq!(decimals(&[0.0, 0.5, 1.0]), 1);
        assert_eq!(Axis { from: 1.0, to: 1.0, start: 5.0, end: 9.0 }.ticks(4.0), [1.0]);
    }
}
