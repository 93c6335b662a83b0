//! `nabij import incidents`: good rows go in, bad ones aside, another file not at all, a repeat adds nothing.

use std::fs;
use std::sync::Arc;

use jiff::Timestamp;
use nabij_log::Submission;
use nabij_model::incident::{Incident, IncidentCommand, former_id_of};
use nabij_model::{Actor, CentreId, Policies};
use serde_json::json;

use crate::place::{Place, deploy};

const MAP: &str = r#"
source = "test-register"

[centre]
code = { column = "place" }
unknown = "register"
operator = { column = "run_by", values = { "Red Cross" = "rode-kruis" } }

[register_number]
column = "nr"

[incident_type]
column = "what"

[level]
column = "level"
missing = "unknown"
values = { Ernstig = "critical" }

[occurred_at]
column = "when"
format = "%d/%m/%Y %H:%M"
zone = "Europe/Brussels"
"#;

const HEADER: &str = "nr,place,run_by,what,level,when\n";
const GOOD: &str = "2024/1,Sint-Truiden,Red Cross,Fight - serious,Ernstig,31/03/2024 10:00\n\
                    2024/2,Kapellen,Fedasil,Self harm,,27/10/2024 02:30\n";
const BAD: &str = "2024/3,Kapellen,Fedasil,Fight,Ernstig,31/02/2024 10:00\n\
                   ?,Kapellen,Fedasil,Fight,Ernstig,01/02/2024 10:00\n\
                   2024/4,Kapellen,Fedasil,Fight,Zwaar,01/02/2024 10:00\n\
                   2024/5,Kapellen,Fedasil,Fight\n\
                   2024/6,Kapellen,Fedasil,Fight,,01/02/2999 10:00\n\
                   2024/2,Kapellen,Fedasil,Something else,,27/10/2024 02:30\n";

struct Files {
    place: Place,
    file: String,
    map: String,
}

impl Files {
    async fn with(rows: &str) -> Self {
        let place = Place::new().await;
        let file = place.file("register.csv", format!("{HEADER}{rows}"));
        let map = place.file("map.toml", MAP);
        Self { place, file, map }
    }

    fn import(&self, more: &[&str]) -> crate::place::Run {
        let words = ["import", "incidents", &self.file, "--map", &self.map, "--json"];
        self.place.nabij(&[&words, more].concat())
    }
}

#[tokio::test]
async fn rows_go_in_once() {
    let files = Files::with(GOOD).await;
    let first = files.import(&[]).exits(0).json();
    for (count, expected) in
        [("rows", 2), ("added", 2), ("present", 0), ("rejected", 0), ("centres_registered", 2)]
    {
        assert_eq!(first[count], expected, "{count} of {first}");
    }
    assert_eq!(files.place.events(), 4);
    let again = files.import(&[]).exits(0).json();
    assert_eq!((&again["added"], &again["present"]), (&0.into(), &2.into()), "{again}");
    assert_eq!(files.place.events(), 4);
    drop(files.place.file("register.csv", format!("{HEADER}{GOOD}").replace("Self harm", "Fight")));
    let changed = files.import(&[]).exits(1);
    assert_eq!(
        (&changed.json()["present"], &changed.json()["rejected"]),
        (&1.into(), &1.into()),
        "{}",
        changed.out
    );
    assert!(changed.err.contains("line 3: imported before with other content"), "{}", changed.err);
    assert_eq!(files.place.events(), 4);
    files.place.end().await;
}

#[tokio::test]
async fn a_dry_run_says_the_same_and_appends_nothing() {
    let files = Files::with(&format!("{GOOD}{BAD}")).await;
    let told = files.import(&["--dry-run"]).exits(1).json();
    assert_eq!(files.place.events(), 0);
    let done = files.import(&[]).exits(1).json();
    for count in ["rows", "added", "present", "rejected", "skipped", "centres_registered"] {
        assert_eq!(told[count], done[count], "{count}");
    }
    assert_eq!(files.import(&["--dry-run"]).exits(1).json()["present"], 2);
    assert_eq!(files.place.events(), 4);
    files.place.end().await;
}

#[tokio::test]
async fn bad_rows_go_aside_with_line_column_and_reason() {
    let files = Files::with(&format!("{GOOD}{BAD}")).await;
    let rejects = files.place.dir().join("rejects.csv");
    let done = files.import(&["--rejects", rejects.to_str().unwrap()]).exits(1).json();
    assert_eq!((&done["added"], &done["rejected"]), (&2.into(), &6.into()), "{done}");
    let text = fs::read_to_string(rejects).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], format!("line,column,reason,{}", HEADER.trim_end()));
    for (line, column, cell) in [
        (4, "when", "31/02/2024"),
        (5, "nr", "?"),
        (6, "level", "Zwaar"),
        (7, "", "2024/5"),
        (8, "when", "2999"),
        (9, "", "Something else"),
    ] {
        let row = lines.iter().find(|row| row.starts_with(&format!("{line},{column},")));
        assert!(row.is_some_and(|row| row.contains(cell)), "line {line}: {text}");
    }
    files.place.end().await;
}

#[tokio::test]
async fn another_file_is_refused_whole() {
    let files = Files::with("").await;
    let other = |name: &str, text: &[u8]| {
        let file = files.place.file(name, text);
        let words = ["import", "incidents", &file, "--map", &files.map];
        files.place.nabij(&words).exits(2).sentence().to_owned()
    };
    assert!(
        other("a.csv", format!("{}{GOOD}", HEADER.replace("what", "wat")).as_bytes()).contains("\"what\"")
    );
    assert!(
        other("b.csv", format!("{}{GOOD}", HEADER.replace("run_by", "what")).as_bytes()).contains("what")
    );
    assert!(other("c.csv", b"").contains("empty"));
    let latin: Vec<u8> =
        [HEADER.as_bytes(), GOOD.as_bytes(), b"2024/9,Li\xe8ge,Fedasil,Fight,,01/02/2024 10:00\n"].concat();
    assert!(other("d.csv", &latin).contains("not UTF-8 at line 4"));
    let away = files.place.nabij(&["import", "incidents", "no/such.csv", "--map", &files.map]).exits(2);
    assert!(away.sentence().contains("no/such.csv"), "{}", away.err);
    assert_eq!(files.place.events(), 0);
    files.place.end().await;
}

#[tokio::test]
async fn an_exact_header_and_a_sound_map_are_held_to() {
    let files = Files::with(GOOD).await;
    let exact = format!("{MAP}\n[file]\nheader = [\"nr\", \"place\"]\n");
    for (map, told) in [
        (exact.as_str(), "6 columns, not 2"),
        (&MAP.replace("Europe/Brussels", "Europe/Bruges"), "Europe/Bruges"),
        (&MAP.replace("operator = ", "region = "), "centre.operator"),
        (&format!("sun = true\n{MAP}"), "sun"),
    ] {
        let map = files.place.file("other.toml", map);
        let refused = files.place.nabij(&["import", "incidents", &files.file, "--map", &map]).exits(2);
        assert!(refused.err.contains(told), "{told}: {}", refused.err);
    }
    assert_eq!(files.place.events(), 0);
    files.place.end().await;
}

#[tokio::test]
async fn rows_of_an_unknown_centre_are_rejected_where_the_map_says_so() {
    let files = Files::with(GOOD).await;
    let strict = files.place.file("strict.toml", MAP.replace("\"register\"", "\"reject\""));
    let words = ["import", "incidents", &files.file, "--map", &strict, "--json"];
    let done = files.place.nabij(&words).exits(1);
    assert_eq!((&done.json()["added"], &done.json()["rejected"]), (&0.into(), &2.into()));
    assert!(done.err.contains("line 2, column place: ") && done.err.contains("sint-truiden"), "{}", done.err);
    assert_eq!(files.place.events(), 0);
    files.place.end().await;
}

#[tokio::test]
async fn the_real_register_comes_out_as_its_publisher_counts_it() {
    let Some(data) = nabij_testkit::shared_data() else { return };
    let place = Place::new().await;
    let import = |what, file, map| {
        let (file, map) = (data.join(file), deploy().join("maps").join(map));
        let words = ["import", what, file.to_str().unwrap(), "--map", map.to_str().unwrap(), "--json"];
        place.nabij(&words).exits(0).json()
    };
    let incidents = || import("incidents", "au_incidents_2008_2011.csv", "au_incidents.toml");
    let population = || import("occupancy", "au_population_by_place.csv", "au_population.toml");
    let (first, counts) = (incidents(), population());
    assert_eq!((&first["added"], &first["centres_registered"]), (&11_026.into(), &28.into()), "{first}");
    assert_eq!(
        (&counts["rows"], &counts["skipped"], &counts["added"]),
        (&809.into(), &197.into(), &612.into())
    );
    assert_eq!((&counts["centres_registered"], &counts["present"]), (&3.into(), &0.into()), "{counts}");
    let events = place.events();
    assert_eq!(events, 11_026 + 28 + 612 + 3);
    let (again, counts) = (incidents(), population());
    assert_eq!((&again["added"], &again["present"]), (&0.into(), &11_026.into()), "{again}");
    assert_eq!((&counts["added"], &counts["present"]), (&0.into(), &612.into()), "{counts}");
    assert_eq!(place.events(), events);
    place.end().await;
}

#[tokio::test]
async fn a_file_that_went_in_before_ids_followed_from_operators_is_not_doubled() {
    let files = Files::with(GOOD).await;
    let log = crate::audit::log(&files.place).await;
    let by: Actor =
        serde_json::from_value(json!({"subject": "nabij-import", "role": "service", "centres": []})).unwrap();
    let submission = Submission::new(Timestamp::now(), by, Arc::new(Policies::shipped()));
    for (number, centre, kind, level, at) in [
        ("2024/1", "sint-truiden", "violence", "major", "2024-03-31T08:00:00Z"),
        ("2024/2", "kapellen", "self-harm", "unknown", "2024-10-27T00:30:00Z"),
    ] {
        let entry = json!({
            "centre": CentreId::derived(&["centre", centre]), "source": "test-register", "register_number": number,
            "incident_type": kind, "level": level, "occurred_at": at,
        });
        let command = IncidentCommand::Register(serde_json::from_value(entry).unwrap());
        let id = former_id_of(&"test-register".parse().unwrap(), &number.parse().unwrap());
        log.execute::<Incident>(id.into(), command, &submission).await.unwrap();
    }
    let told = files.import(&[]).json();
    assert_eq!(told["added"], 0, "{told}");
    files.place.end().await;
}
