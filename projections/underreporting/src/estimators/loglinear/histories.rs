//! How many units each combination of lists captured.

use crate::estimators::{BadInput, EstimateError, Reason};

/// More lists than anybody links: `2^12` cells, most of them empty.
pub const MOST_LISTS: usize = 12;

/// Counts of capture histories. A cell is a set of lists, one bit a list, the first list the lowest bit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Histories {
    lists: usize,
    /// One count a cell; cell 0, on no list, is unknown and holds 0.
    cells: Vec<u64>,
}

impl Histories {
    /// From rows of a history and how many units have it; a history that is not named has none.
    ///
    /// # Errors
    /// [`BadInput::Row`] names the row of a history that is of another length, stands twice or is on no list;
    /// [`Reason::OneList`], [`Reason::NothingObserved`].
    pub fn of(lists: usize, rows: &[(Vec<bool>, u64)]) -> Result<Self, EstimateError> {
        if lists > MOST_LISTS {
            return Err(BadInput::Row { row: 1, problem: "more than 12 lists" }.into());
        }
        let mut cells = vec![0; 1 << lists];
        let mut named = vec![false; 1 << lists];
        for (index, (history, count)) in rows.iter().enumerate() {
            let wrong = |problem| BadInput::Row { row: index + 1, problem };
            if history.len() != lists {
                return Err(wrong("a history has not one digit a list").into());
            }
            let cell: usize = history.iter().enumerate().map(|(list, on)| usize::from(*on) << list).sum();
            if cell == 0 {
                return Err(wrong("a history on no list: how many those are is the question").into());
            }
            if std::mem::replace(&mut named[cell], true) {
                return Err(wrong("the same history stands in an earlier row too").into());
            }
            cells[cell] = *count;
        }
        let histories = Self { lists, cells };
        if lists < 2 {
            return Err(Reason::OneList.into());
        }
        if histories.observed() == 0 {
            return Err(Reason::NothingObserved.into());
        }
        Ok(histories)
    }

    /// The same lists with other counts, one a cell.
    #[must_use]
    pub(super) fn with_cells(&self, cells: Vec<u64>) -> Self {
        Self { lists: self.lists, cells }
    }

    /// How many lists.
    #[must_use]
    pub fn lists(&self) -> usize {
        self.lists
    }

    /// One count a cell, cell 0 (unknown) 0.
    #[must_use]
    pub fn cells(&self) -> &[u64] {
        &self.cells
    }

    /// Units on at least one list.
    #[must_use]
    pub fn observed(&self) -> u64 {
        self.cells.iter().sum()
    }

    /// Units on all lists of `term`, whatever other lists they are on.
    #[must_use]
    pub fn on_all(&self, term: usize) -> u64 {
        self.cells.iter().enumerate().filter(|(cell, _)| cell & term == term).map(|(_, count)| count).sum()
    }

    /// Units on exactly `times` lists.
    #[must_use]
    pub fn captured(&self, times: u32) -> u64 {
        self.cells.iter().enumerate().filter(|(cell, _)| cell.count_ones() == times).map(|(_, n)| n).sum()
    }

    /// Captures of all units together.
    #[must_use]
    pub fn captures(&self) -> u64 {
        self.cells.iter().enumerate().map(|(cell, count)| u64::from(cell.count_ones()) * count).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(of: &[(&str, u64)]) -> Vec<(Vec<bool>, u64)> {
        of.iter().map(|(digits, count)| (digits.chars().map(|c| c == '1').collect(), *count)).collect()
    }

    #[test]
    fn margins_count_every_cell_above_a_term() {
        let histories = Histories::of(3, &rows(&[("100", 5), ("110", 3), ("111", 2), ("001", 1)])).unwrap();
        assert_eq!((histories.observed(), histories.on_all(0b011), histories.on_all(0b100)), (11, 5, 3));
        assert_eq!((histories.captured(1), histories.captured(2), histories.captures()), (6, 3, 18));
    }

    #[test]
    fn a_wrong_row_is_named_and_one_list_or_nothing_is_refused() {
        let error = |lists, of: &[(&str, u64)]| Histories::of(lists, &rows(of)).unwrap_err();
        assert!(error(2, &[("10", 1), ("10", 2)]).to_string().contains("row 2"));
        assert!(error(2, &[("10", 1), ("00", 2)]).to_string().contains("row 2"));
        assert!(error(2, &[("101", 1)]).to_string().contains("row 1"));
        assert_eq!(error(1, &[("1", 4)]), Reason::OneList.into());
        assert_eq!(error(2, &[("10", 0)]), Reason::NothingObserved.into());
        assert!(matches!(error(20, &[]), EstimateError::BadInput(_)));
    }
}
