//! Log-linear totals and delays against published answers, to the digits printed.
#![expect(clippy::unwrap_used, reason = "helpers of tests read a file whose form is known")]

mod reference;

use nabij_underreporting::estimators::Level;
use nabij_underreporting::estimators::chain_ladder::chain_ladder;
use nabij_underreporting::estimators::cusum::tabular;
use nabij_underreporting::estimators::loglinear::heterogeneity::closed_models;
use nabij_underreporting::estimators::loglinear::profile::{profile, regal_hook};
use nabij_underreporting::estimators::loglinear::select::{Criterion, compare};
use nabij_underreporting::estimators::loglinear::stepwise::{THRESHOLD, stepwise};
use nabij_underreporting::estimators::loglinear::{Histories, Model, fit};
use reference::{case, numbers, same};
use serde_json::Value;

fn histories(case: &Value) -> Histories {
    let rows: Vec<(Vec<bool>, u64)> = case["data"]["histories"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(digits, count)| (digits.chars().map(|digit| digit == '1').collect(), count.as_u64().unwrap()))
        .collect();
    let lists = usize::try_from(case["data"]["lists"].as_u64().unwrap()).unwrap();
    Histories::of(lists, &rows).unwrap()
}

/// `[12,23]` as sets of lists.
fn model(lists: usize, name: &str) -> Model {
    let terms: Vec<usize> = name
        .trim_matches(['[', ']'])
        .split(',')
        .map(|term| term.chars().map(|digit| 1 << (digit.to_digit(10).unwrap() - 1)).sum())
        .collect();
    Model::new(lists, &terms)
}

#[test]
fn hiv_in_rome_of_rcapture() {
    let Some(one) = case("HIV Rome, list interaction 12") else { return };
    let histories = histories(&one);
    let fitted = fit(&histories, &model(4, "[12,3,4]")).unwrap();
    same(fitted.estimate, &one["answer"]["N"], 2);
    same(fitted.se, &one["answer"]["se"], 3);
    same(fitted.deviance, &one["answer"]["deviance"], 6);
    same(fitted.aic, &one["answer"]["AIC"], 5);
    assert_eq!(fitted.df as u64, one["answer"]["df"]);

    let pairs = case("HIV Rome, all six pairs").unwrap();
    let fitted = fit(&histories, &model(4, "[12,13,14,23,24,34]")).unwrap();
    same(fitted.estimate, &pairs["answer"]["N"], 2);
    same(fitted.se, &pairs["answer"]["se"], 3);
    same(fitted.deviance, &pairs["answer"]["deviance"], 6);
    same(fitted.aic, &pairs["answer"]["AIC"], 5);
    for (index, value) in fitted.coefficients.iter().enumerate() {
        // Rcapture orders pairs 12, 13, 14, 23, 24, 34; sets are in binary order 12, 13, 23, 14, 24, 34.
        let printed = [0, 1, 2, 3, 4, 5, 6, 8, 7, 9, 10][index];
        same(*value, &pairs["answer"]["coef"][printed], 7);
        same(fitted.coefficient_ses[index], &pairs["answer"]["coef_se"][printed], 7);
    }
}

#[test]
fn intervals_hold_the_estimate_and_say_where_there_is_no_upper_limit() {
    let Some(one) = case("HIV Rome, list interaction 12") else { return };
    let histories = histories(&one);
    let fitted = fit(&histories, &model(4, "[12,3,4]")).unwrap();
    for interval in [
        profile(&histories, &fitted, Level::P95),
        regal_hook(&histories, &fitted, Level::P95),
        fitted.log_interval(Level::P95),
    ] {
        let upper = interval.upper.unwrap();
        assert!(interval.lower > 10_000.0 && interval.lower < fitted.estimate, "{interval:?}");
        assert!(upper > fitted.estimate && upper < 16_000.0, "{interval:?}");
    }
}

#[test]
fn heterogeneity_of_rcapture() {
    let Some(one) = case("mvole period 3 table") else { return };
    let models = closed_models(&histories(&one));
    assert_eq!(models.len(), 10);
    for model in models {
        let printed = &one["answer"]["rows"][&model.name];
        // Printed to one and three decimals, the row of Mh Gamma3.5 in full.
        let full = model.name == "Mh Gamma3.5";
        same(model.estimate, &printed[0], if full { 4 } else { 1 });
        same(model.se, &printed[1], if full { 4 } else { 1 });
        same(model.deviance, &printed[2], if full { 5 } else { 3 });
        assert_eq!(model.df as u64, printed[3]);
        same(model.aic, &printed[4], if full { 5 } else { 3 });
    }
}

#[test]
fn stepwise_of_new_orleans_and_the_western_site() {
    for name in ["New Orleans 8 lists, stepwise p<0.02", "Western US site 5 lists, stepwise"] {
        let Some(one) = case(name) else { return };
        let walk = stepwise(&histories(&one), THRESHOLD).unwrap();
        same(walk.fitted.estimate, &one["answer"]["N"], 0);
        let selected: Vec<String> = walk
            .steps
            .iter()
            .map(|step| step.added.bytes().map(|digit| char::from(digit - b'1' + b'A')).collect())
            .collect();
        assert_eq!(Value::from(selected), one["answer"]["selected"]);
        if one["answer"]["deviance"].is_number() {
            same(walk.fitted.deviance, &one["answer"]["deviance"], 5);
            same(walk.fitted.aic, &one["answer"]["AIC"], 4);
            same(walk.fitted.bic, &one["answer"]["BIC"], 4);
            same(walk.fitted.estimate, &one["answer"]["N_printed"], 3);
            assert_eq!(walk.fitted.df as u64, one["answer"]["df"]);
        }
    }
}

#[test]
fn admissible_models_of_korea() {
    let Some(one) = case("Korea 3 lists, all admissible models") else { return };
    let histories = histories(&one);
    let compared = compare(&histories);
    let (rows, rejected) =
        (one["answer"]["rows"].as_object().unwrap(), one["answer"]["rejected"].as_array().unwrap());
    assert_eq!(compared.models.len(), 8);
    for (model, fitted) in &compared.models {
        let name = format!("[{}]", model.terms().join(","));
        match fitted {
            Ok(fitted) => {
                same(fitted.estimate, &rows[&name][0], 4);
                same(fitted.bic, &rows[&name][1], 5);
            }
            Err(check) => assert!(rejected.contains(&Value::from(name)) && !check.exists),
        }
    }
    assert_eq!(compared.fitted().count(), rows.len());
    let best = compared.best(Criterion::Bic).unwrap();
    assert_eq!(best.model.terms(), ["12", "23"]);
    let second = fit(&histories, &model(3, "[12,3]")).unwrap();
    same(second.deviance, &one["answer"]["deviance_[12,3]"], 6);
    same(second.aic, &one["answer"]["AIC_[12,3]"], 5);
    let spread = compared.spread(Criterion::Bic, Level::P95).unwrap();
    assert!(spread.lowest < 158.0 && spread.highest > 268.0, "two models within two units: {spread:?}");
}

#[test]
fn existence_and_identifiability_of_the_artificial_table() {
    let Some(one) = case("Artificial_3 existence and identifiability") else { return };
    let histories = histories(&one);
    for (name, printed) in one["answer"].as_object().unwrap() {
        let code = match fit(&histories, &model(3, name)) {
            Ok(_) => 0,
            Err(check) => u64::from(!check.exists) + 2 * u64::from(!check.identifiable),
        };
        assert_eq!(code, printed.as_u64().unwrap(), "{name}");
    }
}

#[test]
fn chain_ladder_of_mack() {
    let Some(one) = case("RAA triangle, Mack chain ladder") else { return };
    let triangle: Vec<Vec<f64>> = one["data"]["cumulative_triangle"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row.as_array().unwrap().iter().filter_map(Value::as_f64).collect())
        .collect();
    let (developed, answer) = (chain_ladder(&triangle).unwrap(), &one["answer"]);
    for (index, factor) in developed.factors.iter().enumerate() {
        same(*factor, &answer["f"][index], 3);
    }
    for (index, period) in developed.periods.iter().enumerate() {
        same(period.ultimate, &answer["ultimate"][index], 0);
        same(period.to_come, &answer["IBNR"][index], 1);
        same(period.se, &answer["se"][index], 1);
    }
    same(developed.to_come, &answer["IBNR_total"], 2);
    same(developed.se, &answer["se_total"], 2);
}

#[test]
fn cusum_of_montgomery() {
    let Some(one) = case("tabular CUSUM chemical concentration") else { return };
    let cusum = tabular(&numbers(&one["data"]["x"]), 99.0, 1.0, 10.0).unwrap();
    for index in 0..cusum.upper.len() {
        same(cusum.upper[index], &one["answer"]["upper"][index], 9);
        same(cusum.lower[index], &one["answer"]["lower"][index], 9);
    }
    assert_eq!(!cusum.signals.is_empty(), one["answer"]["signal"].as_bool().unwrap());
}
