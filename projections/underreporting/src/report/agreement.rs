//! Whether a second person, who had not seen the first severity, judged alike.

use nabij_model::signal::Severity;

use super::basis::Basis;
use super::{Cell, Figure, Viewer, banded, method};
use crate::estimators::kappa::{Agreement, Weights, weighted_kappa};
use crate::estimators::{BadInput, Level, Reason};
use crate::reader::JudgedTwice;

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
    pub(super) fn of(here: &[&JudgedTwice]) -> Self {
        let table = vec![vec![0; SCALE.len()]; SCALE.len()];
        let mut pairs = Self { table, higher: 0, lower: 0, same: 0 };
        let place = |severity: Severity| SCALE.iter().position(|step| *step == severity);
        let judged = here.iter().flat_map(|one| one.pairs.iter().map(|pair| (pair, one.count)));
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
    here: &[&JudgedTwice],
    basis: &Basis,
    viewer: Viewer,
) -> Result<Figure<Agreement>, BadInput> {
    let counted = Pairs::of(here);
    let cell = |count| Cell::for_viewer(count, viewer);
    let inputs = [
        ("pairs", cell(counted.total())),
        ("second_higher", cell(counted.higher)),
        ("second_lower", cell(counted.lower)),
        ("same", cell(counted.same)),
    ];
    basis.in_bands(method::AGREEMENT, inputs, || {
        // Kappa of a small table follows from few tables: with the bands of the others it would tell a count that is hidden.
        if [counted.higher, counted.lower, counted.same].into_iter().any(|count| viewer.hides(count)) {
            return Err(Reason::Suppressed.into());
        }
        let agreement = weighted_kappa(&counted.table, Weights::Linear, Level::P95)?;
        Ok(banded::agreement(agreement, viewer))
    })
}
