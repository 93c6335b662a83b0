//! Hierarchical log-linear models: which lists depend on which.

use super::histories::Histories;

/// A hierarchical model: the main effect of each list, and interactions closed downwards (a triple brings its pairs).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Model {
    lists: usize,
    /// Interactions of two or more lists as sets, one bit a list; by size, then by value.
    interactions: Vec<usize>,
}

impl Model {
    /// All lists independent of each other.
    #[must_use]
    pub fn independence(lists: usize) -> Self {
        Self { lists, interactions: Vec::new() }
    }

    /// With these interactions and all that lie below them. A term is a set of lists, one bit a list.
    #[must_use]
    pub fn new(lists: usize, terms: &[usize]) -> Self {
        let mut interactions: Vec<usize> = (1..1_usize << lists)
            .filter(|set| set.count_ones() > 1 && terms.iter().any(|term| term & set == *set))
            .collect();
        interactions.sort_by_key(|set| (set.count_ones(), *set));
        Self { lists, interactions }
    }

    /// This model and one interaction more.
    #[must_use]
    pub fn and(&self, term: usize) -> Self {
        Self::new(self.lists, &[&self.interactions[..], &[term]].concat())
    }

    /// How many lists it is about.
    #[must_use]
    pub fn lists(&self) -> usize {
        self.lists
    }

    /// Its interactions as sets, one bit a list.
    #[must_use]
    pub fn interactions(&self) -> &[usize] {
        &self.interactions
    }

    /// All its parameters as sets: the empty set (the intercept), each list, each interaction.
    #[must_use]
    pub(super) fn parameters(&self) -> Vec<usize> {
        let lists = (0..self.lists).map(|list| 1 << list);
        [0].into_iter().chain(lists).chain(self.interactions.iter().copied()).collect()
    }

    /// Its largest terms in the usual notation, `["12", "3"]`: largest first, then in order of the lists; lists beyond the ninth
    /// are written A, B, C.
    #[must_use]
    pub fn terms(&self) -> Vec<String> {
        let all = self.parameters();
        let mut largest: Vec<String> = all
            .iter()
            .filter(|term| {
                **term > 0 && !all.iter().any(|other| *other != **term && other & **term == **term)
            })
            .map(|term| name(*term))
            .collect();
        largest.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        largest
    }
}

/// The lists of a set, `12`.
#[must_use]
pub(super) fn name(term: usize) -> String {
    let digit = |list: u32| char::from_digit(list + 1, 36).map(|digit| digit.to_ascii_uppercase());
    (0..usize::BITS).filter(|list| term >> list & 1 == 1).filter_map(digit).collect()
}

/// Every model of two to five lists that is fitted: 1 for two, 8 for three, 113 for four (all hierarchical up to order three), 1,024
/// for five (all of pairs). Nothing for more: there walk [`stepwise`](super::stepwise).
#[must_use]
pub fn all_models(histories: &Histories) -> Vec<Model> {
    let lists = histories.lists();
    let of_size =
        |size: u32| (1..1_usize << lists).filter(|set| set.count_ones() == size).collect::<Vec<_>>();
    match lists {
        2 => vec![Model::independence(2)],
        3 | 5 => subsets(&of_size(2)).map(|pairs| Model::new(lists, &pairs)).collect(),
        4 => subsets(&of_size(2))
            .flat_map(|pairs| {
                let closed: Vec<usize> = of_size(3)
                    .into_iter()
                    .filter(|triple| {
                        of_size(2)
                            .iter()
                            .filter(|pair| *pair & triple == **pair)
                            .all(|pair| pairs.contains(pair))
                    })
                    .collect();
                subsets(&closed)
                    .map(|triples| Model::new(lists, &[&pairs[..], &triples].concat()))
                    .collect::<Vec<_>>()
            })
            .collect(),
        _ => Vec::new(),
    }
}

fn subsets(of: &[usize]) -> impl Iterator<Item = Vec<usize>> {
    (0..1_usize << of.len()).map(|chosen| {
        of.iter().enumerate().filter(|(index, _)| chosen >> index & 1 == 1).map(|(_, set)| *set).collect()
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn count(lists: usize) -> usize {
        let rows = [(vec![true; lists], 1)];
        let models = all_models(&Histories::of(lists, &rows).unwrap());
        assert_eq!(models.iter().collect::<HashSet<_>>().len(), models.len(), "a model stands twice");
        models.len()
    }

    #[test]
    fn all_hierarchical_models_are_there_once() {
        assert_eq!([2, 3, 4, 5, 6].map(count), [1, 8, 113, 1_024, 0]);
    }

    #[test]
    fn terms_are_written_largest_first() {
        assert_eq!(Model::new(3, &[0b011]).terms(), ["12", "3"]);
        assert_eq!(Model::new(3, &[0b110]).terms(), ["23", "1"]);
        assert_eq!(Model::independence(3).terms(), ["1", "2", "3"]);
        // A triple brings its pairs and swallows them.
        let triple = Model::new(4, &[0b0111, 0b1001]);
        assert_eq!(triple.terms(), ["123", "14"]);
        assert_eq!(triple.interactions().len(), 5);
        assert_eq!(name(0b1110_0000_0000), "ABC");
    }
}
