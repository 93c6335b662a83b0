//! Whether a second person, who had not seen the first severity, judged alike.

use nabij_model::signal::Severity;

use super::basis::Basis;
use super::suppression::parts;
use super::{Figure, Viewer, method};
use crate::estimators::kappa::{Agreement, Weights, weighted_kappa};
use crate::estimators::{BadInput, Level};
use crate::reader::{Counted, JudgedTwice};

/// The scale that both judge on; `unsure` is no judgement.
const SCALE: [Severity; 4] = [Severity::Low, Severity::Moderate, Severity::High, Severity::Acute];

/// Pairs of judgements, first by second, and which way they differ.
pub(super) struct Pairs {
    table: Vec<Vec<u64>>,
    pub(super) higher: u64,
    pub(super) lower: u64,
    pub(super) same: u64,
}

impl Pairs {
    pub(super) fn of(here: &[&Counted<JudgedTwice>]) -> Self {
        let table = vec![vec![0; SCALE.len()]; SCALE.len()];
        let mut pairs = Self { table, higher: 0, lower: 0, same: 0 };
        let place = |severity: Severity| SCALE.iter().position(|step| *step == severity);
        let judged = here.iter().flat_map(|one| one.by.pairs.iter().map(|pair| (pair, one.count)));
        for ((first, second), count) in judged {
            if let (Some(row), Some(column)) = (place(*first), place(*second)) {
                pairs.table[row][column] += count;
                *match second.cmp(first) {
                    std::cmp::Ordering::Greater => &mut pairs.higher,
                    std::cmp::Ordering::Less => &mut pairs.lower,
                    std::cmp::Ordering::Equal => &mut pairs.same,
                } += count;
            }
        }
        pairs
    }

    pub(super) fn total(&self) -> u64 {
        self.higher + self.lower + self.same
    }
}

pub(super) fn agreement(
    here: &[&Counted<JudgedTwice>],
    basis: &Basis,
    viewer: Viewer,
) -> Result<Figure<Agreement>, BadInput> {
    let counted = Pairs::of(here);
    let (cells, pairs) = parts(&[counted.higher, counted.lower, counted.same], viewer);
    let inputs =
        [("pairs", pairs), ("second_higher", cells[0]), ("second_lower", cells[1]), ("same", cells[2])];
    basis.figure(method::AGREEMENT, inputs, || weighted_kappa(&counted.table, Weights::Linear, Level::P95))
}
