//! Records per 1,000 resident-days.

use schemars::JsonSchema;
use serde::Serialize;

use super::poisson::garwood;
use super::{EstimateError, Interval, Level, Reason, quantity, real};

/// Rates are given per this many resident-days: 1,000 residents for a day, or a hundred for ten.
pub const PER_RESIDENT_DAYS: f64 = 1_000.0;

/// A rate with its exact interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Rate {
    /// Records in the time that the exposure covers.
    pub count: u64,
    /// Resident-days.
    pub exposure: f64,
    /// `1000 count / exposure`.
    pub per_1000: f64,
    /// Exact Poisson interval of the rate (Garwood 1936).
    pub interval: Interval,
}

/// `1000 count / exposure`, with Garwood's limits of the count divided by the same exposure.
///
/// Count and exposure must be of the same days. A rate of records is how much was written, not how much happened: it must
/// not be read as safety when it is low, nor as danger when it is high.
///
/// # Errors
/// [`Reason::NoExposure`] for an exposure of zero; an exposure that is negative or not finite is bad input.
pub fn rate(count: u64, exposure: f64, level: Level) -> Result<Rate, EstimateError> {
    let exposure = quantity("exposure", exposure, 1)?;
    if exposure == 0.0 {
        return Err(Reason::NoExposure.into());
    }
    let scale = PER_RESIDENT_DAYS / exposure;
    Ok(Rate { count, exposure, per_1000: real(count) * scale, interval: garwood(count, level).scaled(scale) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimators::BadInput;

    #[test]
    fn ten_in_two_thousand_resident_days() {
        let rate = rate(10, 2_000.0, Level::P95).unwrap();
        assert_eq!(rate.per_1000, 5.0);
        assert!((rate.interval.lower - 2.3975).abs() < 5e-4, "{:?}", rate.interval);
    }

    #[test]
    fn none_recorded_is_not_none_happened() {
        let none = rate(0, 10_000.0, Level::P95).unwrap();
        assert_eq!((none.per_1000, none.interval.lower), (0.0, 0.0));
        assert!(none.interval.upper.unwrap() > 0.36);
    }

    #[test]
    fn no_exposure_is_refused_and_a_negative_one_is_wrong() {
        assert_eq!(rate(3, 0.0, Level::P95), Err(Reason::NoExposure.into()));
        for exposure in [-1.0, f64::NAN, f64::INFINITY] {
            assert!(matches!(
                rate(3, exposure, Level::P95),
                Err(EstimateError::BadInput(BadInput::NotAQuantity { .. }))
            ));
        }
    }
}
