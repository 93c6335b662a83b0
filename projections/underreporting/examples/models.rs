//! How long all 1,024 pairwise models of five lists take on one core, existence checks included: the best of ten runs.
//!
//! `cargo run --release -p nabij-underreporting --example models`; `models.py` beside it times the same fits in statsmodels.

use std::time::Instant;

use nabij_underreporting::estimators::loglinear::Histories;
use nabij_underreporting::estimators::loglinear::select::{Criterion, compare};

/// Five lists of unequal size with empty cells, one row a cell in binary order from 1: also in `models.py`.
const CELLS: [u64; 31] =
    [52, 90, 6, 114, 4, 6, 1, 45, 2, 1, 0, 5, 1, 1, 0, 21, 5, 2, 0, 4, 1, 1, 0, 3, 0, 1, 0, 1, 0, 0, 0];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let rows: Vec<(Vec<bool>, u64)> = (1..32_usize)
        .map(|cell| ((0..5).map(|list| cell >> list & 1 == 1).collect(), CELLS[cell - 1]))
        .collect();
    let histories = Histories::of(5, &rows)?;
    let mut best = f64::INFINITY;
    for _ in 0..10 {
        let start = Instant::now();
        let compared = compare(&histories);
        best = best.min(start.elapsed().as_secs_f64());
        assert_eq!(compared.models.len(), 1_024);
    }
    let compared = compare(&histories);
    let (fitted, bic) = (compared.fitted().count(), compared.best(Criterion::Bic).map(|best| best.estimate));
    let estimate = bic.map_or("none".to_owned(), |estimate| format!("{estimate:.3}"));
    println!("{{\"models\": 1024, \"fitted\": {fitted}, \"best_bic\": {estimate}, \"seconds\": {best:.4}}}");
    Ok(())
}
