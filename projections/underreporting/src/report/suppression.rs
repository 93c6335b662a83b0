//! What everybody but analysts sees of a count: a band of five, `0 to 4`, `5 to 9`, `10 to 14` and so on. The lowest is hidden, of the
//! others the middle is shown. Nobody is told whether a hidden count is zero: that would look like safety.
//!
//! # Why not only hide what is small
//!
//! Hiding counts of 1 to 4, and a second one in each line so that none follows from the total, holds within one table. Whoever may ask
//! twice subtracts: with a filter and without it, a month and its quarter (the differencing problem: Wooton & Fraser 2005, Australian Bureau
//! of Statistics 1352.0.55.072; Hundepool et al., Handbook on Statistical Disclosure Control, ch. 5). English hospital statistics left
//! secondary suppression for rounding to fives in 2018 for that reason. Rounding to the nearest five, or at random, can be
//! undone through sums: the Canadian census of 2021 was (arXiv 2307.13859). One small part of 1 and two of 8, shown as 10, make 17, shown as 15:
//! only 1 + 8 + 8 fits. With bands that begin at multiples of five, nothing fits so tightly.
//!
//! # What holds
//!
//! - The difference of two counts in bands `5a` and `5b` is anything from `max(0, 5(a - b) - 4)` to `5(a - b) + 4`: five values at least.
//! - Of a total in band `5m` and its `n` parts in bands `5m_i` let `D = m - Σ m_i`. Of part `i` is known that it lies from
//!   `5m_i + max(0, 5D - 4(n - 1))` to `5m_i + 4`. As `5D ≤ 4n`, that is one number only where `5D = 4n`: `n` is a multiple of five and every
//!   part is the highest of its band. Months of a quarter (3) and of a year (12), quarters (4) and levels (4) are no multiples of five.
//! - That it stays so, others may only ask about whole months, quarters and years, in one time zone and as of now or the end of a month (the
//!   interface sees to it): the bands of all stretches of days together would tell each day.
//!
//! - What is asked as of now and again later may step from one band to the next: something came, not how much, and never below five.
//!
//! Estimates are computed from the bands too (`banded`), so that they tell no more.

use std::collections::BTreeMap;

use super::{Cell, Viewer};

/// How many counts look alike to everybody but analysts.
pub(crate) const WIDTH: u64 = 5;

impl Viewer {
    /// Between which two numbers a count lies, as far as this viewer may know.
    pub(crate) fn band(self, count: u64) -> (u64, u64) {
        match self {
            Self::Analyst => (count, count),
            Self::Other => (count - count % WIDTH, count - count % WIDTH + WIDTH - 1),
        }
    }

    /// What stands for a count where something is computed for this viewer: the middle of its band.
    pub(crate) fn counted(self, count: u64) -> u64 {
        let (least, most) = self.band(count);
        u64::midpoint(least, most)
    }

    /// How far the truth may lie from that.
    pub(crate) fn within(self) -> u64 {
        match self {
            Self::Analyst => 0,
            Self::Other => WIDTH / 2,
        }
    }

    /// Whether a count points at few enough people to recognise them, or at nobody.
    pub(crate) fn hides(self, count: u64) -> bool {
        self == Self::Other && count < WIDTH
    }

    /// `part / whole` as this viewer may know it; nothing of a whole that is hidden, and 0 of nothing.
    pub(crate) fn share(self, part: u64, whole: u64) -> Option<f64> {
        if self.hides(whole) {
            return None;
        }
        let (part, rest) = (self.counted(part), self.counted(whole - part));
        Some(if part + rest == 0 {
            0.0
        } else {
            crate::estimators::real(part) / crate::estimators::real(part + rest)
        })
    }
}

/// Where a breakdown tells of all its parts that are hidden, together.
pub(crate) const FEW: &str = "fewer_than_five_each";

/// The parts of a breakdown that a viewer may tell apart. That a part is there tells that it is not empty: for others than analysts those
/// that are hidden count together under [`FEW`], which is always there.
pub(crate) fn told_apart<const N: usize>(
    parts: BTreeMap<String, [u64; N]>,
    viewer: Viewer,
) -> BTreeMap<String, [u64; N]> {
    if viewer == Viewer::Analyst {
        return parts;
    }
    let hidden = |counts: &[u64; N]| viewer.hides(counts.iter().sum());
    let (few, mut told): (BTreeMap<_, _>, BTreeMap<_, _>) =
        parts.into_iter().partition(|(_, counts)| hidden(counts));
    let few = std::array::from_fn(|place| few.values().map(|counts| counts[place]).sum());
    told.insert(FEW.to_owned(), few);
    told
}

/// The parts of one total, and the total, where one part is hidden even from analysts: with it the smallest of the others goes,
/// since it would follow from the total. Bands need no such thing.
pub(crate) fn without(counts: &[u64], hidden: Option<usize>, viewer: Viewer) -> (Vec<Cell>, Cell) {
    let mut cells: Vec<Cell> = counts.iter().map(|count| Cell::for_viewer(*count, viewer)).collect();
    if let Some(hidden) = hidden {
        cells[hidden] = Cell::HIDDEN;
        let others = counts.iter().enumerate().filter(|(place, _)| *place != hidden);
        if viewer == Viewer::Analyst
            && let Some((next, _)) = others.min_by_key(|(_, count)| (**count == 0, **count))
        {
            cells[next] = Cell::HIDDEN;
        }
    }
    (cells, Cell::for_viewer(counts.iter().sum(), viewer))
}

#[cfg(test)]
mod tests {
    use std::iter::once;

    use super::*;

    #[test]
    fn a_count_is_shown_as_the_middle_of_its_band_and_hidden_below_five() {
        for (count, shown) in
            [(0, None), (1, None), (4, None), (5, Some(7)), (9, Some(7)), (10, Some(12)), (52, Some(52))]
        {
            let cell = Cell::for_viewer(count, Viewer::Other);
            assert_eq!((cell.count, cell.suppressed), (shown, shown.is_none()));
            assert!(shown.is_none_or(|shown| shown.abs_diff(count) <= cell.within));
            assert_eq!(Cell::for_viewer(count, Viewer::Analyst), Cell::shown(count));
        }
        assert_eq!((Viewer::Other.share(1, 3), Viewer::Other.share(0, 52)), (None, Some(2.0 / 54.0)));
        assert_eq!((Viewer::Analyst.share(1, 4), Viewer::Analyst.share(0, 0)), (Some(0.25), Some(0.0)));
    }

    #[test]
    fn no_difference_of_two_counts_is_told() {
        let band = |count| Viewer::Other.band(count);
        for whole in 0..60_u64 {
            for part in 0..=whole {
                let (least, most) =
                    (band(whole).0.saturating_sub(band(part).1), band(whole).1 - band(part).0);
                assert!(
                    most - least >= WIDTH - 1 && (least..=most).contains(&(whole - part)),
                    "{whole} {part}"
                );
            }
        }
    }

    /// A number below `below`, of a sequence that is the same at each run.
    fn next(state: &mut u64, below: u64) -> u64 {
        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*state >> 33) % below
    }

    /// What follows for each sum of cells from the bands of all, by narrowing each by the others until nothing changes.
    fn narrowed(cells: usize, sums: &BTreeMap<Vec<usize>, u64>) -> Vec<(u64, u64)> {
        let mut known: Vec<(u64, u64)> = vec![(0, u64::from(u32::MAX)); cells];
        loop {
            let before = known.clone();
            for (of, count) in sums {
                let (least, most) = Viewer::Other.band(*count);
                let (low, high) =
                    of.iter().fold((0, 0), |(low, high), cell| (low + known[*cell].0, high + known[*cell].1));
                for cell in of {
                    let (least_here, most_here) = known[*cell];
                    let (low, high) = (low - least_here, high - most_here);
                    known[*cell] = (least_here.max(least.saturating_sub(high)), most_here.min(most - low));
                }
            }
            if known == before {
                return known;
            }
        }
    }

    #[test]
    fn whoever_asks_every_question_of_a_small_network_pins_no_count_of_1_to_4() {
        // A year of months, by level and by minors: every month, quarter and year, with each filter, with both and without.
        let (months, levels, minors) = (12, 4, 3);
        let cell = |month: usize, level: usize, minor: usize| (month * levels + level) * minors + minor;
        let mut state = 7;
        for network in 0..60 {
            let most = 1 + network % 6;
            let counts: Vec<u64> =
                (0..months * levels * minors).map(|_| next(&mut state, most + 1)).collect();
            let mut sums = BTreeMap::new();
            let periods = (0..12).map(|month| month..month + 1);
            let periods =
                periods.chain((0..4).map(|quarter| 3 * quarter..3 * quarter + 3)).chain(once(0..12));
            for period in periods {
                for level in (0..levels).map(|level| level..level + 1).chain(once(0..levels)) {
                    // Who did not say is not to be asked for.
                    for minor in (0..2).map(|minor| minor..minor + 1).chain(once(0..minors)) {
                        let of: Vec<usize> = period
                            .clone()
                            .flat_map(|month| level.clone().map(move |level| (month, level)))
                            .flat_map(|(month, level)| {
                                minor.clone().map(move |minor| cell(month, level, minor))
                            })
                            .collect();
                        let count = of.iter().map(|cell| counts[*cell]).sum();
                        sums.insert(of, count);
                    }
                }
            }
            for ((least, most), count) in narrowed(counts.len(), &sums).into_iter().zip(&counts) {
                assert!((least..=most).contains(count));
                assert!(least < most || !(1..=4).contains(count), "network {network}: {count} is pinned");
            }
        }
    }

    #[test]
    fn a_part_that_is_hidden_is_not_told_to_be_there() {
        let parts = |counts: &[u64]| {
            let names = ["a", "b", "c", "d"].into_iter().map(str::to_owned);
            names.zip(counts.iter().map(|count| [*count])).collect::<BTreeMap<_, _>>()
        };
        let told = told_apart(parts(&[3, 20, 4]), Viewer::Other);
        assert_eq!(told.into_iter().collect::<Vec<_>>(), [("b".to_owned(), [20]), (FEW.to_owned(), [7])]);
        assert_eq!(told_apart(parts(&[1, 1, 1, 1]), Viewer::Other).len(), 1);
        assert_eq!(told_apart(parts(&[]), Viewer::Other)[FEW], [0]);
        assert_eq!(told_apart(parts(&[3, 20]), Viewer::Analyst).len(), 2);
    }

    #[test]
    fn what_analysts_may_not_see_does_not_follow_from_the_rest() {
        let shown = |counts: &[u64], viewer| {
            let (cells, total) = without(counts, Some(1), viewer);
            (cells.iter().map(|cell| cell.count).collect::<Vec<_>>(), total.count)
        };
        assert_eq!(shown(&[20, 9, 30, 0], Viewer::Analyst), (vec![None, None, Some(30), Some(0)], Some(59)));
        assert_eq!(shown(&[20, 9, 30, 0], Viewer::Other), (vec![Some(22), None, Some(32), None], Some(57)));
        assert_eq!(without(&[3, 4], None, Viewer::Analyst).1.count, Some(7));
    }
}
