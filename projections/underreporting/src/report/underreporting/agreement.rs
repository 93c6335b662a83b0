//! Whether a second person, who had not seen the first severity, judged alike.

use nabij_model::signal::Severity;

use crate::estimators::kappa::{Agreement, Weights, weighted_kappa};
use crate::estimators::{BadInput, Level};
use crate::report::basis::Basis;
use crate::report::counted::Counted;
use crate::report::suppression::parts;
use crate::report::{Figure, Viewer, method};

/// The scale that both judge on; `unsure` is no judgement.
const SCALE: [Severity; 4] = [Severity::Low, Severity::Moderate, Severity::High, Severity::Acute];

pub(super) fn agreement(
    here: &[&Counted],
    basis: &Basis,
    viewer: Viewer,
) -> Result<Figure<Agreement>, BadInput> {
    let mut table = vec![vec![0_u64; SCALE.len()]; SCALE.len()];
    let place = |severity: Severity| SCALE.iter().position(|step| *step == severity);
    let (mut higher, mut lower, mut same) = (0_u64, 0, 0);
    let judged =
        here.iter().flat_map(|one| one.group.judged_twice.iter().map(|pair| (pair, one.group.count)));
    for ((first, second), count) in judged {
        if let (Some(row), Some(column)) = (place(*first), place(*second)) {
            table[row][column] += count;
            *match second.cmp(first) {
                std::cmp::Ordering::Greater => &mut higher,
                std::cmp::Ordering::Less => &mut lower,
                std::cmp::Ordering::Equal => &mut same,
            } += count;
        }
    }
    let (cells, pairs) = parts(&[higher, lower, same], viewer);
    let inputs =
        [("pairs", pairs), ("second_higher", cells[0]), ("second_lower", cells[1]), ("same", cells[2])];
    basis.figure(method::AGREEMENT, inputs, || weighted_kappa(&table, Weights::Linear, Level::P95))
}
