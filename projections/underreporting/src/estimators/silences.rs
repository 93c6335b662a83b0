//! Silence: how likely nothing is for so long, and which silences stand out among many.

use super::{BadInput, quantity, real};

/// `P(no record) = exp(-rate · exposure / φ)`: a Poisson process with `rate` records a unit of exposure, whose records come in
/// clusters of about `φ = dispersion` (quasi-Poisson; McCullagh & Nelder 1989, ch. 6). 1 is plain Poisson.
///
/// Use the centre's shrunken rate, and the resident-days of the silence (or its days, where exposure is unknown). The rate holds the
/// silence too, which makes this cautious: a long silence lowers the rate that it is judged by. A flagged silence is a question
/// to ask, and one that is not flagged is not safety.
///
/// # Errors
/// [`BadInput::NotAQuantity`] for a number that is negative or not finite.
pub fn probability_of_nothing(rate: f64, exposure: f64, dispersion: f64) -> Result<f64, BadInput> {
    let clusters = quantity("rate", rate, 1)? * quantity("exposure", exposure, 1)?;
    Ok((-clusters / quantity("dispersion", dispersion, 1)?.max(1.0)).exp())
}

/// How much more counts of equal times vary than Poisson counts would: their variance over their mean, at least 1.
///
/// A rate that grows or falls over the period counts as variation too, which makes silences of such a centre harder to flag.
#[must_use]
pub fn dispersion(counts: &[u64]) -> f64 {
    let n = real(counts.len() as u64);
    let mean = real(counts.iter().sum()) / n;
    if counts.len() < 2 || mean == 0.0 {
        return 1.0;
    }
    let square: f64 = counts.iter().map(|count| (real(*count) - mean).powi(2)).sum();
    (square / (n - 1.0) / mean).max(1.0)
}

/// Which of many tests stand out when at most `rate` of those flagged may be false: Benjamini & Hochberg 1995 (JRSS B 57:289).
///
/// Sorts the p-values, finds the largest `k` with `p(k) <= rate k / n`, flags the `k` smallest. Returns a flag for each input, in its
/// order. Valid for independent or positively dependent tests.
///
/// # Errors
/// [`BadInput::Row`] for a p-value outside 0 to 1.
pub fn false_discovery(p_values: &[f64], rate: f64) -> Result<Vec<bool>, BadInput> {
    if let Some(row) = p_values.iter().position(|p| !(0.0..=1.0).contains(p)) {
        return Err(BadInput::Row { row: row + 1, problem: "a p-value lies outside 0 to 1" });
    }
    let mut sorted = p_values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let tests = real(sorted.len() as u64);
    let mut threshold = None;
    for (index, p) in sorted.iter().enumerate() {
        if *p <= rate * real(index as u64 + 1) / tests {
            threshold = Some(*p);
        }
    }
    Ok(p_values.iter().map(|p| threshold.is_some_and(|limit| *p <= limit)).collect())
}

/// A time in which a centre wrote nothing, as one look of many.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quiet {
    /// How likely so long a silence is by itself.
    pub p_value: f64,
    /// It still goes on: no record of this centre follows.
    pub open: bool,
}

/// Which silences stand out, when at most `rate` of the centres of which one is flagged may be flagged falsely.
///
/// A centre is asked two things: whether it is silent now (its open silence, by its own p-value), and whether it ever was (the others, the
/// p-value of each being that of the longest of so many, `1 - (1-p)^n`; Šidák 1967). Its p-value is twice the smaller; centres are then
/// compared by [`false_discovery`]. Testing every gap of every centre instead would drown a silence of weeks in hundreds of gaps
/// of hours.
///
/// # Errors
/// [`BadInput::Row`] for a p-value outside 0 to 1; the row is the centre's.
pub fn stand_out(centres: &[Vec<Quiet>], rate: f64) -> Result<Vec<Vec<bool>>, BadInput> {
    let looks: Vec<Vec<f64>> = centres.iter().map(|spans| looks(spans)).collect();
    let least = |looks: &Vec<f64>| looks.iter().copied().fold(1.0, f64::min);
    let of_centres: Vec<f64> = looks.iter().map(least).collect();
    if let Some(row) =
        centres.iter().position(|spans| spans.iter().any(|span| !(0.0..=1.0).contains(&span.p_value)))
    {
        return Err(BadInput::Row { row: row + 1, problem: "a p-value lies outside 0 to 1" });
    }
    let flagged = false_discovery(&of_centres, rate)?;
    let limit =
        of_centres.iter().zip(&flagged).filter(|(_, flag)| **flag).map(|(p, _)| *p).fold(0.0, f64::max);
    Ok(looks
        .iter()
        .zip(flagged)
        .map(|(looks, flagged)| looks.iter().map(|look| flagged && *look <= limit).collect())
        .collect())
}

fn looks(spans: &[Quiet]) -> Vec<f64> {
    let closed = real(spans.iter().filter(|span| !span.open).count() as u64);
    let questions = if closed > 0.0 && spans.iter().any(|span| span.open) { 2.0 } else { 1.0 };
    let look = |span: &Quiet| {
        if span.open { span.p_value } else { -f64::exp_m1(closed * f64::ln_1p(-span.p_value)) }
    };
    spans.iter().map(|span| (questions * look(span)).min(1.0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_silence_stands_out_where_one_of_many_gaps_does_not() {
        let gap = |p_value| Quiet { p_value, open: false };
        let now = |p_value| Quiet { p_value, open: true };
        let usual: Vec<Quiet> = (1..=60).map(|i| gap(f64::from(i) / 61.0)).collect();
        let mut centres = vec![[&usual[..], &[now(0.4)]].concat(); 9];
        centres.push([&usual[..], &[now(0.002)]].concat());
        centres.push([&usual[..], &[gap(0.002), now(0.4)]].concat());
        let flags = stand_out(&centres, 0.05).unwrap();
        let flagged: Vec<usize> = flags.iter().map(|of| of.iter().filter(|flag| **flag).count()).collect();
        assert_eq!(flagged, [0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0]);
        assert!(flags[9][60]);
        assert_eq!(stand_out(&[vec![]], 0.05), Ok(vec![vec![]]));
        assert!(stand_out(&[vec![], vec![now(1.5)]], 0.05).unwrap_err().to_string().contains("row 2"));
    }

    #[test]
    fn nothing_for_a_month_at_one_a_week() {
        let month = probability_of_nothing(1.0 / 7.0, 28.0, 1.0).unwrap();
        assert!((month - (-4.0_f64).exp()).abs() < 1e-15);
        assert_eq!(probability_of_nothing(0.0, 100.0, 1.0), Ok(1.0));
        assert!(probability_of_nothing(1.0, -1.0, 1.0).is_err());
    }

    #[test]
    fn records_that_come_in_clusters_make_a_silence_likelier() {
        // Mean 2, variance (4 + 4 + 4 + 36) / 3 = 16: clusters of eight.
        assert_eq!(dispersion(&[0, 0, 0, 8]), 8.0);
        let (plain, clustered) =
            (probability_of_nothing(1.0, 16.0, 1.0), probability_of_nothing(1.0, 16.0, 8.0));
        assert!(clustered.unwrap() > 0.13 && plain.unwrap() < 1e-6);
        assert_eq!(
            (dispersion(&[3, 3, 3]), dispersion(&[5]), dispersion(&[]), dispersion(&[0, 0])),
            (1.0, 1.0, 1.0, 1.0)
        );
    }

    #[test]
    fn the_example_of_benjamini_and_hochberg() {
        // The fifteen p-values of their paper's section 4; four are rejected at 0.05.
        let p_values = [
            0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719,
            0.6528, 0.7590, 1.0,
        ];
        let flagged = false_discovery(&p_values, 0.05).unwrap();
        assert_eq!(flagged.iter().filter(|flag| **flag).count(), 4);
        assert!(flagged[..4].iter().all(|flag| *flag));
        assert_eq!(false_discovery(&[], 0.05), Ok(vec![]));
        assert!(false_discovery(&[0.5, 1.5], 0.05).unwrap_err().to_string().contains("row 2"));
    }
}
