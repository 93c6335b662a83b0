//! Whether a table has a maximum of the likelihood, and only one, before anything is fitted.

use microlp::{ComparisonOp, OptimizationDirection, Problem};
use nalgebra::DMatrix;
use schemars::JsonSchema;
use serde::Serialize;

/// Entries are sums of a few ones: what is smaller is rounding.
const ZERO: f64 = 1e-9;

/// What can be said of a model and a table before the fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Check {
    /// The likelihood has a maximum (parameters of empty overlaps at minus infinity).
    pub exists: bool,
    /// Its parameters are determined: the rank test.
    pub identifiable: bool,
}

/// The linear programme of Fienberg & Rinaldo (2012, Ann. Stat. 40:996), and the rank test.
///
/// The maximum exists unless some direction `γ` leaves the mean of every cell with a unit as it is (`aγ = 0`) and lowers that of an
/// empty cell without raising any other (`aγ <= 0`): then the likelihood rises for ever along it. Such directions lie in the null
/// space of the rows of cells with a unit; where that is nothing, there is nothing to solve. Written so, the programme
/// holds only zeros and ones and no counts, so its answer does not hang on how large they are.
///
/// `seen` are the rows of the design of cells with a unit, `empty` those of the other cells that take part.
pub(super) fn check(seen: Vec<Vec<f64>>, empty: &[Vec<f64>], parameters: usize) -> Check {
    let free = null_space(seen, parameters);
    if free.is_empty() {
        return Check { exists: true, identifiable: true };
    }
    let moved: Vec<Vec<f64>> = empty
        .iter()
        .map(|row| {
            free.iter().map(|way| row.iter().zip(way).map(|(a, b)| a * b).sum::<f64>()).collect::<Vec<_>>()
        })
        .filter(|slopes: &Vec<f64>| slopes.iter().any(|slope| slope.abs() > ZERO))
        .collect();
    // Directions that move no cell at all are those that the rank test is about.
    let identifiable = null_space(moved.clone(), free.len()).is_empty();
    Check { exists: !descends(&moved, free.len()), identifiable }
}

/// Whether a cell can be lowered while none is raised.
fn descends(moved: &[Vec<f64>], ways: usize) -> bool {
    if moved.is_empty() {
        return false;
    }
    let mut problem = Problem::new(OptimizationDirection::Maximize);
    let along: Vec<_> = (0..ways).map(|_| problem.add_var(0.0, (f64::NEG_INFINITY, f64::INFINITY))).collect();
    for slopes in moved {
        let fall = problem.add_var(1.0, (0.0, 1.0));
        let mut sum: Vec<_> = along.iter().copied().zip(slopes.iter().copied()).collect();
        sum.push((fall, 1.0));
        problem.add_constraint(&sum[..], ComparisonOp::Eq, 0.0);
    }
    // Directions are a cone: where any cell falls, one falls by 1. A programme that fails lets nothing through.
    match problem.solve() {
        Ok(outcome) => outcome.into_solution().map_or(true, |solution| solution.objective() > 0.5),
        Err(_) => true,
    }
}

/// A basis of all `γ` with `rows γ = 0`, by elimination with full rows of small numbers.
fn null_space(rows: Vec<Vec<f64>>, columns: usize) -> Vec<Vec<f64>> {
    let mut matrix = DMatrix::from_fn(rows.len(), columns, |row, column| rows[row][column]);
    let mut pivots = Vec::new();
    for column in 0..columns {
        let from = pivots.len();
        let Some(best) = (from..matrix.nrows())
            .max_by(|a, b| matrix[(*a, column)].abs().total_cmp(&matrix[(*b, column)].abs()))
            .filter(|row| matrix[(*row, column)].abs() > ZERO)
        else {
            continue;
        };
        matrix.swap_rows(from, best);
        let pivot = matrix[(from, column)];
        for at in column..columns {
            matrix[(from, at)] /= pivot;
        }
        for other in (0..matrix.nrows()).filter(|row| *row != from) {
            let factor = matrix[(other, column)];
            if factor != 0.0 {
                for at in column..columns {
                    let above = matrix[(from, at)];
                    matrix[(other, at)] -= factor * above;
                }
            }
        }
        pivots.push(column);
    }
    (0..columns)
        .filter(|column| !pivots.contains(column))
        .map(|free| {
            let mut way = vec![0.0; columns];
            way[free] = 1.0;
            for (row, pivot) in pivots.iter().enumerate() {
                way[*pivot] = -matrix[(row, free)];
            }
            way
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_that_only_falls_has_no_maximum() {
        // Two cells of their own: one seen, one empty.
        let own = check(vec![vec![1.0, 0.0]], &[vec![0.0, 1.0]], 2);
        assert_eq!(own, Check { exists: false, identifiable: true });
        // The empty cell shares its only parameter with a seen one.
        let shared = check(vec![vec![1.0]], &[vec![1.0]], 1);
        assert_eq!(shared, Check { exists: true, identifiable: true });
        // What lowers one empty cell raises another: neither can fall.
        let held = check(vec![vec![1.0, 0.0]], &[vec![1.0, 1.0], vec![1.0, -1.0]], 2);
        assert_eq!(held, Check { exists: true, identifiable: true });
    }

    #[test]
    fn a_parameter_that_no_cell_holds_is_not_identifiable() {
        let loose = check(vec![vec![1.0, 0.0]], &[vec![1.0, 0.0]], 2);
        assert_eq!(loose, Check { exists: true, identifiable: false });
        assert!(!check(vec![], &[], 1).identifiable);
    }
}
