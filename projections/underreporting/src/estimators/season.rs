//! How few records a week may hold before they are few for that time of the year.

use nalgebra::DMatrix;
use schemars::JsonSchema;
use serde::Serialize;
use statrs::distribution::{DiscreteCDF, NegativeBinomial, Poisson};

use super::loglinear::glm::{Maximum, Rows, maximise};
use super::{BadInput, EstimateError, Reason, quantity, real};

/// What a series is like when nothing is wrong.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Seasonal {
    /// Expected at each time.
    pub expected: Vec<f64>,
    /// How much counts vary beyond chance, at least 1.
    pub dispersion: f64,
    /// Probability of so few, or fewer, at each time.
    pub p_values: Vec<f64>,
    /// A season could be told: the series spans at least two years.
    pub with_season: bool,
}

/// A quasi-Poisson regression on trend and season, `ln μ = ln e + a + b t + c sin 2πt/s + d cos 2πt/s` (`s = per_year` times a year),
/// dispersion `φ = X²/(n - p)`, at least 1 (Farrington et al. 1996, JRSS A 159:547); the probability of so few by the negative binomial of
/// that mean and variance `φ μ` (Noufaily et al. 2013, Stat. Med. 32:1206). Looks down where they look up.
///
/// With less than two years there is no season to learn, and with fewer than 52 times no trend either. It learns from the series
/// that it judges, drops included: it is cautious. A centre that never wrote anything cannot be judged by itself.
///
/// # Errors
/// [`Reason::NothingObserved`] without any record; [`Reason::TooFewGroups`] for fewer than eight times with exposure; [`BadInput`] for
/// exposures that are none.
pub fn seasonal(counts: &[u64], exposure: &[f64], per_year: f64) -> Result<Seasonal, EstimateError> {
    if counts.len() != exposure.len() {
        let row = counts.len().min(exposure.len()) + 1;
        return Err(BadInput::Row { row, problem: "a count without its exposure, or the other way" }.into());
    }
    for (index, exposed) in exposure.iter().enumerate() {
        if quantity("exposure", *exposed, index + 1)? == 0.0 && counts[index] > 0 {
            return Err(BadInput::Row { row: index + 1, problem: "records without any exposure" }.into());
        }
    }
    let live: Vec<bool> = exposure.iter().map(|exposed| *exposed > 0.0).collect();
    let times = live.iter().filter(|live| **live).count();
    if times < 8 {
        return Err(Reason::TooFewGroups.into());
    }
    if counts.iter().all(|count| *count == 0) {
        return Err(Reason::NothingObserved.into());
    }
    let with_season = real(times as u64) >= 2.0 * per_year;
    let columns = if with_season { 4 } else { 1 + usize::from(times >= 52) };
    // A regression that does not settle (all records in one week, for example) leaves the plain mean.
    let (maximum, columns) = match regression(counts, exposure, &live, per_year, columns) {
        Some(maximum) => (maximum, columns),
        None => (regression(counts, exposure, &live, per_year, 1).ok_or(Reason::NothingObserved)?, 1),
    };
    let pearson: f64 = counts
        .iter()
        .zip(&maximum.means)
        .filter(|(_, mean)| **mean > 0.0)
        .map(|(count, mean)| (real(*count) - mean).powi(2) / mean)
        .sum();
    let dispersion = (pearson / real((times - columns) as u64)).max(1.0);
    let p_values = counts.iter().zip(&maximum.means).map(|(count, mean)| so_few(*count, *mean, dispersion));
    Ok(Seasonal {
        p_values: p_values.collect(),
        expected: maximum.means,
        dispersion,
        with_season: columns == 4,
    })
}

fn regression(
    counts: &[u64],
    exposure: &[f64],
    live: &[bool],
    per_year: f64,
    columns: usize,
) -> Option<Maximum> {
    let middle = real(counts.len() as u64) / 2.0;
    let columns = DMatrix::from_fn(counts.len(), columns, |row, column| {
        let time = real(row as u64);
        let angle = std::f64::consts::TAU * time / per_year;
        [1.0, (time - middle) / per_year, angle.sin(), angle.cos()][column]
    });
    let offset = exposure.iter().map(|exposed| if *exposed > 0.0 { exposed.ln() } else { 0.0 }).collect();
    let counts: Vec<f64> = counts.iter().map(|count| real(*count)).collect();
    maximise(&Rows { columns, offset }, &counts, live, None)
}

/// `P(Y <= count)` of a count with this mean and variance `dispersion · mean`.
#[must_use]
pub fn so_few(count: u64, mean: f64, dispersion: f64) -> f64 {
    if mean <= 0.0 {
        return 1.0;
    }
    if dispersion > 1.0 + 1e-9 {
        // r successes at p: mean r (1-p)/p, variance mean / p.
        let clustered = NegativeBinomial::new(mean / (dispersion - 1.0), 1.0 / dispersion);
        clustered.map_or(1.0, |distribution| distribution.cdf(count))
    } else {
        Poisson::new(mean).map_or(1.0, |distribution| distribution.cdf(count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three years of weeks that swing between about 4 and about 20.
    fn swinging() -> Vec<u64> {
        (0..156_u32)
            .map(|week| {
                let swing = (std::f64::consts::TAU * f64::from(week) / 52.0).sin();
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small count")]
                let count = (12.0 + 8.0 * swing).round() as u64;
                count
            })
            .collect()
    }

    #[test]
    fn four_are_few_in_a_busy_season_only() {
        let mut counts = swinging();
        let quiet = seasonal(&counts, &[1.0; 156], 52.0).unwrap();
        assert!(quiet.with_season && quiet.dispersion == 1.0);
        // Week 39 is the bottom of the first year: four are usual there.
        assert!(counts[39] == 4 && quiet.p_values[39] > 0.05);
        // Week 65 is the top of the second.
        counts[65] = 4;
        let dropped = seasonal(&counts, &[1.0; 156], 52.0).unwrap();
        assert!(dropped.p_values[65] < 0.001, "{}", dropped.p_values[65]);
    }

    #[test]
    fn so_few_is_poisson_without_clusters_and_likelier_with() {
        assert!((so_few(0, 3.0, 1.0) - (-3.0_f64).exp()).abs() < 1e-12);
        // Negative binomial at zero: p^r = (1/3)^(3/2).
        assert!((so_few(0, 3.0, 3.0) - (1.0_f64 / 3.0).powf(1.5)).abs() < 1e-9);
        assert_eq!(so_few(0, 0.0, 1.0), 1.0);
    }

    #[test]
    fn too_short_empty_and_contradicting_series_are_refused() {
        assert_eq!(seasonal(&[1; 7], &[1.0; 7], 52.0), Err(Reason::TooFewGroups.into()));
        assert_eq!(seasonal(&[0; 9], &[1.0; 9], 52.0), Err(Reason::NothingObserved.into()));
        assert!(matches!(seasonal(&[1], &[], 52.0), Err(EstimateError::BadInput(_))));
        let mut exposure = [1.0; 9];
        exposure[4] = 0.0;
        assert!(seasonal(&[1; 9], &exposure, 52.0).unwrap_err().to_string().contains("row 5"));
    }
}
