//! Reads capture histories and says what is wrong with them.

use std::collections::HashMap;

use crate::estimators::loglinear::{Histories, MOST_LISTS};
use crate::estimators::{EstimateError, Reason};
use crate::tables::{Sheet, TableError};

/// The names of the lists and the counts of their histories.
pub(super) fn histories(sheet: &Sheet) -> Result<(Vec<String>, Histories), TableError> {
    let count = sheet.column("count")?;
    let lists: Vec<usize> = (0..sheet.columns().len()).filter(|column| *column != count).collect();
    let names: Vec<String> = lists.iter().map(|column| sheet.columns()[*column].clone()).collect();
    let first = |reason: String| TableError { row: Some(1), ..TableError::whole(reason) };
    if lists.len() > MOST_LISTS {
        let reason = format!("a history of {} lists: at most {MOST_LISTS} can be estimated", lists.len());
        return Err(first(reason));
    }
    if lists.len() < 2 {
        return Err(first(format!(
            "a history of {} list: an estimate needs at least two, one column of 0 and 1 for each, and count",
            lists.len()
        )));
    }
    let mut seen: HashMap<Vec<bool>, usize> = HashMap::new();
    let mut rows = Vec::with_capacity(sheet.len());
    for row in 0..sheet.len() {
        let mut history = Vec::with_capacity(lists.len());
        for column in &lists {
            history.push(match sheet.cell(row, *column) {
                "0" => false,
                "1" => true,
                other => {
                    let reason = format!("{other:?} is neither 0 (not on this list) nor 1 (on it)");
                    return Err(sheet.wrong(row, Some(*column), reason));
                }
            });
        }
        let units = sheet.count(row, count)?;
        if !history.contains(&true) {
            let reason = "a history on no list: how many those are is the question, leave it out";
            return Err(sheet.wrong(row, None, reason));
        }
        if let Some(earlier) = seen.insert(history.clone(), row) {
            let reason = format!("the same history stands in row {} too: add them up first", earlier + 1);
            return Err(sheet.wrong(row, None, reason));
        }
        rows.push((history, units));
    }
    match Histories::of(lists.len(), &rows) {
        Ok(histories) => Ok((names, histories)),
        Err(EstimateError::NotEstimable(refusal)) if refusal.reason == Reason::NothingObserved => {
            let reason = format!("all {} rows have a count of 0: nothing was observed", sheet.len());
            Err(TableError { column: Some("count".to_owned()), ..first(reason) })
        }
        Err(EstimateError::NotEstimable(refusal)) => Err(TableError::whole(refusal.to_string())),
        Err(EstimateError::BadInput(bad)) => Err(sheet.bad(&bad)),
    }
}
