//! How often intervals hold the truth, over many simulated networks of known truth; seeded, so always the same.

use nabij_underreporting::estimators::Level;
use nabij_underreporting::estimators::chao::{Form, Frequencies, Sampling, lower_bound};
use nabij_underreporting::estimators::chao_lists::{ListFrequencies, lower_bound_of_lists};
use nabij_underreporting::estimators::poisson::garwood;
use nabij_underreporting::estimators::proportion::{clopper_pearson, wilson};
use nabij_underreporting::estimators::two_lists::TwoLists;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const NETWORKS: u32 = 4_000;

/// The share of networks for which `holds` says yes, of those that it can judge.
fn share(seed: u64, mut holds: impl FnMut(&mut ChaCha8Rng) -> Option<bool>) -> f64 {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let judged: Vec<bool> = (0..NETWORKS).filter_map(|_| holds(&mut random)).collect();
    let held = judged.iter().filter(|held| **held).count();
    f64::from(u32::try_from(held).expect("few")) / f64::from(u32::try_from(judged.len()).expect("few"))
}

fn within(truth: f64, interval: nabij_underreporting::estimators::Interval) -> bool {
    interval.lower <= truth && interval.upper.is_none_or(|upper| truth <= upper)
}

fn successes(random: &mut ChaCha8Rng, n: u64, p: f64) -> u64 {
    (0..n).filter(|_| random.random_bool(p)).count() as u64
}

#[test]
fn sadinles_interval_covers_small_and_skewed_networks() {
    for (seed, truth, first, second) in [(1, 40, 0.6, 0.5), (2, 60, 0.9, 0.2), (3, 300, 0.3, 0.3)] {
        let covered = share(seed, |random| {
            let (mut n1, mut n2, mut m) = (0, 0, 0);
            for _ in 0..truth {
                let on = (random.random_bool(first), random.random_bool(second));
                n1 += u64::from(on.0);
                n2 += u64::from(on.1);
                m += u64::from(on.0 && on.1);
            }
            let total = TwoLists::new(n1, n2, m).ok()?.chapman(Level::P95).ok()?;
            Some(within(f64::from(truth), total.interval))
        });
        assert!(covered > 0.93, "N = {truth}, {first}, {second}: {covered}");
    }
}

#[test]
fn shares_cover_near_the_ends() {
    for (seed, n, p) in [(4, 20, 0.1), (5, 50, 0.5), (6, 200, 0.97)] {
        let wilsons = share(seed, |random| {
            Some(within(p, wilson(successes(random, n, p), n, Level::P95).ok()?.interval))
        });
        let exact = share(seed, |random| {
            Some(within(p, clopper_pearson(successes(random, n, p), n, Level::P95).ok()?.interval))
        });
        assert!(wilsons > 0.92, "Wilson, n = {n}, p = {p}: {wilsons}");
        assert!(exact >= 0.95, "Clopper-Pearson, n = {n}, p = {p}: {exact}");
    }
}

#[test]
fn garwood_covers_rare_records() {
    // A thousand chances of 0.003 each: Poisson with mean 3.
    let covered = share(7, |random| Some(within(3.0, garwood(successes(random, 1_000, 0.003), Level::P95))));
    assert!(covered >= 0.95, "{covered}");
}

#[test]
fn the_bound_stays_below_the_truth_though_lists_and_units_differ() {
    // Half of the occurrences have twice the odds of the other half; one list sees most of them, the others few.
    let truth = 240;
    let odds = [1.6, 0.4, 0.12, 0.1];
    let (mut unequal, mut equal) = (0.0, 0.0);
    let below = share(8, |random| {
        let (mut alone, mut captures) = (vec![0; odds.len()], vec![0; truth]);
        for (unit, captured) in captures.iter_mut().enumerate() {
            let visible = if unit % 2 == 0 { 1.4 } else { 0.7 };
            let on: Vec<usize> = (0..odds.len())
                .filter(|list| random.random_bool(odds[*list] * visible / (1.0 + odds[*list] * visible)))
                .collect();
            *captured = on.len() as u64;
            if let [list] = on[..] {
                alone[list] += 1;
            }
        }
        let counts = Frequencies::of(&captures);
        let (f2, observed) = (counts.f2, counts.observed);
        let lists = ListFrequencies { alone, f2, observed, captures: counts.captures };
        let bound = lower_bound_of_lists(&lists, Level::P95).ok()?;
        unequal += bound.at_least;
        let naive = lower_bound(counts, Sampling::Lists(4), Form::BiasCorrected, Level::P95).ok()?;
        equal += naive.at_least;
        Some(bound.interval.lower <= 240.0)
    });
    let (unequal, equal) = (unequal / f64::from(NETWORKS), equal / f64::from(NETWORKS));
    assert!(unequal < 240.0 && unequal > 200.0 && below > 0.97, "{unequal}, {below}");
    // Why the report does not use the form for equal lists: its "at least" is more than there is.
    assert!(equal > 250.0, "{equal}");
}
