//! `nabij rules adopt`: since when a rule looks back, told once.

use crate::place::Place;

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_looks_back_as_far_as_somebody_asked_and_an_unknown_one_is_refused() {
    let place = Place::new().await;
    let (acute, march, april) = ("acute-signal", "2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z");
    let adopt = |from: &str| place.nabij(&["rules", "adopt", acute, "--from", from]).exits(0);
    let out = adopt(march).out;
    let (rule, since) = out.trim_end().split_once(" looks at everything since ").unwrap();
    assert_eq!(since, march, "{out}");
    // Asked again, or for less: it looks at that already.
    for from in [march, april] {
        assert_eq!(adopt(from).out.trim_end(), format!("{rule} looks at that already"), "{from}");
    }
    let told = place.nabij(&["rules", "adopt", acute, "--from", "2026-02-01T00:00:00Z", "--json"]).exits(0);
    assert_eq!(told.json()["changed"], true);

    let unknown = place.nabij(&["rules", "adopt", "acute", "--from", march]).exits(2);
    let sentence = unknown.sentence();
    assert!(sentence.starts_with("acute is no rule of") && sentence.contains("acute-signal"), "{sentence}");
    place.nabij(&["rules", "adopt", acute, "--from", "yesterday"]).exits(2);
    place.nabij(&["rules", "adopt", acute]).exits(2);
    place.end().await;
}
