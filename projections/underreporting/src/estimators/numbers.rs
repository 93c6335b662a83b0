//! Running register numbers: which are missing from a series that finds itself.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

/// A running series holds at least this share of the numbers up to its highest; sparser ones are not given out one after
/// another.
const LEAST_SHARE: f64 = 0.1;

/// Numbers that follow each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Run {
    /// First of them.
    pub first: u64,
    /// Last of them.
    pub last: u64,
}

/// A series of running numbers, for example of one site and year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Series {
    /// What the numbers have in common: `VW08-`.
    pub series: String,
    /// Different numbers that are there.
    pub present: u64,
    /// Lowest of them.
    pub lowest: u64,
    /// Highest of them.
    pub highest: u64,
    /// Numbers from 1 to the highest that are not there.
    pub missing: u64,
    /// How many of those lie below the lowest: the series may have begun before the data.
    pub missing_before_first: u64,
    /// The missing numbers as runs, lowest first.
    pub gaps: Vec<Run>,
}

/// All series of a register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Gaps {
    /// Series in order of their name.
    pub series: Vec<Series>,
    /// Numbers that belong to no running series: letters in their running part, or too sparse.
    pub unreadable: u64,
}

/// Groups numbers by what stands before their last run of digits and lists what is missing of each group from 1 up.
///
/// Numbers whose part after the last separator holds letters (base 36, for example) make their whole series unreadable: such numbers are
/// shared with other records, so gaps in them mean nothing. A number that is missing was given out and never reached
/// this register, or was cancelled: it is a question to the site, not a finding. What was never given a number leaves no gap.
#[must_use]
pub fn gaps<'a>(numbers: impl IntoIterator<Item = &'a str>) -> Gaps {
    let mut groups: BTreeMap<&str, (BTreeSet<u64>, u64)> = BTreeMap::new();
    let mut lettered: BTreeSet<&str> = BTreeSet::new();
    let mut unreadable = 0;
    for number in numbers {
        let tail = number.rfind(['-', '/', '.']).map_or(0, |at| at + 1);
        let digits = number.trim_end_matches(|c: char| c.is_ascii_digit()).len();
        if digits > tail {
            lettered.insert(&number[..tail]);
        }
        match number[digits..].parse() {
            Ok(running) => {
                let group = groups.entry(&number[..digits]).or_default();
                group.0.insert(running);
                group.1 += 1;
            }
            Err(_) => unreadable += 1,
        }
    }
    let mut series = Vec::new();
    for (name, (present, records)) in groups {
        let prefix = name.rfind(['-', '/', '.']).map_or("", |at| &name[..=at]);
        // `VW08-17` has nothing lettered after its separator; `1-2RX49V` has, so `1-277123` is no running number either.
        let running = if name == prefix { !lettered.contains(prefix) } else { prefix.is_empty() };
        match Series::of(name, &present) {
            Some(found) if running => series.push(found),
            _ => unreadable += records,
        }
    }
    Gaps { series, unreadable }
}

impl Series {
    #[expect(clippy::cast_precision_loss, reason = "a share for a threshold")]
    fn of(name: &str, present: &BTreeSet<u64>) -> Option<Self> {
        let (lowest, highest) = (*present.first()?, *present.last()?);
        let counted = present.iter().filter(|number| **number > 0).count() as u64;
        if (counted as f64) < LEAST_SHARE * highest as f64 {
            return None;
        }
        let (mut gaps, mut next) = (Vec::new(), 1);
        for number in present.iter().copied().filter(|number| *number > 0) {
            if number > next {
                gaps.push(Run { first: next, last: number - 1 });
            }
            next = number + 1;
        }
        Some(Self {
            series: name.to_owned(),
            present: present.len() as u64,
            lowest,
            highest,
            missing: highest - counted,
            missing_before_first: lowest.saturating_sub(1),
            gaps,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_by_site_and_year_finds_itself() {
        let numbers = ["VW08-1", "VW08-2", "VW08-5", "VW08-6", "VW08-6", "VW08-9", "2024/118"];
        let found = gaps(numbers);
        assert_eq!(found.unreadable, 1, "one number alone is no series");
        let series = &found.series[0];
        assert_eq!(
            (series.series.as_str(), series.present, series.highest, series.missing),
            ("VW08-", 5, 9, 4)
        );
        assert_eq!(series.gaps, [Run { first: 3, last: 4 }, Run { first: 7, last: 8 }]);
    }

    #[test]
    fn base_36_numbers_are_no_running_series_even_when_some_look_so() {
        let numbers = ["1-2RX49V", "1-2RX3N4", "1-100001", "1-100002", "1-100003", "1-100004", "1-100005"];
        let found = gaps(numbers);
        assert!(found.series.is_empty());
        assert_eq!(found.unreadable, 7);
    }

    #[test]
    fn a_series_that_begins_late_says_so() {
        let found = gaps(["A-41", "A-42", "A-43", "A-45", "A-46"]);
        let series = &found.series[0];
        assert_eq!((series.missing, series.missing_before_first), (41, 40));
    }

    #[test]
    fn nothing_is_nothing() {
        assert_eq!(gaps([]), Gaps { series: vec![], unreadable: 0 });
    }
}
