//! Which published figures differ between two readings, and which events lie between them and touch each figure.

use std::collections::BTreeMap;

use serde::Serialize;
use uuid::Uuid;

use super::csv::Line;
use super::{Cell, Everything, Viewer};
use crate::reader::Touch;

/// How many events are named for each figure; all are counted.
pub const MOST_NAMED: usize = 10;

/// What a figure was, or is.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Shown {
    /// Its value.
    pub value: Option<f64>,
    /// Lower limit.
    pub lower: Option<f64>,
    /// Upper limit.
    pub upper: Option<f64>,
    /// Why it has none.
    pub reason: Option<String>,
}

/// A figure that differs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Changed {
    /// Which report.
    pub report: &'static str,
    /// Which figure.
    pub figure: String,
    /// Of which centre.
    pub centre: Option<String>,
    /// Broken down by what.
    pub by: Option<String>,
    /// Which part.
    pub part: Option<String>,
    /// Before; absent when there was no such figure.
    pub before: Option<Shown>,
    /// After; absent when there is none any more.
    pub after: Option<Shown>,
    /// It would have changed without any event: a deadline passed, a wait or a silence went on.
    pub by_time: bool,
    /// Events between the two that touch it.
    pub events: Cell,
    /// The latest of them, by sequence; none for whom counts are hidden.
    pub latest: Vec<Named>,
}

/// An event that touches a figure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Named {
    /// Position in the stream.
    pub sequence: u64,
    /// The signal, incident, discussion or centre.
    pub aggregate: Uuid,
    /// What it brought to the figures.
    pub fact: String,
}

type Key = (&'static str, String, Option<String>, Option<String>, Option<String>);

/// Compares two readings. `clock` is the first reading judged at the moment of the second, so that what only time changed is told
/// apart from what an event changed.
#[must_use]
pub fn compare(
    before: &Everything,
    clock: &Everything,
    after: &Everything,
    touches: &[Touch],
    viewer: Viewer,
) -> Vec<Changed> {
    let (old, aged, new) = (shown(before), shown(clock), shown(after));
    let keys: std::collections::BTreeSet<&Key> = old.keys().chain(new.keys()).collect();
    keys.into_iter()
        .filter(|key| old.get(*key) != new.get(*key))
        .map(|key| {
            let mut touching: Vec<&Touch> =
                touches.iter().filter(|touch| touches_figure(touch, key)).collect();
            touching.sort_by_key(|touch| touch.sequence);
            touching.dedup_by_key(|touch| touch.sequence);
            let events = Cell::for_viewer(touching.len() as u64, viewer);
            let named = if viewer == Viewer::Analyst { MOST_NAMED } else { 0 };
            let (report, figure, centre, by, part) = key.clone();
            Changed {
                report,
                figure,
                centre,
                by,
                part,
                before: old.get(key).cloned(),
                after: new.get(key).cloned(),
                by_time: old.get(key) != aged.get(key),
                events,
                latest: touching
                    .iter()
                    .rev()
                    .take(named)
                    .map(|touch| Named {
                        sequence: touch.sequence,
                        aggregate: touch.aggregate,
                        fact: touch.fact.clone(),
                    })
                    .collect(),
            }
        })
        .collect()
}

fn shown(all: &Everything) -> BTreeMap<Key, Shown> {
    let mut figures = BTreeMap::new();
    for report in all.reports() {
        let name = report.about().report;
        for line in report.lines() {
            let Line { figure, centre, by, part, value, lower, upper, reason, .. } = line;
            figures.insert((name, figure, centre, by, part), Shown { value, lower, upper, reason });
        }
    }
    figures
}

/// Whether a fact can change a figure: it is of a kind that the report counts, and of the centre that the figure is about.
fn touches_figure(touch: &Touch, key: &Key) -> bool {
    let (report, _, centre, by, part) = key;
    let fact = touch.fact.as_str();
    let counted = match *report {
        "underreporting" | "delays" => !matches!(fact, "occupancy" | "step" | "drill"),
        "feedback" => matches!(fact, "capture" | "change" | "feedback"),
        "protocols" => matches!(fact, "step" | "drill"),
        "disagreement" => matches!(fact, "capture" | "change" | "link" | "assessment"),
        "non-registration-reasons" => {
            matches!(fact, "capture" | "change" | "link" | "decision" | "assessment")
        }
        "reporting-rates" | "silences" => matches!(fact, "capture" | "change" | "occupancy" | "centre"),
        "register-gaps" | "register-counts" => {
            matches!(fact, "capture" | "change") && touch.register != Some(false)
        }
        _ => true,
    };
    let source = match (by.as_deref(), part.as_deref()) {
        (Some("source"), Some("register")) => Some(true),
        (Some("source"), Some("other_sources")) => Some(false),
        _ => None,
    };
    let of_source = source.is_none_or(|source| touch.register.is_none_or(|register| register == source));
    let named = centre.as_deref().or_else(|| part.as_deref().filter(|_| by.as_deref() == Some("centre")));
    // The rate of every centre is drawn towards the network's: any centre's records move it.
    let everywhere =
        matches!(key.1.as_str(), "shrunken_per_1000" | "funnel_95_per_1000" | "funnel_998_per_1000");
    counted
        && of_source
        && (everywhere || named.is_none_or(|named| touch.centres.iter().any(|code| code == named)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fact_touches_figures_of_its_kind_source_and_centre() {
        let touch = |fact: &str, register| Touch {
            sequence: 7,
            aggregate: Uuid::nil(),
            fact: fact.to_owned(),
            centres: vec!["alpha".to_owned()],
            register,
        };
        let rate = |centre: &str, source: &str| -> Key {
            let (by, part) = (Some("source".to_owned()), Some(source.to_owned()));
            ("reporting-rates", "rate_per_1000".to_owned(), Some(centre.to_owned()), by, part)
        };
        let entry = touch("capture", Some(true));
        assert!(touches_figure(&entry, &rate("alpha", "register")));
        assert!(!touches_figure(&entry, &rate("alpha", "other_sources")));
        assert!(!touches_figure(&entry, &rate("beta", "register")));
        assert!(touches_figure(&touch("occupancy", None), &rate("alpha", "other_sources")));
        assert!(!touches_figure(&touch("feedback", Some(false)), &rate("alpha", "other_sources")));
        let gap: Key = ("underreporting", "observed_gap".to_owned(), None, None, None);
        assert!(touches_figure(&touch("decision", Some(false)), &gap));
    }
}
