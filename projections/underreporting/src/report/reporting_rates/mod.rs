//! Records per 1,000 resident-days of each centre. Sorted by code: nothing here ranks centres.

mod lines;

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use super::asked::{Asked, Occupancy};
use super::basis::Basis;
use super::{About, Cell, Figure, Filter, ReportError, Viewer, about, banded, method};
use crate::estimators::exposure::{Exposure, Report, resident_days};
use crate::estimators::poisson::{FunnelLimits, funnel};
use crate::estimators::rates::{PER_RESIDENT_DAYS, Rate};
use crate::estimators::shrinkage::{Group, Prior, Shrunken, marshall};
use crate::estimators::{Answer, BadInput, EstimateError, Level, Reason};
use crate::lists::List;
use crate::reader::{Centre, Reader, Records, Residents};
use crate::reportability::Reportability;
use crate::text::said::{FUNNEL, Said};
use crate::text::{Sentence, Slot};

/// The report.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ReportingRates {
    /// What it is about.
    pub about: About,
    /// Entries of the official register.
    pub register: Rates,
    /// Everything that other sources wrote down.
    pub other_sources: Rates,
}

/// The rates of one kind of records.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Rates {
    /// All centres of the network together, whatever the report covers: what each is compared with.
    pub network: Figure<Rate>,
    /// Each centre of the report, by code.
    pub centres: Vec<CentreRate>,
}

/// One centre.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct CentreRate {
    /// Its code.
    pub centre: String,
    /// The days that count: those between occupancy reports.
    pub exposure: Answer<Exposure>,
    /// Records of the period on days that no occupancy reports span; they are in no rate.
    pub outside_exposure: Cell,
    /// Its rate.
    pub rate: Figure<Rate>,
    /// Its rate per 1,000 resident-days drawn towards the network's.
    pub shrunken: Figure<Shrunken>,
    /// Between which rates per 1,000 resident-days a centre of this exposure lies that is like the network.
    pub funnel: Figure<Funnel>,
}

/// Funnel limits as rates.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Funnel {
    /// Records expected at the network's rate.
    pub expected: f64,
    /// The network's rate per 1,000 resident-days.
    pub centre_line: f64,
    /// 95 % limits, per 1,000 resident-days.
    pub limits_95: FunnelLimits,
    /// 99.8 % limits, per 1,000 resident-days.
    pub limits_998: FunnelLimits,
}

impl Said for Funnel {
    fn said(&self) -> Sentence {
        let limits = self.limits_95;
        FUNNEL.fill(&[("lower", Slot::Fine(limits.lower)), ("upper", Slot::Fine(limits.upper))])
    }
}

/// What one centre brings to the rates.
struct Input {
    code: String,
    /// The report is about it; else it only counts in the network's rate.
    asked: bool,
    exposure: Answer<Exposure>,
    inside: u64,
    outside: u64,
}

/// Rates per centre with exact intervals, shrunken rates and funnel limits.
///
/// # Errors
/// [`ReportError`].
pub async fn reporting_rates(
    reader: &Reader,
    rules: &Reportability,
    filter: &Filter,
    viewer: Viewer,
) -> Result<ReportingRates, ReportError> {
    let asked = Asked::of(reader, rules, filter, viewer).await?;
    let (records, occupancy) = futures::try_join!(asked.records(), asked.occupancy(counted(filter)))?;
    Ok(told(&asked, &records, &occupancy)?)
}

/// The people whom the report is about.
pub(super) fn counted(filter: &Filter) -> Residents {
    match filter.minors {
        None => Residents::All,
        Some(true) => Residents::Minors,
        Some(false) => Residents::Adults,
    }
}

pub(super) fn told(
    question: &Asked<'_>,
    records: &[Records],
    occupancy: &Occupancy,
) -> Result<ReportingRates, BadInput> {
    let &Asked { filter, viewer, ref scope, .. } = question;
    let none: Vec<Report> = vec![];
    let mut exposures = BTreeMap::new();
    for centre in &scope.everywhere {
        let reports = occupancy.get(&centre.id).unwrap_or(&none);
        exposures.insert(centre.id, Answer::of(resident_days(reports, scope.from, scope.to))?);
    }
    let covered = |centre: Uuid| {
        let exposure = exposures.get(&centre)?.estimate()?;
        Some((exposure.from, exposure.to))
    };
    let inside = counts(question, records, covered);
    let all = counts(question, records, |_| Some((scope.from, scope.to)));
    let asked = scope.ids();
    let inputs = |register: bool| {
        let of = |counts: &BTreeMap<_, _>, centre| counts.get(&(centre, register)).copied().unwrap_or(0_u64);
        let input = |centre: &Centre| Input {
            code: centre.code.clone(),
            asked: asked.contains(&centre.id),
            exposure: exposures[&centre.id].clone(),
            inside: of(&inside, centre.id),
            outside: of(&all, centre.id) - of(&inside, centre.id),
        };
        scope.everywhere.iter().map(input).collect::<Vec<_>>()
    };
    let shown: Vec<&Exposure> = asked.iter().filter_map(|centre| exposures[centre].estimate()).collect();
    let basis = Basis::new(filter, viewer, missing(&shown, asked.len()));
    Ok(ReportingRates {
        about: about("reporting-rates", filter, scope, viewer, &basis),
        register: rates(&inputs(true), scope.is_whole(), &basis, viewer)?,
        other_sources: rates(&inputs(false), scope.is_whole(), &basis, viewer)?,
    })
}

/// Records in the times that count, by centre and whether they are the register's.
fn counts(
    question: &Asked<'_>,
    records: &[Records],
    times: impl Fn(Uuid) -> Option<(Timestamp, Timestamp)>,
) -> BTreeMap<(Uuid, bool), u64> {
    let mut counts = BTreeMap::new();
    for kind in records.iter().filter(|kind| question.asks_for(&kind.of)) {
        let centre = kind.of.centre;
        let Some((from, to)) = times(centre) else { continue };
        let within = kind.at.iter().filter(|at| (from..to).contains(at)).count() as u64;
        *counts.entry((centre, kind.of.list == List::OfficialRegister)).or_default() += within;
    }
    counts
}

fn missing(exposures: &[&Exposure], centres: usize) -> [(&'static str, Option<f64>); 2] {
    let total: f64 = exposures.iter().map(|exposure| exposure.resident_days).sum();
    let interpolated: f64 =
        exposures.iter().map(|exposure| exposure.resident_days * exposure.interpolated_share).sum();
    [
        ("exposure_interpolated", Some(if total > 0.0 { interpolated / total } else { 0.0 })),
        // How many centres there are is no secret.
        (
            "centres_without_exposure",
            Viewer::Analyst.share((centres - exposures.len()) as u64, centres as u64),
        ),
    ]
}

/// How many centres outside a report must stand behind the network's rate before others than analysts see it: with fewer,
/// somebody could subtract what they know and read one centre.
const LEAST_OTHERS: usize = 3;

fn rates(inputs: &[Input], whole: bool, basis: &Basis, viewer: Viewer) -> Result<Rates, BadInput> {
    let exposed: Vec<(&Input, f64)> = inputs
        .iter()
        .filter_map(|input| Some((input, input.exposure.estimate()?.resident_days)))
        .filter(|(_, days)| *days > 0.0)
        .collect();
    let groups: Vec<Group> = exposed
        .iter()
        .map(|(input, days)| Group { count: viewer.counted(input.inside), exposure: *days })
        .collect();
    let (count, days) =
        exposed.iter().fold((0, 0.0), |(count, days), (input, own)| (count + input.inside, days + own));
    let prior = marshall(&groups);
    let others = exposed.iter().filter(|(input, _)| !input.asked).count();
    let total = if whole || viewer == Viewer::Analyst || others >= LEAST_OTHERS {
        Cell::for_viewer(count, viewer)
    } else {
        Cell::HIDDEN
    };
    let network = basis.figure(method::RATE, [("count", total)], || banded::rate_of(count, days, viewer))?;
    let centres = inputs
        .iter()
        .filter(|input| input.asked)
        .map(|input| centre(input, total, &prior, &network, basis, viewer))
        .collect::<Result<_, _>>()?;
    Ok(Rates { network, centres })
}

fn centre(
    input: &Input,
    total: Cell,
    prior: &Result<Prior, EstimateError>,
    network: &Figure<Rate>,
    basis: &Basis,
    viewer: Viewer,
) -> Result<CentreRate, BadInput> {
    let days = input.exposure.estimate().map_or(0.0, |exposure| exposure.resident_days);
    // How much of this centre's own exposure nobody reported.
    let own = input
        .exposure
        .estimate()
        .map(|exposure| ("exposure_interpolated", Some(exposure.interpolated_share)));
    let basis = &basis.with(own);
    let cell = Cell::for_viewer(input.inside, viewer);
    let group = Group { count: viewer.counted(input.inside), exposure: days };
    Ok(CentreRate {
        centre: input.code.clone(),
        exposure: input.exposure.clone(),
        outside_exposure: Cell::for_viewer(input.outside, viewer),
        rate: basis
            .figure(method::RATE, [("count", cell)], || banded::rate_of(input.inside, days, viewer))?,
        shrunken: basis.figure(method::SHRUNKEN, [("count", cell), ("network_count", total)], || {
            let shrunken = prior.clone()?.shrink(group, Level::P95)?;
            Ok(Shrunken {
                rate: shrunken.rate * PER_RESIDENT_DAYS,
                interval: shrunken.interval.map(|interval| interval.scaled(PER_RESIDENT_DAYS)),
                ..shrunken
            })
        })?,
        funnel: basis.figure(method::FUNNEL, [("network_count", total)], || {
            let line = network.answer.estimate().map_or(0.0, |rate| rate.per_1000);
            let expected = line * days / PER_RESIDENT_DAYS;
            let limits = |level| {
                funnel(expected, level).map(|limits| FunnelLimits {
                    lower: limits.lower * line,
                    upper: limits.upper * line,
                    level,
                })
            };
            limits(Level::P95)
                .zip(limits(Level::P998))
                .map(|(limits_95, limits_998)| Funnel { expected, centre_line: line, limits_95, limits_998 })
                .ok_or_else(|| {
                    if days > 0.0 { Reason::NothingObserved.into() } else { Reason::NoExposure.into() }
                })
        })?,
    })
}
