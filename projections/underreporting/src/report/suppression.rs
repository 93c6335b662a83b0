//! Hides counts of 1 to 4, and whatever else would give them away by subtraction.
//!
//! Primary: a count of 1 to 4. Complementary: in every row and column of a table whose margins are shown, no hidden cell may follow from
//! the others; where it would, the smallest count that still shows is hidden too (Hundepool et al. 2012, Statistical Disclosure
//! Control, ch. 4). Two reports with slightly different filters can still be subtracted from each other: the interface
//! limits who may ask, this module cannot.

use super::{Cell, Viewer};

/// Whether a count points at few enough people to recognise them.
pub(crate) fn small(count: u64) -> bool {
    (1..=4).contains(&count)
}

/// What everybody may know of a hidden count: between which two numbers it lies.
pub(crate) type Range = (u64, u64);

/// What hiding says about a small count.
const SMALL: Range = (1, 4);

/// A table of counts with its margins: the last row holds column totals, the last column row totals.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    counts: Vec<Vec<u64>>,
    hidden: Vec<Vec<Option<Range>>>,
}

impl Table {
    /// Adds margins to the rows of counts, all of the same length.
    pub(crate) fn new(rows: &[Vec<u64>]) -> Self {
        let width = rows.first().map_or(0, Vec::len);
        let mut counts: Vec<Vec<u64>> =
            rows.iter().map(|row| row.iter().copied().chain([row.iter().sum()]).collect()).collect();
        counts.push((0..=width).map(|column| counts.iter().map(|row| row[column]).sum()).collect());
        let hidden = counts.iter().map(|row| vec![None; row.len()]).collect();
        Self { counts, hidden }
    }

    /// Hides what `viewer` may not see.
    pub(crate) fn for_viewer(mut self, viewer: Viewer) -> Self {
        if viewer == Viewer::Other {
            self.hide(|_, count| small(count).then_some(SMALL));
        }
        self
    }

    /// Hides what `primary` says (of a column and a count: what hiding it tells), then all that would give it away.
    pub(crate) fn hide(&mut self, primary: impl Fn(usize, u64) -> Option<Range>) {
        for (row, counts) in self.counts.iter().enumerate() {
            for (column, count) in counts.iter().enumerate() {
                let hidden = &mut self.hidden[row][column];
                *hidden = hidden.or_else(|| primary(column, *count));
            }
        }
        while let Some((row, column)) = self.next_to_hide() {
            // Who knows this rule knows that a count is hidden for the sake of others only when it may be shown itself.
            let least = match self.counts[row][column] {
                0 => 0,
                count if small(count) => 1,
                _ => 5,
            };
            self.hidden[row][column] = Some((least, u64::MAX));
        }
    }

    /// Hides the margins that another table of the same total hides. True when that changed anything.
    pub(crate) fn hide_margins_of(&mut self, other: &Self) -> bool {
        let (Some(own), Some(theirs)) = (self.hidden.last_mut(), other.hidden.last()) else { return false };
        let before = own.clone();
        own.iter_mut().zip(theirs).for_each(|(own, theirs)| *own = own.or(*theirs));
        let changed = *own != before;
        if changed {
            self.hide(|_, _| None);
        }
        changed
    }

    /// The cell at a row and column; the last of each is a margin.
    pub(crate) fn cell(&self, row: usize, column: usize) -> Cell {
        if self.hidden[row][column].is_some() { Cell::HIDDEN } else { Cell::shown(self.counts[row][column]) }
    }

    /// The row of column totals.
    pub(crate) fn totals(&self) -> usize {
        self.counts.len() - 1
    }

    /// The column of row totals.
    pub(crate) fn total(&self) -> usize {
        self.counts[0].len() - 1
    }

    fn next_to_hide(&self) -> Option<(usize, usize)> {
        let (height, width) = (self.counts.len(), self.counts[0].len());
        let rows = (0..height).map(|row| (0..width).map(|column| (row, column)).collect::<Vec<_>>());
        let columns = (0..width).map(|column| (0..height).map(|row| (row, column)).collect::<Vec<_>>());
        rows.chain(columns).find_map(|line| {
            if !self.gives_away(&line) {
                return None;
            }
            // An inner cell first: a total is worth more than one part of it.
            let (total, parts) = line.split_last()?;
            let shown = |at: &&(usize, usize)| self.hidden[at.0][at.1].is_none();
            parts
                .iter()
                .filter(shown)
                .min_by_key(|at| (self.counts[at.0][at.1] == 0, self.counts[at.0][at.1]))
                .or_else(|| Some(total).filter(shown))
                .copied()
        })
    }

    /// Whether a hidden count of this line follows from what is shown in it and from what hiding tells.
    fn gives_away(&self, line: &[(usize, usize)]) -> bool {
        let hidden: Vec<_> =
            line.iter().filter_map(|at| Some((self.counts[at.0][at.1], self.hidden[at.0][at.1]?))).collect();
        let Some((total, _)) = line.split_last() else { return false };
        if hidden.len() < 2 || self.hidden[total.0][total.1].is_some() {
            return hidden.len() == 1;
        }
        let sum: u64 = hidden.iter().map(|(count, _)| count).sum();
        hidden.iter().enumerate().any(|(one, (_, (least, most)))| {
            let others =
                hidden.iter().enumerate().filter(|(other, _)| *other != one).map(|(_, (_, range))| range);
            let (low, high) = others.fold((0_u64, 0_u64), |(low, high), (least, most)| {
                (low.saturating_add(*least), high.saturating_add(*most))
            });
            (*least).max(sum.saturating_sub(high)) >= (*most).min(sum.saturating_sub(low))
        })
    }
}

/// The parts of one total, and the total, as `viewer` may see them.
pub(crate) fn parts(counts: &[u64], viewer: Viewer) -> (Vec<Cell>, Cell) {
    if counts.is_empty() {
        return (vec![], Cell::shown(0));
    }
    let table = Table::new(&[counts.to_vec()]).for_viewer(viewer);
    ((0..counts.len()).map(|column| table.cell(0, column)).collect(), table.cell(0, table.total()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(counts: &[u64]) -> (Vec<Option<u64>>, Option<u64>) {
        let (cells, total) = parts(counts, Viewer::Other);
        (cells.iter().map(|cell| cell.count).collect(), total.count)
    }

    #[test]
    fn one_small_part_takes_the_next_smallest_with_it() {
        assert_eq!(shown(&[3, 40, 9, 0]), (vec![None, Some(40), None, Some(0)], Some(52)));
        assert_eq!(shown(&[30, 40]), (vec![Some(30), Some(40)], Some(70)));
        assert_eq!(parts(&[3, 40], Viewer::Analyst).0[0].count, Some(3));
    }

    #[test]
    fn a_total_of_one_part_or_a_small_total_goes_too() {
        assert_eq!(shown(&[3]), (vec![None], None));
        assert_eq!(shown(&[0, 0, 2]).1, None);
        assert_eq!(shown(&[0, 0]), (vec![Some(0), Some(0)], Some(0)));
        assert_eq!(shown(&[]), (vec![], Some(0)));
    }

    #[test]
    fn two_small_parts_whose_sum_says_them_take_a_third() {
        assert_eq!(shown(&[1, 1, 20, 30]), (vec![None, None, None, Some(30)], Some(52)));
        assert_eq!(shown(&[4, 4, 20, 30]), (vec![None, None, None, Some(30)], Some(58)));
        assert_eq!(shown(&[2, 3, 20, 30]), (vec![None, None, Some(20), Some(30)], Some(55)));
    }

    #[test]
    fn no_hidden_cell_of_a_table_follows_from_its_margins() {
        let table = Table::new(&[vec![3, 20], vec![30, 40], vec![50, 60]]).for_viewer(Viewer::Other);
        let hidden = |row: usize, column: usize| table.cell(row, column).suppressed;
        assert!(hidden(0, 0));
        for line in 0..4 {
            assert_ne!((0..3).filter(|column| hidden(line, *column)).count(), 1, "row {line}");
        }
        for column in 0..3 {
            assert_ne!((0..4).filter(|row| hidden(*row, column)).count(), 1, "column {column}");
        }
        assert_eq!(table.cell(3, 2).count, Some(203));
    }

    #[test]
    fn margins_hidden_in_one_table_are_hidden_in_the_other() {
        let alone = Table::new(&[vec![2, 20]]).for_viewer(Viewer::Other);
        let mut other = Table::new(&[vec![1, 9], vec![1, 11]]).for_viewer(Viewer::Other);
        other.hide_margins_of(&alone);
        assert_eq!(other.cell(other.totals(), 0).count, None);
    }
}
