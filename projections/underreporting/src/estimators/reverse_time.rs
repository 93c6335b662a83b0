//! Recent periods corrected for what is still to come, from delays of which only the finished ones are known.

use schemars::JsonSchema;
use serde::Serialize;

use super::{BadInput, EstimateError, Interval, Level, Reason, real};

/// One record whose delay is known: it arrived `delay` periods after it began, and could have been seen up to `window` periods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrived {
    /// Whole periods from start to arrival.
    pub delay: u32,
    /// Whole periods from start to the end of observation: not less than the delay.
    pub window: u32,
}

/// The share that has arrived by a delay.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Arrival {
    /// Periods since the start.
    pub delay: u32,
    /// Share that arrived by then, of all that arrive within the longest window.
    pub share: f64,
    /// Standard error.
    pub se: f64,
    /// Records at this delay.
    pub here: u64,
    /// Records that could have been seen at this delay and arrived by it.
    pub at_risk: u64,
}

/// A recent period, corrected.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Corrected {
    /// Arrived so far.
    pub arrived: u64,
    /// Expected in the end.
    pub expected: f64,
    /// Its interval: what is unsure in the shares, and by chance in what is still to come.
    pub interval: Interval,
}

/// The product limit in reverse time: `F(d) = Π_{j>d} (1 - n_j / N_j)`, `n_j` records of delay `j`, `N_j` those of delay at most `j` whose window
/// is at least `j`; `se = F √Σ n_j / N_j (N_j - n_j)` (Lagakos, Barraj & De Gruttola 1988, Biometrika 75:515; Kalbfleisch & Lawless 1989).
///
/// Only finished delays are needed: what has not arrived is not known to exist. Shares are of what arrives within the longest window;
/// what takes longer, or never comes, is in no figure.
///
/// # Errors
/// [`Reason::NoUnits`]; [`BadInput::Row`] for a delay longer than its window.
pub fn arrivals(records: &[Arrived]) -> Result<Vec<Arrival>, EstimateError> {
    if let Some(row) = records.iter().position(|record| record.delay > record.window) {
        return Err(BadInput::Row { row: row + 1, problem: "it arrived after the end of observation" }.into());
    }
    let Some(longest) = records.iter().map(|record| record.window).max() else {
        return Err(Reason::NoUnits.into());
    };
    let (mut share, mut greenwood) = (1.0, 0.0);
    let mut arrivals = Vec::new();
    for delay in (0..=longest).rev() {
        let here = records.iter().filter(|record| record.delay == delay).count() as u64;
        let at_risk =
            records.iter().filter(|record| record.delay <= delay && record.window >= delay).count() as u64;
        arrivals.push(Arrival { delay, share, se: share * f64::sqrt(greenwood), here, at_risk });
        if here > 0 {
            share *= 1.0 - real(here) / real(at_risk);
            if at_risk > here {
                greenwood += real(here) / (real(at_risk) * real(at_risk - here));
            }
        }
    }
    arrivals.reverse();
    Ok(arrivals)
}

/// `arrived / F(window)` for a period that began `window` periods before the end of observation.
///
/// Variance by the delta method, `(e se/F)² + e (1-F)/F`, on the log scale of what is expected. `None` when no share has arrived by then: then
/// nothing tells how much is still to come, and few so far is no sign of few.
#[must_use]
pub fn corrected(arrived: u64, window: u32, arrivals: &[Arrival], level: Level) -> Option<Corrected> {
    let by = arrivals.iter().rev().find(|arrival| arrival.delay <= window)?;
    if by.share <= 0.0 {
        return None;
    }
    let expected = real(arrived) / by.share;
    let variance = (expected * by.se / by.share).powi(2) + expected * (1.0 - by.share) / by.share;
    let spread = if expected > 0.0 { (level.z() * variance.sqrt() / expected).exp() } else { 1.0 };
    let interval = Interval::new((expected / spread).max(real(arrived)), expected * spread, level);
    Some(Corrected { arrived, expected, interval })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(of: &[(u32, u32, usize)]) -> Vec<Arrived> {
        of.iter()
            .flat_map(|(delay, window, times)| vec![Arrived { delay: *delay, window: *window }; *times])
            .collect()
    }

    #[test]
    fn it_is_the_chain_ladder_of_counts() {
        // Two full periods of (6, 3, 1), one seen for two ages (6, 3), one for one (6).
        let seen = records(&[(0, 2, 12), (1, 2, 6), (2, 2, 2), (0, 1, 6), (1, 1, 3), (0, 0, 6)]);
        let arrivals = arrivals(&seen).unwrap();
        let shares: Vec<f64> = arrivals.iter().map(|arrival| arrival.share).collect();
        assert!((shares[0] - 0.6).abs() < 1e-12 && (shares[1] - 0.9).abs() < 1e-12 && shares[2] == 1.0);
        let latest = corrected(6, 0, &arrivals, Level::P95).unwrap();
        assert!((latest.expected - 10.0).abs() < 1e-9);
        assert!(latest.interval.lower >= 6.0 && latest.interval.upper.unwrap() > 10.0);
        let triangle = [vec![6.0, 9.0, 10.0], vec![6.0, 9.0], vec![6.0]];
        let ladder = crate::estimators::chain_ladder::chain_ladder(&triangle).unwrap();
        assert!((ladder.periods[2].ultimate - latest.expected).abs() < 1e-9);
    }

    #[test]
    fn a_share_that_never_arrived_so_early_corrects_nothing() {
        let late = arrivals(&records(&[(2, 2, 5)])).unwrap();
        assert_eq!(late[0].share, 0.0);
        assert_eq!(corrected(0, 0, &late, Level::P95), None);
    }

    #[test]
    fn nobody_and_arrivals_from_the_future_are_refused() {
        assert_eq!(arrivals(&[]), Err(Reason::NoUnits.into()));
        assert!(arrivals(&records(&[(1, 2, 1), (3, 2, 1)])).unwrap_err().to_string().contains("row 2"));
    }
}
