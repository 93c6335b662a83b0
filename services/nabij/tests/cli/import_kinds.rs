//! `nabij import occupancy|cases|signals`, with the maps that come with Nabij.

use crate::place::{Place, deploy};

fn map(name: &str) -> String {
    deploy().join("maps").join(name).display().to_string()
}

const COUNTS: &str = "as_at,place_as_published,centre,row_kind,men,women,children,total,published_network_total,network_total_matches\n";

/// A place with the centre Kapellen, as counts of it register it.
async fn with_kapellen() -> Place {
    let place = Place::new().await;
    let file = place.file("counts.csv", format!("{COUNTS}2009-07-17,Kapellen,Kapellen,centre,1,1,1,3,3,1\n"));
    let words = ["import", "occupancy", &file, "--map", &map("au_population.toml")];
    drop(place.nabij(&words).exits(0));
    assert_eq!(place.events(), 2);
    place
}

#[tokio::test]
async fn a_count_is_taken_once_and_its_correction_too() {
    let place = with_kapellen().await;
    let file = place.file(
        "more.csv",
        format!(
            "{COUNTS}2009-07-17,Kapellen,Kapellen,centre,1,1,1,3,3,1\n\
             2009-07-17,Kapellen,Kapellen,centre,2,1,1,4,4,1\n\
             2009-07-24,All,,aggregate,2,1,1,4,4,1\n\
             2009-07-24,Kapellen,Kapellen,centre,2,1,5,4,4,1\n\
             2009-07-24,Kapellen,Kapellen,centre,2,1,1,four,4,1\n"
        ),
    );
    let words = ["import", "occupancy", &file, "--map", &map("au_population.toml"), "--json"];
    let done = place.nabij(&words).exits(1);
    let report = done.json();
    for (count, expected) in [("rows", 5), ("added", 1), ("present", 1), ("skipped", 1), ("rejected", 2)] {
        assert_eq!(report[count], expected, "{count} of {report}");
    }
    assert!(done.err.contains("line 5, column children: "), "{}", done.err);
    assert!(done.err.contains("line 6, column total: "), "{}", done.err);
    assert_eq!(place.events(), 3);
    place.end().await;
}

#[tokio::test]
async fn cases_and_signals_go_in_once_and_nothing_of_them_is_told() {
    let place = with_kapellen().await;
    let cases = place.file(
        "cases.csv",
        "number,opened,centre,birth_date,birth_year,with,languages,arrived,name,official_number\n\
         d-1,2024-01-08 09:00,Kapellen,17/02/2012,,NBMV,ps-AF nl,05/01/2024,Zilverreiger Vier,8812345\n\
         d-2,2024-01-09 09:00,Kapellen,,1990,,,,,\n\
         d-3,2024-01-09 09:00,Kapellen,32/02/2012,,,,,Zilverreiger Drie,\n\
         d-4,2024-01-09 09:00,Lint,,1991,,,,Zilverreiger Twee,\n",
    );
    let signals = place.file(
        "signals.csv",
        "number,written,centre,what,kind,how_known,how_serious,happened,child,residents\n\
         s-1,2024-02-01 10:00,Kapellen,\"Zilverreiger zei: ik ga weg, ver\",zelfverwonding,verteld,hoog,2024-01-31 22:00,ja,d-1 d-2\n\
         s-2,2024-02-01 11:00,Kapellen,Zilverreiger ruzie,ruzie,,,,misschien,\n",
    );
    let import =
        |what, file: &str, name| place.nabij(&["import", what, file, "--map", &map(name), "--json"]).exits(1);
    let (first, second) =
        (import("cases", &cases, "cases.toml"), import("signals", &signals, "signals.toml"));
    for (done, added, rejected) in [(&first, 2, 2), (&second, 1, 1)] {
        let report = done.json();
        assert_eq!((&report["added"], &report["rejected"]), (&added.into(), &rejected.into()), "{report}");
        assert!(!done.err.contains("Zilverreiger"), "what is to be sealed was told: {}", done.err);
    }
    assert!(first.err.contains("line 4, column birth_date: "), "{}", first.err);
    assert!(first.err.contains("line 5, column centre: "), "{}", first.err);
    assert!(second.err.contains("line 3, column child: "), "{}", second.err);
    assert_eq!(place.events(), 5);
    assert_eq!(import("cases", &cases, "cases.toml").json()["present"], 2);
    assert_eq!(import("signals", &signals, "signals.toml").json()["present"], 1);
    assert_eq!(place.events(), 5);
    place.end().await;
}
