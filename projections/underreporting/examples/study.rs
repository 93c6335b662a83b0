//! How often intervals hold the truth: 500 simulated networks of known truth for each scenario, printed as a page of findings.
//!
//! `cargo run --release -p nabij-underreporting --example study > projections/underreporting/STUDY.md`; seeded, so always the same page.

use nabij_underreporting::estimators::chao::{AtLeast, Form, Frequencies, Sampling, lower_bound};
use nabij_underreporting::estimators::chao_lists::{ListFrequencies, lower_bound_of_lists};
use nabij_underreporting::estimators::loglinear::bootstrap::bca;
use nabij_underreporting::estimators::loglinear::profile::{profile, regal_hook};
use nabij_underreporting::estimators::loglinear::select::{Criterion, compare};
use nabij_underreporting::estimators::loglinear::stepwise::{THRESHOLD, stepwise};
use nabij_underreporting::estimators::loglinear::{Fitted, Histories, Model, fit};
use nabij_underreporting::estimators::shrinkage::{Group, marshall};
use nabij_underreporting::estimators::silences::{Quiet, dispersion, probability_of_nothing, stand_out};
use nabij_underreporting::estimators::two_lists::TwoLists;
use nabij_underreporting::estimators::{EstimateError, Interval, Level};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const NETWORKS: u32 = 500;
/// Occurrences of a network and year, and of a small one: a quarter of a small network, as centres ask about it.
const TRUTH: usize = 300;
const FEW: usize = 30;
const CENTRES: usize = 12;
/// How often register, frontline, discussion and the resident's own voice capture an occurrence.
const LISTS: [f64; 4] = [0.35, 0.5, 0.3, 0.2];
const DRAWS: u32 = 200;

#[derive(Clone, Copy, PartialEq)]
enum Scenario {
    Independent,
    Dependent,
    Heterogeneous,
    SilentCentre,
    NewRule,
    Small,
}

impl Scenario {
    const ALL: [(Self, &str); 6] = [
        (Self::Independent, "independent lists"),
        (
            Self::Dependent,
            "dependent lists: what is on the frontline list has three times the odds of the discussion's",
        ),
        (
            Self::Heterogeneous,
            "heterogeneous centres: odds of capture differ between centres by a factor of e^±1",
        ),
        (
            Self::SilentCentre,
            "one silent centre: a twelfth of all occurrences is on the resident's own list or on none",
        ),
        (Self::NewRule, "a new reporting rule in mid-year: the register captures 0.2 before and 0.6 after"),
        (Self::Small, "few occurrences: independent lists, 30 occurrences in all"),
    ];

    fn truth(self) -> usize {
        if self == Self::Small { FEW } else { TRUTH }
    }

    fn captured(self, centre: usize, after: bool, visible: f64, random: &mut ChaCha8Rng) -> [bool; 4] {
        let odds = |p: f64, times: f64| p / (1.0 - p) * times / (1.0 + p / (1.0 - p) * times);
        let mut on = [false; 4];
        for (list, share) in LISTS.into_iter().enumerate() {
            let share = match self {
                Self::NewRule if list == 0 => {
                    if after {
                        0.6
                    } else {
                        0.2
                    }
                }
                Self::SilentCentre if centre == 0 && list < 3 => 0.0,
                Self::Dependent if list == 2 && on[1] => odds(share, 3.0),
                Self::Heterogeneous => odds(share, visible),
                _ => share,
            };
            on[list] = random.random_bool(share);
        }
        on
    }
}

/// What one way of estimating made of all networks of a scenario.
#[derive(Default)]
struct Tally {
    held: u32,
    estimated: u32,
    unbounded: u32,
    errors: Vec<f64>,
}

impl Tally {
    fn add(&mut self, estimate: Estimated, truth: f64, bound: bool) {
        let Some((estimate, interval)) = estimate else { return };
        self.estimated += 1;
        self.unbounded += u32::from(interval.upper.is_none());
        let above = bound || interval.upper.is_none_or(|upper| truth <= upper + 1e-9);
        self.held += u32::from(interval.lower <= truth + 1e-9 && above);
        self.errors.push(estimate / truth - 1.0);
    }

    fn line(&mut self, name: &str) -> String {
        let share = |part: u32, of: u32| if of == 0 { 0.0 } else { 100.0 * f64::from(part) / f64::from(of) };
        self.errors.sort_by(f64::total_cmp);
        let median = self.errors.get(self.errors.len() / 2).copied().unwrap_or(f64::NAN);
        let covered = share(self.held, self.estimated);
        let flag = if covered < 90.0 { " **below 90**" } else { "" };
        format!(
            "| {name} | {covered:.1}{flag} | {:+.1} | {:.1} | {:.1} |",
            100.0 * median,
            share(self.unbounded, self.estimated),
            share(NETWORKS - self.estimated, NETWORKS)
        )
    }
}

fn network(scenario: Scenario, random: &mut ChaCha8Rng) -> Vec<[bool; 4]> {
    let visible: Vec<f64> = (0..CENTRES).map(|_| random.random_range(-1.0_f64..1.0).exp()).collect();
    let truth = scenario.truth();
    (0..truth)
        .map(|unit| {
            let centre = unit % CENTRES;
            scenario.captured(centre, unit >= truth / 2, visible[centre], random)
        })
        .collect()
}

fn histories(units: &[[bool; 4]]) -> Option<Histories> {
    let mut counts = [0_u64; 16];
    for unit in units {
        counts[unit.iter().enumerate().map(|(list, on)| usize::from(*on) << list).sum::<usize>()] += 1;
    }
    let row = |cell: usize| ((0..4).map(|list| cell >> list & 1 == 1).collect(), counts[cell]);
    Histories::of(4, &(1..16).map(row).collect::<Vec<_>>()).ok()
}

type Estimated = Option<(f64, Interval)>;

/// Each way of estimating, in the order of the page.
fn estimates(units: &[[bool; 4]], table: &Histories) -> Vec<Estimated> {
    let level = Level::P95;
    let count = |keep: &dyn Fn(&[bool; 4]) -> bool| units.iter().filter(|unit| keep(unit)).count() as u64;
    let pair = |second: &dyn Fn(&[bool; 4]) -> bool| {
        let lists =
            TwoLists::new(count(&|unit| unit[0]), count(second), count(&|unit| unit[0] && second(unit)));
        let total = lists.ok()?.chapman(level).ok()?;
        Some((total.estimate, total.interval))
    };
    let unequal = ListFrequencies {
        alone: (0..4).map(|list| table.cells()[1 << list]).collect(),
        f2: table.captured(2),
        observed: table.observed(),
        captures: table.captures(),
    };
    let equal = Frequencies {
        observed: table.observed(),
        f1: table.captured(1),
        f2: table.captured(2),
        captures: table.captures(),
    };
    let bound =
        |bound: Result<AtLeast, EstimateError>| bound.ok().map(|bound| (bound.at_least, bound.interval));
    let log = |fitted: &Fitted| (fitted.estimate, fitted.log_interval(level));
    let profiled = |fitted: &Fitted| (fitted.estimate, profile(table, fitted, level));
    let plain = fit(table, &Model::independence(4)).ok();
    let compared = compare(table);
    let (bic, aic) = (compared.best(Criterion::Bic), compared.best(Criterion::Aic));
    let walk = stepwise(table, THRESHOLD).ok();
    let walked = walk.as_ref().map(|walk| &walk.fitted);
    let again = |table: &Histories| stepwise(table, THRESHOLD).ok().map(|walk| walk.fitted.estimate);
    let drawn =
        walked.and_then(|fitted| Some((fitted.estimate, bca(table, level, DRAWS, 1, again)?.interval)));
    vec![
        pair(&|unit| unit[1..].contains(&true)),
        pair(&|unit| unit[1]),
        bound(lower_bound_of_lists(&unequal, level)),
        bound(lower_bound(equal, Sampling::Lists(4), Form::BiasCorrected, level)),
        plain.as_ref().map(log),
        bic.map(log),
        bic.map(profiled),
        bic.map(|fitted| (fitted.estimate, regal_hook(table, fitted, level))),
        aic.map(log),
        aic.map(profiled),
        walked.map(log),
        walked.map(profiled),
        drawn,
    ]
}

fn totals(scenario: Scenario, seed: u64) -> Vec<String> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let names = [
        "Chapman: register and all others together",
        "Chapman: register and frontline by themselves",
        "Chao for unequal lists, at least (lower limit)",
        "Chao with (t-1)/t, at least (lower limit)",
        "log-linear, independence, log interval",
        "log-linear, best BIC, log interval",
        "log-linear, best BIC, profile",
        "log-linear, best BIC, Regal-Hook",
        "log-linear, best AIC, log interval",
        "log-linear, best AIC, profile",
        "stepwise, log interval",
        "stepwise, profile",
        "stepwise, BCa bootstrap that repeats the walk",
    ];
    let mut tallies: Vec<Tally> = names.iter().map(|_| Tally::default()).collect();
    let truth = f64::from(u32::try_from(scenario.truth()).unwrap_or(u32::MAX));
    for _ in 0..NETWORKS {
        let units = network(scenario, &mut random);
        let Some(table) = histories(&units) else { continue };
        let estimates = estimates(&units, &table);
        assert_eq!(estimates.len(), names.len());
        for ((tally, estimate), name) in tallies.iter_mut().zip(estimates).zip(names) {
            tally.add(estimate, truth, name.contains("at least"));
        }
    }
    names.iter().zip(&mut tallies).map(|(name, tally)| tally.line(name)).collect()
}

/// A year of twelve centres with 0.3 to 1.2 records a week; the first writes nothing for the last `quiet` days. How often that is
/// flagged, and how often anything else is.
fn silences(seed: u64, quiet: f64) -> (f64, f64, f64) {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let (mut found, mut alarmed, mut alarms) = (0_u32, 0_u32, 0_u32);
    for _ in 0..NETWORKS {
        let mut centres = Vec::new();
        for centre in 0..CENTRES {
            let rate = if centre == 0 { 1.0 } else { random.random_range(0.3..1.2) } / 7.0;
            let end = if centre == 0 { 365.0 - quiet } else { 365.0 };
            let (mut day, mut records) = (0.0, Vec::new());
            loop {
                day -= random.random_range(f64::MIN_POSITIVE..1.0).ln() / rate;
                if day >= end {
                    break;
                }
                records.push(day);
            }
            centres.push(records);
        }
        let groups: Vec<Group> =
            centres.iter().map(|records| Group { count: records.len() as u64, exposure: 365.0 }).collect();
        let Ok(prior) = marshall(&groups) else { continue };
        let mut all = Vec::new();
        for (records, group) in centres.iter().zip(&groups) {
            let mut spans = Vec::new();
            let rate = prior.shrink(*group, Level::P95).map_or(0.0, |shrunken| shrunken.rate);
            let weekly: Vec<u64> = (0..52)
                .map(|week| {
                    let from = 7.0 * f64::from(week);
                    records.iter().filter(|day| **day >= from && **day < from + 7.0).count() as u64
                })
                .collect();
            let clusters = dispersion(&weekly);
            let edges: Vec<f64> = [0.0].into_iter().chain(records.iter().copied()).chain([365.0]).collect();
            for (index, edge) in edges.windows(2).enumerate() {
                let last = index + 2 == edges.len();
                let p = probability_of_nothing(rate, edge[1] - edge[0], clusters).unwrap_or(1.0);
                spans.push(Quiet { p_value: p, open: last });
            }
            all.push(spans);
        }
        let flags = stand_out(&all, 0.05).unwrap_or_default();
        // The real silence is the open one of the first centre, when there is one at all.
        let each = all.iter().zip(&flags).enumerate().flat_map(|(centre, (spans, flags))| {
            spans.iter().zip(flags).map(move |(span, flag)| (*flag, centre == 0 && span.open && quiet > 0.0))
        });
        let flagged = || each.clone().filter(|(flag, _)| *flag).map(|(_, real)| real);
        found += u32::from(flagged().any(|real| real));
        let wrong = u32::try_from(flagged().filter(|real| !real).count()).unwrap_or(u32::MAX);
        alarmed += u32::from(wrong > 0);
        alarms += wrong;
    }
    let share = |part: u32| 100.0 * f64::from(part) / f64::from(NETWORKS);
    (share(found), share(alarmed), f64::from(alarms) / f64::from(NETWORKS))
}

fn main() {
    println!("# How often the intervals hold the truth\n");
    println!(
        "{NETWORKS} simulated networks of {TRUTH} occurrences in {CENTRES} centres for each scenario (one of {FEW}), four lists that capture"
    );
    println!(
        "{LISTS:?} of them (register, frontline, discussion, own voice); 95 % intervals. Written by the example `study`."
    );
    println!(
        "Coverage is of the networks that could be estimated; of a bound it is how often its lower limit is not above the truth."
    );
    for (index, (scenario, title)) in Scenario::ALL.into_iter().enumerate() {
        println!("\n## {}\n", title);
        println!("| estimate | coverage, % | median error, % | no upper limit, % | not estimable, % |");
        println!("|---|---:|---:|---:|---:|");
        for line in totals(scenario, 100 + index as u64) {
            println!("{line}");
        }
    }
    println!("\n## Silences\n");
    println!(
        "A year, one centre that wrote once a week falls silent for its last days, the others write 0.3 to 1.2 times a week.\n"
    );
    println!(
        "| silent days | found, % of networks | networks with a false alarm, % | false alarms a network |"
    );
    println!("|---:|---:|---:|---:|");
    for (index, quiet) in [0.0, 30.0, 60.0, 90.0, 120.0].into_iter().enumerate() {
        let (found, alarmed, alarms) = silences(200 + index as u64, quiet);
        println!("| {quiet} | {found:.1} | {alarmed:.1} | {alarms:.3} |");
    }
}
