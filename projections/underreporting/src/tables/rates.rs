//! Rates of centres: columns `centre`, `count`, `exposure`.

use std::collections::HashSet;
use std::fmt::Write as _;

use serde::Serialize;

use super::estimate::{LEVEL, Limits, sorted};
use super::{Sheet, TableError};
use crate::estimators::clayton_kaldor::clayton_kaldor;
use crate::estimators::poisson::{funnel, garwood};
use crate::estimators::shrinkage::{Group, Prior, marshall};
use crate::estimators::{Level, NotEstimable, Reason, real};
use crate::text::{CAUTION, Texts};

/// The answer; rates are per unit of exposure, `per_1000` per thousand.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rates {
    /// All centres together.
    pub network: Network,
    /// One a row of the table.
    pub rows: Vec<CentreRate>,
    /// A low count is never safety.
    pub caution: Texts,
}

/// What each centre is compared with.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Network {
    /// Records.
    pub count: u64,
    /// Exposure.
    pub exposure: f64,
    /// Records per unit of exposure.
    pub rate: Option<f64>,
    /// Mean and variance between centres by Marshall's moments.
    pub marshall: Option<Prior>,
    /// The same by Clayton and Kaldor's iteration.
    pub clayton_kaldor: Option<Prior>,
    /// Why there is none.
    pub reason: Option<Reason>,
    /// What is missing, and what would make it estimable.
    pub what_is_missing: Option<Texts>,
}

/// One centre.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CentreRate {
    /// Its name.
    pub centre: String,
    /// Records.
    pub count: u64,
    /// Exposure.
    pub exposure: f64,
    /// `count / exposure`.
    pub rate: Option<f64>,
    /// Exact Poisson limits of the rate.
    pub lower: Option<f64>,
    /// See `lower`.
    pub upper: Option<f64>,
    /// `1000 count / exposure`.
    pub per_1000: Option<f64>,
    /// Drawn towards the network's rate, prior of Marshall.
    pub shrunken: Option<f64>,
    /// Limits of the shrunken rate; absent where chance explains all differences.
    pub shrunken_limits: Option<Limits>,
    /// Drawn towards the network's rate, prior of Clayton and Kaldor.
    pub shrunken_clayton_kaldor: Option<f64>,
    /// Records expected at the network's rate.
    pub expected: Option<f64>,
    /// Observed over expected.
    pub ratio: Option<f64>,
    /// Between these rates lie 95 % of centres of this exposure that are like the network.
    pub funnel_95: Option<Limits>,
    /// Between these 99.8 %.
    pub funnel_998: Option<Limits>,
    /// The same as ratios of observed to expected.
    pub funnel_ratio_95: Option<Limits>,
    /// See `funnel_ratio_95`.
    pub funnel_ratio_998: Option<Limits>,
    /// `below` or `above` the 99.8 % limits; below is not safety.
    pub outside: Option<&'static str>,
    /// Whether it has exposure.
    pub estimable: bool,
    /// Why not.
    pub reason: Option<Reason>,
    /// What is missing, and what would make it estimable.
    pub what_is_missing: Option<Texts>,
}

/// Rates of a table with the columns `centre`, `count` and `exposure`.
///
/// # Errors
/// [`TableError`] names the row.
pub fn rates(sheet: &Sheet) -> Result<Rates, TableError> {
    let columns = (sheet.column("centre")?, sheet.column("count")?, sheet.column("exposure")?);
    let (mut seen, mut groups) = (HashSet::new(), Vec::with_capacity(sheet.len()));
    for row in 0..sheet.len() {
        let centre = sheet.cell(row, columns.0);
        if centre.is_empty() {
            return Err(sheet.wrong(row, Some(columns.0), "it is empty: expected a centre"));
        }
        if !seen.insert(centre) {
            let problem = format!("{centre:?} stands in an earlier row too: add them up first");
            return Err(sheet.wrong(row, Some(columns.0), problem));
        }
        let group = Group { count: sheet.count(row, columns.1)?, exposure: sheet.quantity(row, columns.2)? };
        if group.exposure == 0.0 && group.count > 0 {
            return Err(sheet.wrong(row, Some(columns.2), "records without any exposure"));
        }
        groups.push(group);
    }
    let count: u64 = groups.iter().map(|group| group.count).sum();
    let exposure: f64 = groups.iter().map(|group| group.exposure).sum();
    let prior = sorted(sheet, marshall(&groups))?;
    let iterated = sorted(sheet, clayton_kaldor(&groups))?;
    let network = Network {
        count,
        exposure,
        rate: (exposure > 0.0).then(|| real(count) / exposure),
        marshall: prior.ok(),
        clayton_kaldor: iterated.ok(),
        reason: prior.err().map(|refusal: NotEstimable| refusal.reason),
        what_is_missing: prior.err().map(|refusal| refusal.what_is_missing),
    };
    let rows = groups
        .iter()
        .enumerate()
        .map(|(row, group)| centre(sheet.cell(row, columns.0), *group, &network))
        .collect();
    Ok(Rates { network, rows, caution: CAUTION })
}

fn centre(name: &str, group: Group, network: &Network) -> CentreRate {
    let exposed = group.exposure > 0.0;
    let own = exposed.then(|| garwood(group.count, LEVEL).scaled(1.0 / group.exposure));
    let shrink = |prior: &Option<Prior>| prior.as_ref().and_then(|prior| prior.shrink(group, LEVEL).ok());
    let shrunken = shrink(&network.marshall);
    let line = network.rate.unwrap_or(0.0);
    let expected = exposed.then_some(line * group.exposure);
    let limits = |level: Level, times: f64| {
        let limits = funnel(expected?, level)?;
        Some(Limits { lower: limits.lower * times, upper: Some(limits.upper * times) })
    };
    let ratio = expected.filter(|expected| *expected > 0.0).map(|expected| real(group.count) / expected);
    let outer = limits(Level::P998, 1.0);
    CentreRate {
        centre: name.to_owned(),
        count: group.count,
        exposure: group.exposure,
        rate: exposed.then(|| real(group.count) / group.exposure),
        lower: own.map(|own| own.lower),
        upper: own.and_then(|own| own.upper),
        per_1000: exposed.then(|| 1_000.0 * real(group.count) / group.exposure),
        shrunken: shrunken.map(|shrunken| shrunken.rate),
        shrunken_limits: shrunken.and_then(|shrunken| shrunken.interval).map(Limits::from),
        shrunken_clayton_kaldor: shrink(&network.clayton_kaldor).map(|shrunken| shrunken.rate),
        expected,
        ratio,
        funnel_95: limits(Level::P95, line),
        funnel_998: limits(Level::P998, line),
        funnel_ratio_95: limits(Level::P95, 1.0),
        funnel_ratio_998: outer,
        outside: ratio.zip(outer).and_then(|(ratio, limits)| {
            if ratio < limits.lower {
                Some("below")
            } else if limits.upper.is_some_and(|upper| ratio > upper) {
                Some("above")
            } else {
                None
            }
        }),
        estimable: exposed,
        reason: (!exposed).then_some(Reason::NoExposure),
        what_is_missing: (!exposed).then_some(Reason::NoExposure.missing()),
    }
}

impl Rates {
    /// As a table, rates per 1,000.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!(
            "{:<24} {:>8} {:>12} {:>9} {:>9}  {:<19} {:<19}\n",
            "centre", "count", "exposure", "per 1000", "shrunken", "funnel 95 %", "funnel 99.8 %"
        );
        let number = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.3}"));
        let limits = |limits: Option<Limits>| {
            limits.map_or("-".to_owned(), |l| {
                format!("{:.3} to {:.3}", 1_000.0 * l.lower, 1_000.0 * l.upper.unwrap_or(f64::INFINITY))
            })
        };
        for row in &self.rows {
            let _ = writeln!(
                text,
                "{:<24} {:>8} {:>12.1} {:>9} {:>9}  {:<19} {:<19} {}",
                row.centre,
                row.count,
                row.exposure,
                number(row.per_1000),
                number(row.shrunken.map(|rate| 1_000.0 * rate)),
                limits(row.funnel_95),
                limits(row.funnel_998),
                row.outside.unwrap_or("")
            );
        }
        text + CAUTION.en
    }
}
