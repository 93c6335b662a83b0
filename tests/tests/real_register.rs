//! The real register: 11,026 incidents of 28 centres and the population of those centres, from the import to the figures.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::collections::BTreeMap;
use std::path::Path;

use jiff::civil::DateTime;
use nabij_testkit::shared_data;
use nabij_tests::{Network, Token};
use serde_json::Value;

/// The whole time of the register, counted where it was written down.
const PERIOD: &str = "from=2008-01-01&to=2011-07-01&zone=Australia/Sydney";

struct Imported {
    network: Network,
    analyst: Token,
    incidents: Vec<BTreeMap<String, String>>,
    population: Vec<BTreeMap<String, String>>,
}

/// Rows of a CSV file by column.
fn rows(file: &Path) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(file).unwrap();
    reader.deserialize().map(|row| row.unwrap()).collect()
}

/// Imports incidents and occupancy as somebody at a terminal does; answers how many events that made.
fn import(network: &Network, data: &Path) -> [Value; 2] {
    let maps = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/maps");
    [
        ("incidents", "au_incidents_2008_2011.csv", "au_incidents.toml"),
        ("occupancy", "au_population_by_place.csv", "au_population.toml"),
    ]
    .map(|(what, file, map)| {
        let (file, map) = (data.join(file), maps.join(map));
        let words = ["import", what, file.to_str().unwrap(), "--map", map.to_str().unwrap(), "--json"];
        network.nabij(&words).exits(0).json()
    })
}

async fn imported() -> Option<Imported> {
    let data = shared_data()?;
    let network = Network::new().await;
    import(&network, &data);
    let analyst = network.token("analyst", "analyst-1", None, None);
    let incidents = rows(&data.join("au_incidents_2008_2011.csv"));
    let population = rows(&data.join("au_population_by_place.csv"));
    Some(Imported { network, analyst, incidents, population })
}

impl Imported {
    async fn figures(&self, report: &str) -> Value {
        let sequence = self.network.nabij(&["verify", "--json"]).exits(0).json()["events"].as_u64().unwrap();
        let path = format!("/v1/analytics/{report}?{PERIOD}&min_sequence={sequence}");
        self.network.get(&self.analyst, &path).await.ok().json()
    }

    /// How many incidents have each value of a column, named as codes are.
    fn counts(&self, column: &str) -> BTreeMap<String, u64> {
        let mut counts = BTreeMap::new();
        for row in &self.incidents {
            *counts.entry(code(&row[column])).or_default() += 1;
        }
        counts
    }
}

/// A label as a code: lower case, everything else a hyphen.
fn code(label: &str) -> String {
    let words: Vec<String> = label
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    if words.is_empty() { "unknown".to_owned() } else { words.join("-") }
}

fn table(counts: &Value, by: &str) -> BTreeMap<String, u64> {
    let cells = counts["by"][by].as_object().unwrap_or_else(|| panic!("no {by} in {counts}"));
    cells.iter().map(|(name, cell)| (code(name), cell["count"].as_u64().unwrap())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_register_counts_as_its_publisher_says() {
    let Some(imported) = imported().await else { return };
    let _services = imported.network.serve_all().await;
    let counts = imported.figures("register-counts").await;
    assert_eq!(counts["total"]["count"], 11_026);

    // The check facts that came with the data.
    let level = table(&counts, "level");
    let known = [("minor", 6003), ("major", 3258), ("critical", 1764), ("unknown", 1)];
    assert_eq!(level, known.map(|(name, count)| (name.to_owned(), count)).into());
    let category = table(&counts, "category");
    for (name, count) in [
        ("violence", 1895),
        ("disturbance-or-damage", 1795),
        ("protest", 1751),
        ("injury", 1500),
        ("other", 1326),
        ("self-harm", 1288),
        ("complaint", 1151),
        ("media-or-protest", 320),
    ] {
        assert_eq!(category[name], count, "{name}");
    }
    let centre = table(&counts, "centre");
    for (name, count) in [
        ("villawood-idc", 2584),
        ("north-west-point-immigration-facility", 2465),
        ("northern-idc", 1462),
        ("curtin-idc", 1106),
    ] {
        assert_eq!(centre[name], count, "{name}");
    }

    // Every other cell, against the file itself.
    assert_eq!(centre, imported.counts("centre"));
    assert_eq!(category, imported.counts("category"));
    assert_eq!(table(&counts, "month"), imported.counts("month"));
}

#[tokio::test(flavor = "multi_thread")]
async fn rates_are_those_of_an_independent_calculation() {
    let Some(imported) = imported().await else { return };
    let _services = imported.network.serve_all().await;
    let rates = imported.figures("reporting-rates").await;
    let expected = independent_rates(&imported);
    let mut compared = 0;
    for row in rates["register"]["centres"].as_array().unwrap() {
        let name = row["centre"].as_str().unwrap();
        let shown =
            row.pointer("/rate/answer/per_1000").or_else(|| row.pointer("/rate/answer/estimate/per_1000"));
        match (expected.get(name), shown.and_then(Value::as_f64)) {
            (Some(expected), Some(shown)) => {
                assert!(
                    (shown - expected).abs() < 1e-6 * expected.max(1.0),
                    "{name}: {shown}, expected {expected}"
                );
                compared += 1;
            }
            (None, None) => {}
            (expected, shown) => panic!("{name}: {shown:?}, expected {expected:?}: {row}"),
        }
    }
    assert!(compared > 10, "only {compared} centres have a rate");
}

/// Incidents per 1,000 resident-days between a centre's first and last population count: straight lines between counts, days
/// counted in minutes. Written anew here, on purpose.
fn independent_rates(imported: &Imported) -> BTreeMap<String, f64> {
    let minutes = |text: &str| {
        let at: DateTime = text.parse().unwrap();
        at.to_zoned(jiff::tz::TimeZone::get("Australia/Sydney").unwrap()).unwrap().timestamp().as_second()
            as f64
            / 60.0
    };
    let end = minutes("2011-07-01T00:00");
    let mut counts: BTreeMap<String, BTreeMap<i64, f64>> = BTreeMap::new();
    for row in
        imported.population.iter().filter(|row| !row["centre"].is_empty() && row["row_kind"] == "centre")
    {
        let at = minutes(&format!("{}T12:00", row["as_at"]));
        *counts.entry(code(&row["centre"])).or_default().entry(at as i64).or_default() +=
            row["total"].parse::<f64>().unwrap();
    }
    let mut rates = BTreeMap::new();
    for (centre, counts) in counts {
        let points: Vec<(f64, f64)> =
            counts.into_iter().map(|(at, residents)| (at as f64, residents)).collect();
        let mut person_minutes = 0.0;
        for pair in points.windows(2) {
            let ((a, from), (b, to)) = (pair[0], pair[1]);
            let b_cut = b.min(end);
            if b_cut <= a {
                continue;
            }
            let at_cut = from + (to - from) * (b_cut - a) / (b - a);
            person_minutes += (from + at_cut) / 2.0 * (b_cut - a);
        }
        let (Some(first), Some(last)) = (points.first(), points.last()) else { continue };
        if person_minutes <= 0.0 {
            continue;
        }
        let within = imported.incidents.iter().filter(|row| code(&row["centre"]) == centre).filter(|row| {
            let at = minutes(&row["occurred_on"]);
            at >= first.0 && at < last.0.min(end)
        });
        let rate = within.count() as f64 / (person_minutes / 1440.0) * 1000.0;
        rates.insert(centre, rate);
    }
    rates
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_import_adds_nothing_and_the_log_verifies() {
    let Some(data) = shared_data() else { return };
    let network = Network::new().await;
    import(&network, &data);
    let once = network.nabij(&["verify", "--json"]).exits(0).json();
    import(&network, &data);
    let twice = network.nabij(&["verify", "--json"]).exits(0).json();
    assert!(once["events"].as_u64().unwrap() > 11_026, "{once}");
    assert_eq!(once["events"], twice["events"]);
}
