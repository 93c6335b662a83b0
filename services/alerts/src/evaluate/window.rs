//! Triggers in a sliding window: how many there are, and whether that is above what is usual.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use jiff::{SignedDuration, Timestamp};
use nabij_model::CaseId;
use statrs::distribution::{DiscreteCDF, Poisson};
use uuid::Uuid;

use super::matter::Scope;
use crate::rule::{Baseline, Count};

/// One trigger in a window.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) at: Timestamp,
    /// The record.
    pub(crate) record: Uuid,
    /// The cases that count.
    pub(crate) cases: Vec<CaseId>,
}

/// Which records are linked with which.
pub(crate) type Links = HashMap<Uuid, BTreeSet<Uuid>>;

/// The triggers of one scope.
#[derive(Debug)]
pub(crate) struct Window {
    entries: VecDeque<Entry>,
    /// Those before the window, for the baseline.
    before: VecDeque<Timestamp>,
    armed: bool,
}

impl Default for Window {
    fn default() -> Self {
        Self { entries: VecDeque::new(), before: VecDeque::new(), armed: true }
    }
}

impl Window {
    /// Whether this trigger crosses the limit.
    pub(crate) fn add(&mut self, entry: Entry, count: &Count, links: &Links) -> bool {
        self.slide(entry.at, count, links);
        self.entries.push_back(entry);
        self.crosses(count, links)
    }

    /// Whether a new link between records at `at` crosses the limit.
    pub(crate) fn relink(&mut self, records: [Uuid; 2], at: Timestamp, count: &Count, links: &Links) -> bool {
        let holds = |record| self.entries.iter().any(|entry| entry.record == record);
        if !records.into_iter().all(holds) {
            return false;
        }
        self.slide(at, count, links);
        self.crosses(count, links)
    }

    /// Begins the count anew.
    pub(crate) fn reset(&mut self) {
        self.entries.clear();
        self.armed = true;
    }

    pub(crate) fn forget(&mut self, case: CaseId) {
        self.entries.iter_mut().for_each(|entry| entry.cases.retain(|named| *named != case));
    }

    /// Lets go of what has left the window; arms again when what stays is below the limit.
    fn slide(&mut self, now: Timestamp, count: &Count, links: &Links) {
        while let Some(entry) = self.entries.front().filter(|entry| entry.at < back(now, count.within)) {
            if count.above_baseline.is_some() {
                self.before.push_back(entry.at);
            }
            self.entries.pop_front();
        }
        if let Some(Baseline { days, .. }) = count.above_baseline {
            let oldest = back(now, count.within + SignedDuration::from_hours(24 * i64::from(days)));
            while self.before.front().is_some_and(|at| *at < oldest) {
                self.before.pop_front();
            }
        }
        if self.counted(count, links) < count.at_least as usize {
            self.armed = true;
        }
    }

    fn crosses(&mut self, count: &Count, links: &Links) -> bool {
        let counted = self.counted(count, links);
        let crosses = self.armed && counted >= count.at_least as usize && self.is_unusual(counted, count);
        if crosses {
            self.armed = false;
        }
        crosses
    }

    fn counted(&self, count: &Count, links: &Links) -> usize {
        let of = |entries: &[&Entry]| {
            if count.distinct_cases {
                entries.iter().flat_map(|entry| &entry.cases).collect::<BTreeSet<_>>().len()
            } else {
                entries.len()
            }
        };
        let all: Vec<&Entry> = self.entries.iter().collect();
        if count.linked {
            groups(&all, links).iter().map(|group| of(group)).max().unwrap_or(0)
        } else {
            of(&all)
        }
    }

    /// Above the quantile of a Poisson law with the mean of the days before: few events in equal windows, independent but for
    /// what the rule looks for. Without any before, everything is unusual.
    fn is_unusual(&self, counted: usize, count: &Count) -> bool {
        let Some(Baseline { days, quantile }) = count.above_baseline else { return true };
        let windows =
            SignedDuration::from_hours(24 * i64::from(days)).as_secs_f64() / count.within.as_secs_f64();
        let mean = self.before.len() as f64 / windows;
        let usual = Poisson::new(mean).map_or(0, |law| law.inverse_cdf(quantile));
        counted as u64 > usual
    }
}

fn back(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.checked_sub(by).unwrap_or(Timestamp::MIN)
}

/// What hangs together, by a link or by a case that both name.
fn groups<'e>(entries: &[&'e Entry], links: &Links) -> Vec<Vec<&'e Entry>> {
    let mut groups: Vec<Vec<&Entry>> = Vec::new();
    for entry in entries {
        let (joined, mut apart): (Vec<_>, Vec<_>) = groups
            .into_iter()
            .partition(|group| group.iter().any(|other| hang_together(entry, other, links)));
        let mut together: Vec<&Entry> = joined.into_iter().flatten().collect();
        together.push(entry);
        apart.push(together);
        groups = apart;
    }
    groups
}

fn hang_together(one: &Entry, other: &Entry, links: &Links) -> bool {
    one.record == other.record
        || links.get(&one.record).is_some_and(|linked| linked.contains(&other.record))
        || one.cases.iter().any(|case| other.cases.contains(case))
}

/// The windows of one rule, by what is counted together.
pub(crate) type Windows = BTreeMap<Scope, Window>;
