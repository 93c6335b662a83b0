//! Rates of small centres, drawn towards the network's: an empirical Bayes estimate.

use schemars::JsonSchema;
use serde::Serialize;

use super::poisson::gamma_quantile;
use super::{BadInput, EstimateError, Interval, Level, Reason, quantity, real};

/// What one centre brings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Group {
    /// Records.
    pub count: u64,
    /// Resident-days, or persons.
    pub exposure: f64,
}

/// How rates differ between centres: mean and variance of a gamma distribution.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Prior {
    /// Mean rate: all records over all exposure (`b` of `EBest`).
    pub mean: f64,
    /// Variance between centres beyond chance; 0 when chance explains all differences (`a` of `EBest`).
    pub variance: f64,
}

/// A shrunken rate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Shrunken {
    /// Per unit of exposure.
    pub rate: f64,
    /// Weight of the centre's own figure, 0 (only the network's) to 1 (only its own).
    pub own_weight: f64,
    /// Central interval of the gamma posterior; it leaves out that the prior itself is estimated. Absent where chance
    /// explains all differences between centres: the prior then has no spread to give one.
    pub interval: Option<Interval>,
}

/// The moment estimate of Marshall (1991, Appl. Stat. 40:283): `m = Σy / Σe`, `A = Σ e (y/e - m)² / Σe - m / (Σe / k)`, not below 0.
///
/// Groups without exposure say nothing and are left out.
///
/// # Errors
/// [`Reason::TooFewGroups`] with fewer than two groups that have exposure, [`Reason::NothingObserved`] without any
/// record; [`BadInput::NotAQuantity`] names the row.
pub fn marshall(groups: &[Group]) -> Result<Prior, EstimateError> {
    let exposed = exposed(groups)?;
    let count: f64 = exposed.iter().map(|(count, _)| count).sum();
    let exposure: f64 = exposed.iter().map(|(_, exposure)| exposure).sum();
    let mean = count / exposure;
    let spread: f64 = exposed.iter().map(|(y, e)| e * (y / e - mean).powi(2)).sum::<f64>() / exposure;
    let chance = mean / (exposure / real(exposed.len() as u64));
    Ok(Prior { mean, variance: (spread - chance).max(0.0) })
}

/// Records and exposure of the groups that have any exposure: at least two, with at least one record among them.
pub(super) fn exposed(groups: &[Group]) -> Result<Vec<(f64, f64)>, EstimateError> {
    let mut exposed = Vec::with_capacity(groups.len());
    for (index, group) in groups.iter().enumerate() {
        if quantity("exposure", group.exposure, index + 1)? > 0.0 {
            exposed.push((real(group.count), group.exposure));
        } else if group.count > 0 {
            return Err(BadInput::Row { row: index + 1, problem: "records without any exposure" }.into());
        }
    }
    if exposed.len() < 2 {
        return Err(Reason::TooFewGroups.into());
    }
    if exposed.iter().all(|(count, _)| *count == 0.0) {
        return Err(Reason::NothingObserved.into());
    }
    Ok(exposed)
}

impl Prior {
    /// The centre's rate drawn towards the mean: `w y/e + (1-w) m`, `w = A / (A + m/e)`, which is the mean of the gamma
    /// posterior with shape `m²/A + y` and rate `m/A + e` (Clayton & Kaldor 1987, Biometrics 43:671).
    ///
    /// It protects small centres from being called different by chance; it must not be used to compare honesty, and it
    /// pulls a centre that is silent up to the others only as far as its exposure lets it.
    ///
    /// # Errors
    /// [`BadInput::NotAQuantity`] for an exposure that is negative or not finite.
    pub fn shrink(&self, group: Group, level: Level) -> Result<Shrunken, BadInput> {
        let exposure = quantity("exposure", group.exposure, 1)?;
        if self.variance == 0.0 || exposure == 0.0 {
            let interval = self.between(level);
            return Ok(Shrunken { rate: self.mean, own_weight: 0.0, interval });
        }
        let (shape, rate) =
            (self.mean.powi(2) / self.variance + real(group.count), self.mean / self.variance + exposure);
        let limit = |p| gamma_quantile(shape, p) / rate;
        Ok(Shrunken {
            rate: shape / rate,
            own_weight: self.variance / (self.variance + self.mean / exposure),
            interval: Some(Interval::new(limit(level.tail()), limit(1.0 - level.tail()), level)),
        })
    }

    /// Where the rates of centres lie by the prior alone.
    fn between(&self, level: Level) -> Option<Interval> {
        if self.variance == 0.0 {
            return None;
        }
        let (shape, rate) = (self.mean.powi(2) / self.variance, self.mean / self.variance);
        let limit = |p| gamma_quantile(shape, p) / rate;
        Some(Interval::new(limit(level.tail()), limit(1.0 - level.tail()), level))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(count: u64, exposure: f64) -> Group {
        Group { count, exposure }
    }

    #[test]
    fn two_centres_by_hand() {
        // m = 12/200; spread = (0.04² + 0.04²)/2 = 0.0016; chance = 0.06/100 = 0.0006; A = 0.001.
        let prior = marshall(&[group(2, 100.0), group(10, 100.0), group(0, 0.0)]).unwrap();
        assert!((prior.mean - 0.06).abs() < 1e-12 && (prior.variance - 0.001).abs() < 1e-12);
        // w = 0.001 / (0.001 + 0.0006) = 0.625; 0.625 * 0.02 + 0.375 * 0.06 = 0.035.
        let shrunken = prior.shrink(group(2, 100.0), Level::P95).unwrap();
        assert!((shrunken.rate - 0.035).abs() < 1e-12 && (shrunken.own_weight - 0.625).abs() < 1e-12);
        let interval = shrunken.interval.unwrap();
        assert!(interval.lower < 0.035 && interval.upper.unwrap() > 0.035);
    }

    #[test]
    fn equal_centres_differ_by_chance_only() {
        let prior = marshall(&[group(5, 100.0), group(5, 100.0)]).unwrap();
        assert_eq!(prior.variance, 0.0);
        let shrunken = prior.shrink(group(9, 10.0), Level::P95).unwrap();
        assert_eq!((shrunken.rate, shrunken.interval), (prior.mean, None));
    }

    #[test]
    fn too_little_to_learn_from() {
        assert_eq!(marshall(&[group(5, 100.0), group(0, 0.0)]), Err(Reason::TooFewGroups.into()));
        assert_eq!(marshall(&[group(0, 1.0), group(0, 1.0)]), Err(Reason::NothingObserved.into()));
        assert!(matches!(
            marshall(&[group(1, 1.0), group(1, 0.0)]),
            Err(EstimateError::BadInput(BadInput::Row { row: 2, .. }))
        ));
    }
}
