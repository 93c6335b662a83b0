//! Published answers, to the digits printed: `../shared/reference/underreporting.json` beside the repository.

#![expect(clippy::unwrap_used, reason = "the helpers of tests read a file whose form is known")]

mod reference;

use nabij_underreporting::estimators::chao::{AtLeast, Form, Frequencies, Sampling, lower_bound};
use nabij_underreporting::estimators::delays::{Wait, kaplan_meier};
use nabij_underreporting::estimators::poisson::{byar, funnel};
use nabij_underreporting::estimators::proportion::{clopper_pearson, wilson};
use nabij_underreporting::estimators::shrinkage::{Group, marshall};
use nabij_underreporting::estimators::two_lists::{TwoLists, normal};
use nabij_underreporting::estimators::{Interval, Level};
use reference::{case, numbers, same};
use serde_json::Value;

fn counts(value: &Value) -> Vec<u64> {
    value.as_array().unwrap().iter().map(|number| number.as_u64().unwrap()).collect()
}

#[track_caller]
fn same_limits(actual: Interval, printed: &Value, digits: i32) {
    same(actual.lower, &printed[0], digits);
    same(actual.upper.unwrap(), &printed[1], digits);
}

#[test]
fn wilson_and_clopper_pearson_of_r_binom() {
    let Some(case) = case("reporting ratio intervals") else { return };
    for (index, pair) in case["data"]["x_n"].as_array().unwrap().iter().enumerate() {
        let (x, n) = (pair[0].as_u64().unwrap(), pair[1].as_u64().unwrap());
        // The first four are printed in full, the others to eight significant digits.
        let digits = if index < 4 { 12 } else { 7 };
        same_limits(wilson(x, n, Level::P95).unwrap().interval, &case["answer"]["wilson"][index], digits);
        same_limits(
            clopper_pearson(x, n, Level::P95).unwrap().interval,
            &case["answer"]["exact"][index],
            digits,
        );
    }
}

#[test]
fn byar_and_wilson_of_public_health_england() {
    let Some(case) = case("Byar and Wilson limits") else { return };
    let (byars, wilsons) =
        (case["data"]["byar"].as_array().unwrap(), case["data"]["wilson"].as_array().unwrap());
    for (given, printed) in byars.iter().zip(case["answer"]["byar"].as_array().unwrap()) {
        let level = Level::new(given[1].as_f64().unwrap()).unwrap();
        same_limits(byar(given[0].as_u64().unwrap(), level), printed, 10);
    }
    for (given, printed) in wilsons.iter().zip(case["answer"]["wilson"].as_array().unwrap()) {
        let level = Level::new(given[2].as_f64().unwrap()).unwrap();
        let share = wilson(given[0].as_u64().unwrap(), given[1].as_u64().unwrap(), level).unwrap();
        same_limits(share.interval, printed, 12);
    }
}

fn two_lists(case: &Value) -> TwoLists {
    let count = |name: &str| case["data"][name].as_u64().unwrap();
    TwoLists::new(count("n1"), count("n2"), count("m")).expect("published counts are consistent")
}

#[test]
fn chapman_petersen_and_bailey_of_recapr() {
    let Some(case) = case("two-list n1=100 n2=100 m=20") else { return };
    let (lists, answer) = (two_lists(&case), &case["answer"]);
    let chapman = lists.chapman(Level::P95).unwrap();
    same(chapman.estimate, &answer["chapman"], 4);
    same(chapman.se * chapman.se, &answer["chapman_var"], 3);
    same(chapman.se, &answer["chapman_se"], 5);
    let petersen = lists.petersen(Level::P95).unwrap();
    same(petersen.estimate, &answer["petersen"], 9);
    same(petersen.se * petersen.se, &answer["petersen_var"], 8);
    let bailey = lists.bailey(Level::P95).unwrap();
    same(bailey.estimate, &answer["bailey"], 4);
    same(bailey.se * bailey.se, &answer["bailey_var"], 2);
}

#[test]
fn chapman_of_seber() {
    let Some(case) = case("Seber 2002 Tables 3.7-3.8 a") else { return };
    let lists = two_lists(&case);
    let chapman = lists.chapman(Level::P95).unwrap();
    same(chapman.estimate, &case["answer"]["chapman"], 0);
    same(chapman.se, &case["answer"]["se"], 0);
    // The printed interval was computed from the rounded estimate and standard error.
    let interval = normal(chapman.estimate.round(), chapman.se.round(), 0.0, Level::P95);
    same_limits(interval, &case["answer"]["CI_95"], 0);
    assert!(!chapman.few_overlap);
    // The log-odds interval is longer above and shorter below than the normal one.
    assert!(chapman.interval.lower > interval.lower && chapman.interval.upper > interval.upper);
}

#[test]
fn petersen_and_chapman_of_fsa() {
    let Some(case) = case("FSA documentation example") else { return };
    let (lists, answer) = (two_lists(&case), &case["answer"]);
    let petersen = lists.petersen(Level::P95).unwrap();
    same(petersen.estimate, &answer["petersen"], 1);
    same(petersen.se, &answer["petersen_se"], 2);
    same_limits(petersen.interval, &answer["petersen_CI_wilson"], 0);
    let chapman = lists.chapman(Level::P95).unwrap();
    same(chapman.estimate, &answer["chapman"], 0);
    same(chapman.se, &answer["chapman_se"], 1);
}

fn chao(case: &Value, form: Form) -> AtLeast {
    let counts = Frequencies::of(&counts(&case["data"]["counts"]));
    // EstimateS takes 1.96 for the normal quantile; that is this level.
    let level = Level::new(0.950_004_209_703_559).expect("it lies between 0 and 1");
    lower_bound(counts, Sampling::Unlimited, form, level).expect("published counts are estimable")
}

#[test]
fn chao_of_estimates() {
    let Some(case) = case("Chao lower bound, singles and doubles present") else { return };
    let (bound, classic) = (chao(&case, Form::BiasCorrected), chao(&case, Form::Classic));
    same(bound.at_least, &case["answer"]["bc"], 9);
    same(bound.se, &case["answer"]["bc_se"], 2);
    same_limits(bound.interval, &case["answer"]["bc_CI"], 2);
    same(classic.at_least, &case["answer"]["classic"], 9);
    same(classic.se, &case["answer"]["classic_se"], 2);
    same_limits(classic.interval, &case["answer"]["classic_CI"], 2);
}

#[test]
fn chao_of_estimates_at_the_edges() {
    for name in ["Chao lower bound, f1=0", "Chao lower bound, f2=0"] {
        let Some(case) = case(name) else { return };
        let bound = chao(&case, Form::BiasCorrected);
        same(bound.at_least, &case["answer"]["est"], 9);
        same(bound.se, &case["answer"]["se"], 2);
        same_limits(bound.interval, &case["answer"]["CI"], 2);
    }
}

#[test]
fn funnel_limits_of_funnel_plot_r() {
    let Some(case) = case("funnel limits around SMR 1") else { return };
    for (index, expected) in numbers(&case["data"]["expected"]).into_iter().enumerate() {
        let (inner, outer) = (funnel(expected, Level::P95).unwrap(), funnel(expected, Level::P998).unwrap());
        same(inner.lower, &case["answer"]["ll95"][index], 6);
        same(inner.upper, &case["answer"]["ul95"][index], 6);
        same(outer.lower, &case["answer"]["ll998"][index], 6);
        same(outer.upper, &case["answer"]["ul998"][index], 6);
    }
}

fn groups(case: &Value, exposure: &str, years: f64) -> Vec<Group> {
    counts(&case["data"]["events"])
        .into_iter()
        .zip(numbers(&case["data"][exposure]))
        .map(|(count, exposure)| Group { count, exposure: exposure * years })
        .collect()
}

#[test]
fn marshall_of_esda() {
    let Some(case) = case("NC SIDS 1974, Marshall EB rates") else { return };
    let groups = groups(&case, "exposure", 1.0);
    let prior = marshall(&groups).unwrap();
    for (index, group) in groups.iter().take(5).enumerate() {
        let shrunken = prior.shrink(*group, Level::P95).unwrap();
        same(shrunken.rate, &case["answer"]["eb_first5"][index], 7);
        let excess = f64::from(u32::try_from(group.count).unwrap()) / (group.exposure * prior.mean);
        same(excess, &case["answer"]["excess_risk_first5"][index], 5);
    }
}

#[test]
fn marshall_of_spdep() {
    let Some(case) = case("Auckland infant mortality, EBest") else { return };
    let prior = marshall(&groups(&case, "Und5_81", 9.0)).unwrap();
    same(prior.variance, &case["answer"]["a"], 13);
    same(prior.mean, &case["answer"]["b"], 9);
}

#[test]
fn kaplan_meier_of_r_survival() {
    let Some(case) = case("aml remission, Kaplan-Meier") else { return };
    for (arm, digits, limit_digits) in [("maintained", 3, [4, 3]), ("nonmaintained", 4, [4, 3])] {
        let (data, answer) = (&case["data"][arm], &case["answer"][arm]);
        let waits: Vec<Wait> = numbers(&data["time"])
            .into_iter()
            .zip(counts(&data["event"]))
            .map(|(time, event)| Wait { time, ended: event == 1, count: 1 })
            .collect();
        let curve = kaplan_meier(&waits, Level::P95).unwrap();
        let times: Vec<f64> = curve.steps.iter().map(|step| step.time).collect();
        assert_eq!(times, numbers(&answer["time"]));
        for (index, step) in curve.steps.iter().enumerate() {
            same(step.waiting, &answer["surv"][index], digits);
            if answer["se"][index].is_null() {
                assert_eq!((step.se, step.interval), (None, None));
                continue;
            }
            same(step.se.unwrap(), &answer["se"][index], 4);
            same(step.interval.unwrap().lower, &answer["lower"][index], limit_digits[0]);
            same(step.interval.unwrap().upper.unwrap(), &answer["upper"][index], limit_digits[1]);
        }
        assert_eq!(curve.median, answer["median"].as_f64());
        assert_eq!(curve.median_lower, answer["median_CI"][0].as_f64());
        assert_eq!(curve.median_upper, answer["median_CI"][1].as_f64());
    }
}
