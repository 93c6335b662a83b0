//! Estimates from what a viewer may know of the counts: for analysts the counts, for everybody else their bands.
//!
//! The estimate is that of the middles of the bands; its interval reaches from what the bands leave open at one end to the other, so that it
//! holds wherever in its band each count lies. Whatever changes within the bands changes nothing here.

use super::Viewer;
use crate::estimators::delays::Curve;
use crate::estimators::kappa::Agreement;
use crate::estimators::proportion::{Proportion, wilson};
use crate::estimators::rates::{Rate, rate};
use crate::estimators::two_lists::{Total, TwoLists};
use crate::estimators::{EstimateError, Interval, Level, Reason, real};

/// The share that `part` is of `part + rest`, with Wilson's interval; withheld when the part is hidden: the middle of its band
/// would be read as a count.
pub(super) fn share(part: u64, rest: u64, viewer: Viewer) -> Result<Proportion, EstimateError> {
    if viewer.hides(part) {
        return Err(Reason::Suppressed.into());
    }
    let of = |part, rest| wilson(part, part + rest, Level::P95);
    let ((least, most), (rest_least, rest_most)) = (viewer.band(part), viewer.band(rest));
    let interval = Interval {
        lower: of(least, rest_most)?.interval.lower,
        upper: of(most, rest_least)?.interval.upper,
        level: Level::P95,
    };
    Ok(Proportion { interval, ..of(viewer.counted(part), viewer.counted(rest))? })
}

/// A rate with its exact interval.
pub(super) fn rate_of(count: u64, exposure: f64, viewer: Viewer) -> Result<Rate, EstimateError> {
    let (least, most) = viewer.band(count);
    let of = |count| rate(count, exposure, Level::P95);
    let interval = Interval { lower: of(least)?.interval.lower, ..of(most)?.interval };
    Ok(Rate { interval, ..of(viewer.counted(count))? })
}

/// Chapman's total from how many are on the first list only, on the second only, and on both, of which none is hidden.
pub(super) fn chapman([first, second, both]: [u64; 3], viewer: Viewer) -> Result<Total, EstimateError> {
    let of = |first: u64, second: u64, both: u64| {
        TwoLists::new(first + both, second + both, both)?.chapman(Level::P95)
    };
    let counted = |count| viewer.counted(count);
    let total = of(counted(first), counted(second), counted(both))?;
    if viewer == Viewer::Analyst {
        return Ok(total);
    }
    let ends = [first, second, both].map(|count| viewer.band(count));
    // A large overlap makes the total small, but also those that were seen, below which no limit goes.
    let lower = |both| Ok::<_, EstimateError>(of(ends[0].0, ends[1].0, both)?.interval.lower);
    let interval = Interval {
        lower: lower(ends[2].0)?.min(lower(ends[2].1)?),
        ..of(ends[0].1, ends[1].1, ends[2].0)?.interval
    };
    Ok(Total { interval, ..total })
}

/// A curve of waits: others than analysts see no step, which is mostly one occurrence, and whole days.
pub(super) fn curve(curve: &Curve, viewer: Viewer) -> Curve {
    if viewer == Viewer::Analyst {
        return curve.clone();
    }
    let (ended, waiting) = (viewer.counted(curve.ended), viewer.counted(curve.units - curve.ended));
    let days = |days: Option<f64>| days.map(f64::ceil);
    Curve {
        units: ended + waiting,
        ended,
        steps: vec![],
        median: days(curve.median),
        median_lower: days(curve.median_lower),
        median_upper: days(curve.median_upper),
    }
}

/// A share of a curve of `units`, and its interval, as steps of a band.
pub(super) fn followed(
    (share, interval): (f64, Option<Interval>),
    units: u64,
    viewer: Viewer,
) -> (f64, Option<Interval>) {
    if viewer == Viewer::Analyst {
        return (share, interval);
    }
    let of = |share: f64, band: fn((u64, u64)) -> u64, rest: fn((u64, u64)) -> u64| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of units is between 0 and them"
        )]
        let part = ((share * real(units)).round() as u64).min(units);
        let (part, rest) = (band(viewer.band(part)), rest(viewer.band(units - part)));
        real(part) / real(part + rest)
    };
    let middle = |(least, most)| u64::midpoint(least, most);
    let interval = interval.map(|interval| Interval {
        lower: of(interval.lower, |band| band.0, |band| band.1),
        upper: interval.upper.map(|upper| of(upper, |band| band.1, |band| band.0)),
        level: interval.level,
    });
    (of(share, middle, middle), interval)
}

/// Agreement: others than analysts see tenths.
pub(super) fn agreement(agreement: Agreement, viewer: Viewer) -> Agreement {
    if viewer == Viewer::Analyst {
        return agreement;
    }
    let tenths = |value: f64| (value * 10.0).round() / 10.0;
    let interval = agreement.interval;
    Agreement {
        pairs: viewer.counted(agreement.pairs),
        kappa: tenths(agreement.kappa),
        se: tenths(agreement.se),
        interval: Interval {
            lower: tenths(interval.lower),
            upper: interval.upper.map(tenths),
            level: interval.level,
        },
        second_higher: viewer.counted(agreement.second_higher),
        second_lower: viewer.counted(agreement.second_lower),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_within_bands_changes_no_estimate() {
        let others = Viewer::Other;
        for more in 0..5 {
            assert_eq!(share(5 + more, 20, others).unwrap(), share(9, 20 + more, others).unwrap());
            assert_eq!(rate_of(10 + more, 500.0, others).unwrap(), rate_of(10, 500.0, others).unwrap());
            let total = chapman([10 + more, 5, 15 + more], others).unwrap();
            assert_eq!(total, chapman([14, 5 + more, 15], others).unwrap());
        }
    }

    #[test]
    fn an_interval_holds_that_of_the_counts_wherever_in_the_band_they_lie() {
        let holds = |wide: Interval, exact: Interval| {
            assert!(wide.lower <= exact.lower + 1e-12, "{wide:?} {exact:?}");
            assert!(wide.upper.is_none_or(|upper| exact.upper.is_some_and(|exact| exact <= upper + 1e-12)));
        };
        for (part, rest) in [(5, 12), (7, 7), (30, 4), (12, 0), (9, 14)] {
            let of = |viewer| share(part, rest, viewer).unwrap().interval;
            holds(of(Viewer::Other), of(Viewer::Analyst));
            let of = |viewer| rate_of(part, 800.0, viewer).unwrap().interval;
            holds(of(Viewer::Other), of(Viewer::Analyst));
        }
        for counts in [[12, 7, 8], [7, 7, 5], [30, 9, 9], [9, 14, 14], [5, 5, 24]] {
            let of = |viewer| chapman(counts, viewer).unwrap().interval;
            holds(of(Viewer::Other), of(Viewer::Analyst));
        }
    }

    #[test]
    fn nothing_and_all_are_told_to_analysts_only() {
        assert_eq!(share(0, 12, Viewer::Analyst).unwrap().share, 0.0);
        let most = share(12, 0, Viewer::Other).unwrap();
        assert!(most.share > 0.8 && most.share < 1.0 && most.interval.upper == Some(1.0), "{most:?}");
        for rest in [1, 20] {
            assert!(matches!(share(3, rest, Viewer::Other), Err(EstimateError::NotEstimable(_))));
        }
        assert_eq!(followed((1.0, None), 20, Viewer::Other).0, 22.0 / 24.0);
    }
}
