//! `nabij estimate` as an analyst uses it: a file in, figures or a problem out; no servers, no settings.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::process::{Command, Output};

use serde_json::Value;

fn estimate(what: &str, table: &str, more: &[&str]) -> Output {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("table.csv"), table).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_nabij"));
    for name in ["NATS_URL", "DATABASE_URL"] {
        command.env_remove(name);
    }
    command.args(["estimate", what, "--table", "table.csv"]).args(more).current_dir(dir.path());
    command.output().unwrap()
}

#[track_caller]
fn json(what: &str, table: &str) -> Value {
    let output = estimate(what, table, &["--json", "--bootstrap", "200"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[track_caller]
fn close(actual: &Value, expected: f64, within: f64) {
    let actual = actual.as_f64().unwrap_or_else(|| panic!("{actual} is no number"));
    assert!((actual - expected).abs() <= within, "{actual} is not {expected}");
}

/// Victims in three lists (Silverman, Chan & Vincent 2024, table 3).
const KOREA: &str = "a,b,c,count\n0,0,1,41\n0,1,0,5\n1,0,0,5\n1,1,0,54\n1,0,1,6\n0,1,1,0\n1,1,1,12\n";

#[test]
fn lists_give_every_model_the_best_and_how_far_they_lie_apart() {
    let answer = json("lists", KOREA);
    assert_eq!(answer["observed"], 123);
    assert_eq!(answer["chapman"]["reason"], "more_than_two_lists");
    let models = answer["models"].as_array().unwrap();
    assert_eq!(models.len(), 8);
    let of =
        |terms: &[&str]| models.iter().find(|model| model["terms"] == Value::from(terms.to_vec())).unwrap();
    close(&of(&["12", "23"])["estimate"], 157.1667, 5e-5);
    close(&of(&["12", "3"])["deviance"], 8.566_946, 5e-7);
    assert_eq!(of(&["12", "13"])["exists"], false);
    assert_eq!(of(&["12", "13"])["estimable"], false);
    assert_eq!(answer["best_bic"]["terms"], Value::from(vec!["12", "23"]));
    close(&answer["spread"]["bic"]["highest"], 268.7778, 5e-5);
    // The bootstrap chooses again on each draw, so it reaches past the spread; the same seed gives the same.
    let bootstrap = &answer["best_bic"]["bootstrap"];
    assert_eq!(bootstrap["replicates"], 200);
    assert!(bootstrap["interval"]["upper"].as_f64().is_none_or(|upper| upper > 268.0), "{bootstrap}");
    assert_eq!(json("lists", KOREA)["best_bic"]["bootstrap"], *bootstrap);
    // What its intervals were found to hold stands beside each.
    let said = |best: &str, at: usize| answer[best]["coverage"][at]["sentence"]["en"].as_str().unwrap();
    assert!(said("best_aic", 0).contains("69") && said("best_aic", 1).contains("62"), "{answer}");
    assert!(said("stepwise", 2).contains("37"), "{answer}");
    // The spread by AIC, which is the custom, stands by itself too.
    assert_eq!(answer["spread"]["lower"], answer["spread"]["aic"]["lower"]);
    assert_eq!(
        (&answer["spread"]["estimable"], &answer["spread"]["reason"]),
        (&Value::from(true), &Value::Null)
    );
    let text = estimate("lists", KOREA, &["--bootstrap", "0"]);
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.contains("[12,23]") && text.contains("at least"), "{text}");
    assert!(text.contains("bootstrap BCa     Read the interval as too narrow"), "{text}");
}

#[test]
fn it_needs_no_settings_and_none_that_are_wrong_stop_it() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("nabij.toml"), "[deploy]\nfolder = \"nowhere\"\n").unwrap();
    std::fs::write(dir.path().join("table.csv"), "x,n\n7,10000000\n").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_nabij"));
    command.args(["estimate", "proportion", "--table", "table.csv"]).current_dir(dir.path());
    assert!(command.output().unwrap().status.success());
}

#[test]
fn two_lists_give_chapman_and_without_overlap_say_what_is_missing() {
    let answer = json("lists", "police,ngo,count\n1,0,80\n0,1,80\n1,1,20\n");
    close(&answer["chapman"]["estimate"], 484.7619, 5e-5);
    close(&answer["chapman"]["se"], 82.03151, 5e-6);
    // Independence of two lists is Petersen's estimate.
    close(&answer["models"][0]["estimate"], 500.0, 1e-6);
    let apart = json("lists", "police,ngo,count\n1,0,80\n0,1,80\n");
    assert_eq!(apart["chapman"]["estimable"], false);
    assert_eq!(apart["chapman"]["reason"], "no_overlap");
    assert!(apart["chapman"]["what_is_missing"]["en"].as_str().unwrap().contains("link what is about"));
    assert_eq!(apart["best_aic"]["estimable"], false);
    assert!(apart["chao"]["lower"].as_f64().unwrap() >= 160.0);
}

#[test]
fn shares_rates_and_waits_are_those_of_published_tables() {
    let shares = json("proportion", "x,n\n18,20\n0,30\n30,30\n0,0\n");
    close(&shares["rows"][0]["wilson"]["lower"], 0.698_966_354_771_512_8, 1e-12);
    close(&shares["rows"][0]["clopper_pearson"]["upper"], 0.987_651_472_829_705_2, 1e-10);
    assert_eq!(shares["rows"][1]["wilson"]["lower"], 0.0);
    assert_eq!(shares["rows"][2]["clopper_pearson"]["upper"], 1.0);
    assert_eq!(shares["rows"][3]["reason"], "no_units");
    let rates = json("rates", "centre,count,exposure\na,2,100\nb,10,100\nc,0,0\n");
    close(&rates["rows"][0]["rate"], 0.02, 1e-12);
    close(&rates["rows"][0]["per_1000"], 20.0, 1e-9);
    close(&rates["rows"][0]["shrunken"], 0.035, 1e-12);
    assert_eq!(rates["rows"][2]["estimable"], false);
    // R's aml data, the maintained arm.
    let waits = "start,end,observed_until\n0,9,\n0,13,\n0,,13\n0,18,\n0,23,\n0,,28\n0,31,\n0,34,\n0,,45\n0,48,\n0,,161\n";
    let delays = json("delays", waits);
    assert_eq!((delays["units"].as_u64(), delays["median"].as_f64()), (Some(11), Some(31.0)));
    close(&delays["table"][2]["survival"], 0.716, 5e-4);
    close(&delays["table"][2]["se"], 0.1397, 5e-5);
    let days = json(
        "delays",
        "start,end,observed_until\n2026-01-01,2026-01-04,2026-02-01\n2026-01-01,,2026-02-01\n",
    );
    assert_eq!((days["table"][0]["time"].as_f64(), days["waiting"].as_u64()), (Some(3.0), Some(1)));
}

#[test]
fn numbers_find_their_series_and_silences_their_centre() {
    let numbers = json(
        "numbers",
        "number,at\nVW08-1,2008-01-01\nVW08-2,2008-01-02\nVW08-5,2008-02-01\n1/2009,2009-01-01\n3/2009,2009-03-01\n",
    );
    let series =
        |index: usize| (&numbers["series"][index]["series"], numbers["series"][index]["missing"].as_u64());
    assert_eq!((series(0), series(1)), ((&"2009/".into(), Some(1)), (&"VW08-".into(), Some(2))));
    // Two centres write every other day for 200 days; one of them stops for the last hundred.
    let mut table = "centre,at\n".to_owned();
    let first: jiff::civil::Date = "2026-01-01".parse().unwrap();
    for day in (0..200).step_by(2) {
        let at = first.checked_add(jiff::Span::new().days(day)).unwrap();
        table.push_str(&format!("north,{at}\n"));
        if day < 100 {
            table.push_str(&format!("south,{at}\n"));
        }
    }
    let silences = json("silences", &table);
    let flagged: Vec<&Value> =
        silences["spans"].as_array().unwrap().iter().filter(|span| span["flagged"] == true).collect();
    assert_eq!(flagged.len(), 1);
    assert_eq!((&flagged[0]["centre"], &flagged[0]["from"]), (&"south".into(), &"2026-04-09".into()));
    assert_eq!(flagged[0]["open"], true);
    assert!(flagged[0]["p_value"].as_f64().unwrap() < 1e-6);
}

#[test]
fn a_wrong_table_is_refused_with_row_and_reason() {
    let twenty = format!(
        "{},count\n{},3\n",
        (1..=20).map(|i| format!("l{i}")).collect::<Vec<_>>().join(","),
        ["1"; 20].join(",")
    );
    for (what, table, said) in [
        ("lists", "a,b,count\n1,0,4\n0,1,-2\n", ["row 2", "negative"]),
        ("lists", "a,b,count\n1,0,4\n0,1,2\n1,0,1\n", ["row 3", "row 1"]),
        ("lists", "a,count\n1,4\n", ["row 1", "at least two"]),
        ("lists", "a,b,count\n1,0,0\n0,1,0\n", ["row 1", "all 2 rows"]),
        ("lists", "a,b,count\n1,0,many\n", ["row 1", "not a number"]),
        ("lists", "a,b,count\n1,2,3\n", ["row 1", "neither 0"]),
        ("lists", "a,b,count\n1,0,3\n0,0,3\n", ["row 2", "on no list"]),
        ("lists", &twenty, ["row 1", "at most 12"]),
        ("lists", "a,b,count\n1,0,3\n1,1,9007199254740992\n", ["row 2", "too large"]),
        ("lists", "a,,count\n1,0,3\n", ["table", "column 2 of 3 has no name"]),
        ("proportion", "x,n\n1,2\n3,2\n", ["row 2", "exceed"]),
        ("rates", "centre,count,exposure\na,3,1e-320\nb,2,1\n", ["row 1", "out of range"]),
        ("rates", "centre,count,exposure\na,1,5\na,1,5\n", ["row 2", "earlier"]),
        ("rates", "centre,count,exposure\na,1,0\n", ["row 1", "without any exposure"]),
        ("delays", "start,end,observed_until\n2026-01-02,2026-01-01,\n", ["row 1", "before the start"]),
        ("delays", "start,end,observed_until\n2026-01-02,,\n", ["row 1", "observed_until"]),
        ("silences", "centre,at\na,yesterday\n", ["row 1", "no moment"]),
        ("numbers", "number,at\n,2026-01-01\n", ["row 1", "empty"]),
        ("numbers", "reference\n1\n", ["table", "no column"]),
    ] {
        let output = estimate(what, table, &["--json"]);
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{what} {table}: {error}");
        assert!(said.iter().all(|said| error.contains(said)), "{what} {table}: {error}");
        let problem: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert!(error.contains(problem["problem"]["reason"].as_str().unwrap()), "{error}");
    }
    let absent = Command::new(env!("CARGO_BIN_EXE_nabij"))
        .args(["estimate", "lists", "--table", "/nonexistent/table.csv", "--json"])
        .output()
        .unwrap();
    assert_eq!(absent.status.code(), Some(2));
    let problem: Value = serde_json::from_slice(&absent.stdout).unwrap();
    assert!(problem["problem"]["reason"].as_str().unwrap().contains("cannot be read"), "{problem}");
}
