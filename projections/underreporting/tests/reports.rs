//! The reports of a network that is small enough to count by hand, on real servers.

#![expect(clippy::unwrap_used, reason = "a test stops where what it needs is not there")]

mod common;

use common::{Network, at, submission};
use jiff::{SignedDuration, Timestamp};
use nabij_model::case::Accompaniment;
use nabij_model::centre::{Centre, CentreCommand};
use nabij_model::id::{CaseId, CentreId, DiscussionId, IncidentId, SignalId};
use nabij_model::incident::{Incident, IncidentCommand};
use nabij_model::signal::{Certainty, Signal, SignalCommand};
use nabij_underreporting::estimators::{Answer, Reason};
use nabij_underreporting::lists::List;
use nabij_underreporting::report::{
    AsOf, Filter, Viewer, delays, non_registration_reasons, register_counts, register_gaps, reporting_rates,
    silences, to_csv, underreporting,
};
use nabij_underreporting::reportability::Reportability;
use serde_json::{Value, json};

fn hours(from: Timestamp, hours: i64) -> Timestamp {
    from + SignedDuration::from_hours(hours)
}

/// Day `n` of January 2026 at nine.
fn day(n: i64) -> Timestamp {
    hours(at("2026-01-01T09:00:00Z"), 24 * (n - 1))
}

fn centre(name: &str) -> CentreId {
    CentreId::derived(&["test-centre", name])
}

fn signal(n: i64) -> SignalId {
    SignalId::derived(&["test-signal", &n.to_string()])
}

fn incident(n: i64) -> IncidentId {
    IncidentId::derived(&["test-incident", &n.to_string()])
}

async fn register_centre(network: &Network, name: &str, operator: &str) {
    let command = serde_json::from_value(json!({"code": name, "name": name, "operator": operator})).unwrap();
    network.does::<Centre>(centre(name), CentreCommand::Register(command), day(1)).await;
    for (when, residents) in [("2026-01-01T00:00:00Z", 100), ("2026-01-31T00:00:00Z", 100)] {
        let report = serde_json::from_value(json!({"as_at": when, "residents": residents})).unwrap();
        network
            .does::<Centre>(centre(name), CentreCommand::ReportOccupancy(report), at("2026-02-01T00:00:00Z"))
            .await;
    }
}

async fn log_signal(network: &Network, n: i64, more: Value) -> u64 {
    let mut body = json!({
        "centre": centre("alpha"), "category": "violence", "severity": "high", "certainty": "witnessed",
        "occurred": {"from": hours(day(n), -2)}, "involves_minor": false,
    });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let logged = serde_json::from_value(body).unwrap();
    network.does::<Signal>(signal(n), SignalCommand::Log(logged), day(n)).await
}

async fn register_incident(network: &Network, n: i64) -> u64 {
    register(network, n, json!({})).await
}

async fn register(network: &Network, n: i64, more: Value) -> u64 {
    let mut body = json!({
        "centre": centre("alpha"), "source": "fedasil", "register_number": format!("A26-{n}"),
        "incident_type": "fight", "category": "violence", "level": "major", "occurred_at": hours(day(n), -2),
        "registered_at": hours(day(n), 12), "minors_involved": false,
    });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let registered = serde_json::from_value(body).unwrap();
    network.does::<Incident>(incident(n), IncidentCommand::Register(registered), hours(day(n), 24)).await
}

async fn link(network: &Network, n: i64) -> u64 {
    let linked = serde_json::from_value(json!({"to": {"incident": incident(n)}})).unwrap();
    network.does::<Signal>(signal(n), SignalCommand::Link(linked), day(40)).await
}

async fn reason(network: &Network, n: i64, reason: &str) -> u64 {
    let reasoned = serde_json::from_value(json!({"reason": reason})).unwrap();
    network.does::<Signal>(signal(n), SignalCommand::DoNotRegister(reasoned), day(40)).await
}

/// Twenty signals of violence in alpha, entries 11 to 25 of the register, of which 11 to 20 are about the same ten. Six more
/// were heard in alpha and happened in beta. Gives the sequence before the links, and the last.
async fn history(network: &Network) -> (u64, u64) {
    register_centre(network, "alpha", "fedasil").await;
    register_centre(network, "beta", "rode-kruis").await;
    for n in 1..=20 {
        log_signal(network, n, json!({})).await;
    }
    let mut before = 0;
    for n in (11..=25).filter(|n| *n != 23) {
        before = register_incident(network, n).await;
    }
    for n in 21..=26 {
        before = log_signal(network, n, json!({"occurred_place": centre("beta")})).await;
    }
    let mut last = 0;
    for n in 11..=20 {
        last = link(network, n).await;
    }
    for n in 1..=5 {
        last = last.max(reason(network, n, "no_time").await);
    }
    (before, last)
}

fn january(sequence: u64) -> Filter {
    let as_of = AsOf { sequence, moment: day(60) };
    let mut filter = Filter::new("2026-01-01".parse().unwrap(), "2026-02-01".parse().unwrap(), as_of);
    filter.centre = Some(centre("alpha"));
    filter
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_in_the_register_is_counted_and_estimated() {
    let network = Network::start().await;
    let (before, last) = history(&network).await;
    network.shows(last).await;
    let rules = Reportability::shipped();

    let report = underreporting(&network.reader, &rules, &january(last), Viewer::Analyst).await.unwrap();
    let observed = &report.observed;
    assert_eq!(
        [observed.due, observed.registered, observed.unregistered, observed.reasoned, observed.undecided]
            .map(|cell| cell.count),
        [Some(20), Some(10), Some(10), Some(5), Some(5)]
    );
    assert_eq!(observed.gap.answer.estimate().map(|gap| gap.share), Some(0.5));
    assert_eq!(report.happened_elsewhere.count, Some(6));
    assert_eq!(report.histories["10100"].count, Some(10));
    // n1 = 20, n2 = 14, m = 10: 21 * 15 / 11 - 1.
    let total = report.total.answer.estimate().unwrap();
    assert!((total.estimate - (21.0 * 15.0 / 11.0 - 1.0)).abs() < 1e-9);
    let complete = report.completeness.answer.estimate().unwrap();
    assert!((complete.share - 14.0 / total.estimate).abs() < 1e-9);
    assert!(complete.interval.lower < complete.share && complete.interval.upper >= Some(complete.share));
    assert_eq!(
        report.pairs.iter().map(|pair| pair.lists).collect::<Vec<_>>(),
        [[List::Frontline, List::OfficialRegister]]
    );
    assert!(report.at_least.answer.estimate().unwrap().at_least > 24.0);
    // Of two lists there is one model: independence, n1 n2 / m = 28. It says why, and each figure says itself.
    let selected = report.models.answer.estimate().unwrap();
    assert!((selected.estimate - 28.0).abs() < 1e-6 && selected.terms == ["1", "2"]);
    assert!(selected.why.fr.contains("Sur 1 modèles") && selected.why.nl.contains("los van elkaar"));
    assert_eq!(report.total.spread.as_ref().map(|spread| spread.models.len()), Some(1));
    let held = report.by_list.iter().find(|one| one.list == List::Frontline).unwrap();
    assert_eq!(held.captured.count, Some(20));
    assert_eq!(
        observed.gap.sentence.nl,
        "Van 1 januari 2026 tot en met 31 januari 2026: van de 20 opgemerkte feiten die al in het register moesten \
         staan, staan er 10 niet in: 50\u{202f}% (30\u{202f}% tot 70\u{202f}%). Wat niemand opmerkte, telt hier niet mee."
    );
    let json = serde_json::to_value(&report).unwrap();
    for figure in ["total", "models", "completeness", "at_least", "agreement"] {
        for said in ["method", "inputs", "from", "to", "as_of", "missing", "answer", "spread", "sentence"] {
            assert!(json[figure].get(said).is_some(), "{figure} does not say {said}");
        }
    }

    // Where such intervals held the truth of fewer than 90 in 100 networks, that stands beside the figure, in the CSV and on the page.
    assert_eq!((report.total.coverage, report.at_least.coverage), (Some(73.8), Some(94.6)));
    let csv = to_csv(&report);
    let mut rows = csv::Reader::from_reader(csv.as_bytes());
    let rows: Vec<std::collections::HashMap<String, String>> =
        rows.deserialize().map(Result::unwrap).collect();
    for row in &rows {
        let below = row["coverage"].parse::<f64>().is_ok_and(|coverage| coverage < 90.0);
        for (column, said) in
            [("sentence_nl", "te smal"), ("sentence_fr", "trop étroit"), ("sentence_en", "too narrow")]
        {
            assert_eq!(row[column].contains(said), below, "{row:?}");
        }
    }
    let low: Vec<&str> = rows
        .iter()
        .filter(|row| row["coverage"].starts_with('7'))
        .map(|row| row["figure"].as_str())
        .collect();
    assert_eq!(
        low,
        ["estimated_total", "completeness", "estimated_total", "share_of_total", "share_of_total"]
    );

    // Before anybody linked anything, nothing overlapped: no estimate, and the reason why.
    let earlier = underreporting(&network.reader, &rules, &january(before), Viewer::Analyst).await.unwrap();
    assert_eq!(earlier.observed.registered.count, Some(0));
    let Answer::Refusal(refusal) = &earlier.total.answer else { panic!("estimated without overlap") };
    assert_eq!(refusal.reason, Reason::NoOverlap);

    // The centre where the six happened is charged with them, the one that listened is not.
    let beta = Filter { centre: Some(centre("beta")), ..january(last) };
    let beta = underreporting(&network.reader, &rules, &beta, Viewer::Analyst).await.unwrap();
    assert_eq!((beta.observed.due.count, beta.observed.registered.count), (Some(6), Some(0)));
    let place = beta.by.iter().find(|breakdown| breakdown.by == "place").unwrap();
    assert_eq!(place.parts[0].part, "heard_elsewhere");

    // A deadline that has not passed is no gap yet.
    let soon = Filter { as_of: AsOf { sequence: last, moment: hours(day(20), 1) }, ..january(last) };
    let soon = underreporting(&network.reader, &rules, &soon, Viewer::Analyst).await.unwrap();
    assert_eq!((soon.observed.due.count, soon.not_due.count), (Some(19), Some(1)));
    network.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn by_certainty_and_accompaniment_and_a_link_taken_back_counts_from_then_on() {
    let network = Network::start().await;
    register_centre(&network, "alpha", "fedasil").await;
    for n in 1..=6 {
        let accompaniment = if n <= 2 { "unaccompanied" } else { "parents" };
        let certainty = if n <= 3 { "disclosed" } else { "witnessed" };
        let more = json!({"involves_minor": true, "accompaniment": accompaniment, "certainty": certainty});
        log_signal(&network, n, more).await;
    }
    register_incident(&network, 1).await;
    let before = link(&network, 1).await;
    let to = json!({"to": {"incident": incident(1)}, "reason": "another_time"});
    let unlink = SignalCommand::Unlink(serde_json::from_value(to).unwrap());
    let last = network.does::<Signal>(signal(1), unlink, day(8)).await;
    network.shows(last).await;
    let rules = Reportability::shipped();
    let of = |filter: Filter| {
        let (reader, rules) = (&network.reader, &rules);
        async move { underreporting(reader, rules, &filter, Viewer::Analyst).await.unwrap() }
    };
    let counts = |report: &underreporting::Underreporting| {
        (report.observed.due.count, report.observed.registered.count)
    };
    let then = of(january(before)).await;
    assert_eq!((counts(&then), then.histories["10100"].count), ((Some(6), Some(1)), Some(1)));
    let now = of(january(last)).await;
    assert_eq!((counts(&now), now.histories.get("10100")), ((Some(6), Some(0)), None));
    assert_eq!(now.histories["00100"].count, Some(1));

    let said: Vec<_> = now.coverage.iter().map(|studied| studied.below_90).collect();
    assert_eq!(said, [true, true, false], "Chapman, the log-linear models, Chao's bound");

    let by = now.by.iter().find(|breakdown| breakdown.by == "accompaniment").unwrap();
    let parts: Vec<_> = by.parts.iter().map(|part| (part.part.as_str(), part.due.count)).collect();
    assert_eq!(parts, [("parents", Some(4)), ("unaccompanied", Some(2))]);
    let alone = Filter { accompaniment: Some(Accompaniment::Unaccompanied), ..january(last) };
    assert_eq!(counts(&of(alone).await), (Some(2), Some(0)));
    let told = Filter { certainty: Some(Certainty::Disclosed), ..january(before) };
    assert_eq!(counts(&of(told).await), (Some(3), Some(1)));
    network.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn others_than_analysts_see_bands_of_five() {
    let network = Network::start().await;
    let (_, last) = history(&network).await;
    let last = last.max(reason(&network, 6, "not_serious").await);
    network.shows(last).await;
    let rules = Reportability::shipped();
    let report = underreporting(&network.reader, &rules, &january(last), Viewer::Other).await.unwrap();
    // Undecided are 4: hidden; entries that only the register holds are 4: no estimate.
    assert_eq!((report.observed.undecided.count, report.observed.reasoned.count), (None, Some(7)));
    assert_eq!((report.observed.unregistered.count, report.observed.unregistered.within), (Some(12), 2));
    assert_eq!((report.not_due.count, report.late.count), (None, None), "nor is it said that there are none");
    let gap = &report.observed.gap;
    assert_eq!(gap.answer.estimate().map(|gap| (gap.x, gap.n)), Some((12, 24)));
    assert!(gap.sentence.en.ends_with("Counts are given within two."), "{}", gap.sentence.en);
    let Answer::Refusal(refusal) = &report.total.answer else {
        panic!("a count of 4 follows from the estimate")
    };
    assert_eq!(refusal.reason, Reason::Suppressed);
    let reasons =
        non_registration_reasons(&network.reader, &rules, &january(last), Viewer::Other).await.unwrap();
    let shown = reasons.reasons.iter().filter_map(|one| Some((one.reason, one.count.count?)));
    assert_eq!(shown.collect::<Vec<_>>(), [("no_time", 7)]);
    network.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rates_silences_gaps_delays_and_counts_of_the_same_month() {
    let network = Network::start().await;
    let (_, last) = history(&network).await;
    network.shows(last).await;
    let (rules, filter) = (Reportability::shipped(), january(last));

    let rates = reporting_rates(&network.reader, &rules, &filter, Viewer::Analyst).await.unwrap();
    let alpha = &rates.register.centres[0];
    let rate = alpha.rate.answer.estimate().unwrap();
    // A hundred residents for thirty days; fourteen entries.
    assert!((rate.exposure - 3_000.0).abs() < 1e-6 && rate.count == 14);
    assert!((rate.per_1000 - 14.0 / 3.0).abs() < 1e-9);
    assert!(alpha.exposure.estimate().unwrap().interpolated_share > 0.9);
    assert_eq!(rates.other_sources.centres[0].rate.answer.estimate().unwrap().count, 20);

    let silences = silences(&network.reader, &rules, &filter, Viewer::Analyst).await.unwrap();
    let Answer::Estimate(spans) = &silences.register[0].spans else { panic!("no spans") };
    // From the start of January to the first entry, about the eleventh at seven.
    assert!((spans[0].days - (10.0 + 7.0 / 24.0)).abs() < 1e-9, "{spans:?}");

    let gaps = register_gaps(&network.reader, &rules, &filter, Viewer::Analyst).await.unwrap();
    let series = &gaps.series[0];
    assert_eq!(
        (series.series.as_str(), series.highest.count, series.centres[0].as_str()),
        ("A26-", Some(25), "alpha")
    );
    let missing = [series.missing, series.missing_before_first].map(|cell| cell.count);
    assert_eq!((missing, series.gaps.as_ref().map(Vec::len)), ([Some(11), Some(10)], Some(2)));
    // Others see bands, and no runs: with the highest number they would tell how many entries there are.
    let banded = register_gaps(&network.reader, &rules, &filter, Viewer::Other).await.unwrap();
    let series = &banded.series[0];
    assert_eq!(
        [series.present.count, series.highest.count, series.missing.count],
        [Some(12), Some(27), Some(12)]
    );
    assert!(series.gaps.is_none() && series.sentence.en.contains("12 numbers are missing"), "{series:?}");
    // Nor is a series there for the one entry that a narrow question finds in it, or not there because it finds none.
    for kind in ["fight", "nobody-recorded-this"] {
        let narrow = Filter { kind: Some(kind.parse().unwrap()), ..filter.clone() };
        let narrow = register_gaps(&network.reader, &rules, &narrow, Viewer::Other).await.unwrap();
        assert_eq!(narrow.series.len(), 1, "{kind}");
    }

    let delays = delays(&network.reader, &rules, &filter, Viewer::Analyst).await.unwrap();
    let registration = delays.signal_to_registration.curve.answer.estimate().unwrap();
    assert_eq!((registration.units, registration.ended), (20, 10));
    let within_a_day = delays.signal_to_registration.followed[0];
    assert_eq!((within_a_day.within_days, within_a_day.share), (1, Some(0.5)));
    // All entries came in the month of the occurrence: nothing more is to come of January.
    let month = delays.recent.last().unwrap();
    assert_eq!((month.month.to_string().as_str(), month.registered.count), ("2026-01-01", Some(14)));
    assert_eq!(month.expected.estimate().map(|expected| expected.total), Some(14.0));

    let counts = register_counts(&network.reader, &rules, &filter, Viewer::Analyst).await.unwrap();
    assert_eq!(counts.total.count, Some(14));
    assert_eq!(counts.by["level"]["major"].count, Some(14));
    assert_eq!(counts.by["month"]["2026-01"].count, Some(14));

    let csv = to_csv(&rates);
    let header = csv.lines().next().unwrap();
    assert!(
        header.starts_with("report,figure,centre,")
            && csv.contains("reporting-rates,rate_per_1000,alpha,source,register,4.66"),
        "{csv}"
    );
    network.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_event_leaves_its_fact() {
    use nabij_model::discussion::{Discussion, DiscussionCommand};
    let network = Network::start().await;
    register_centre(&network, "alpha", "fedasil").await;
    // The team spoke about it before anybody wrote it down.
    let discussion = DiscussionId::derived(&["test-discussion"]);
    let case = CaseId::derived(&["test-case"]);
    let held =
        json!({"centre": centre("alpha"), "kind": "multidisciplinary", "held_at": day(2), "cases": [case]});
    let held = DiscussionCommand::Hold(serde_json::from_value(held).unwrap());
    network.does::<Discussion>(discussion, held, day(2)).await;
    log_signal(&network, 3, json!({"severity": "unsure", "category": "conflict", "source": "own_voice"}))
        .await;
    let to = serde_json::from_value(json!({"to": {"discussion": discussion}})).unwrap();
    network.does::<Signal>(signal(3), SignalCommand::Link(to), day(3)).await;
    let corrected =
        json!({"reason": "wrong box", "category": "violence_against_child", "involves_minor": true});
    let corrected = SignalCommand::Correct(serde_json::from_value(corrected).unwrap());
    network.does::<Signal>(signal(3), corrected, day(3)).await;
    let assessed = json!({"severity": "high", "certainty": "disclosed", "blind": true});
    let assessed = SignalCommand::Assess(serde_json::from_value(assessed).unwrap());
    network.log.execute::<Signal>(signal(3).0, assessed, &submission("colleague", day(4))).await.unwrap();
    let told = serde_json::from_value(json!({"to": "reporter", "kind": "acknowledged"})).unwrap();
    network.does::<Signal>(signal(3), SignalCommand::GiveFeedback(told), day(5)).await;
    // It is a strength, or for the safeguarding person alone: neither is in the figures of a centre.
    log_signal(&network, 6, json!({"strength": true})).await;
    log_signal(&network, 7, json!({"concerns_staff": true, "route": "confidential"})).await;
    register_incident(&network, 8).await;
    // Somebody was reminded: in the register, but no list of its own.
    register(&network, 10, json!({"prompted_by": "reminder"})).await;
    let reclassified = serde_json::from_value(json!({"level": "critical", "category": "self-harm"})).unwrap();
    let last = network.does::<Incident>(incident(8), IncidentCommand::Reclassify(reclassified), day(9)).await;
    network.shows(last).await;

    let (rules, filter) = (Reportability::shipped(), january(last));
    let report = underreporting(&network.reader, &rules, &filter, Viewer::Analyst).await.unwrap();
    let histories: Vec<_> = report.histories.keys().map(String::as_str).collect();
    assert_eq!(histories, ["00100", "01010", "10000"]);
    let kinds = report.by.iter().find(|breakdown| breakdown.by == "type").unwrap();
    assert_eq!(
        kinds.parts.iter().map(|part| part.part.as_str()).collect::<Vec<_>>(),
        ["violence", "violence-against-child"]
    );
    let delays = delays(&network.reader, &rules, &filter, Viewer::Analyst).await.unwrap();
    assert_eq!(delays.signal_to_answer.curve.answer.estimate().unwrap().ended, 1);
    let counts = register_counts(&network.reader, &rules, &filter, Viewer::Analyst).await.unwrap();
    assert_eq!(
        (counts.by["level"]["critical"].count, counts.by["category"]["self-harm"].count),
        (Some(1), Some(1))
    );
    let minors = Filter { minors: Some(true), ..filter.clone() };
    let minors = underreporting(&network.reader, &rules, &minors, Viewer::Analyst).await.unwrap();
    assert_eq!(minors.observed.due.count, Some(1));
    let others = underreporting(&network.reader, &rules, &filter, Viewer::Other).await.unwrap();
    assert!(!others.histories.contains_key("10000"), "a confidential signal is in no figure of the centre");
    network.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_loads_nothing_draws_what_it_tells_and_hides_what_is_small() {
    use nabij_underreporting::page::page;
    use nabij_underreporting::report::Everything;
    use nabij_underreporting::text::Language;
    let network = Network::start().await;
    let (_, last) = history(&network).await;
    network.shows(last).await;
    let (rules, filter) = (Reportability::shipped(), january(last));
    for viewer in [Viewer::Analyst, Viewer::Other] {
        let all = Everything::read(&network.reader, &rules, &filter, viewer).await.unwrap();
        for language in Language::ALL {
            let html = page(&all, &filter, language);
            for foreign in ["<script", "src=", "@import", "url(", "href="] {
                assert!(!html.contains(foreign), "the page holds {foreign}");
            }
            // The namespace of SVG is a name, not an address that anything loads.
            assert_eq!(html.matches("http").count(), html.matches("http://www.w3.org/2000/svg").count());
            assert!(html.contains(&format!("<html lang=\"{}\">", language.code())));
            let svgs = html.matches("<svg ").count();
            assert!(svgs >= 2 && svgs == html.matches("<desc ").count(), "{svgs} charts");
            assert!(html.matches("<caption>").count() == 10, "a table beside each section");
            let body = html.split("</style>").nth(1).unwrap();
            assert!(!body.contains('{') && !body.contains('}'), "a slot was left open");
        }
        let nl = page(&all, &filter, Language::Nl);
        assert!(nl.contains("betekent niet dat er weinig gebeurt"));
        for (language, narrow) in Language::ALL.into_iter().zip([
            "interval als te smal",
            "intervalle comme trop étroit",
            "interval as too narrow",
        ]) {
            let said = page(&all, &filter, language).contains(narrow);
            assert_eq!(said, viewer == Viewer::Analyst, "where a total is shown");
        }
        // Four entries only the register holds: whoever is no analyst gets no total that gives them away.
        let total = &all.underreporting.total.sentence.nl;
        assert!(nl.contains("Chapman") && nl.contains(total.as_str()));
        assert_eq!(total.contains("Onderdrukt"), viewer == Viewer::Other);
    }
    network.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comparison_names_the_events_and_what_time_alone_changed() {
    use nabij_underreporting::report::Everything;
    use nabij_underreporting::report::compare::compare;
    let network = Network::start().await;
    let (before, last) = history(&network).await;
    network.shows(last).await;
    let rules = Reportability::shipped();
    let read = async |filter: Filter| {
        Everything::read(&network.reader, &rules, &filter, Viewer::Analyst).await.unwrap()
    };
    let (old, new) = (read(january(before)).await, read(january(last)).await);
    let touches = network.reader.touches(before, last, Viewer::Analyst).await.unwrap();
    let changed = compare(&old, &old, &new, &touches, Viewer::Analyst);
    let gap = changed.iter().find(|one| one.figure == "observed_gap" && one.by.is_none()).unwrap();
    assert_eq!(gap.before.as_ref().unwrap().value, Some(1.0));
    assert_eq!(gap.after.as_ref().unwrap().value, Some(0.5));
    assert!(!gap.by_time && gap.latest[0].sequence == last, "{gap:?}");
    // Links and reasons touch it, and each is named once; no entry came in between.
    assert!(gap.events.count.unwrap() >= 15 && gap.latest.len() == 10);
    assert!(changed.iter().all(|one| one.report != "register-counts"), "{changed:?}");

    let early = AsOf { sequence: last, moment: hours(day(20), 1) };
    let soon = read(Filter { as_of: early, ..january(last) }).await;
    let aged = compare(&soon, &new, &new, &[], Viewer::Analyst);
    let due = aged.iter().find(|one| one.figure == "due" && one.by.is_none()).unwrap();
    assert!(due.by_time && due.events.count == Some(0), "{due:?}");
    network.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_confidential_signal_begins_no_life_of_a_centre_that_others_see() {
    let network = Network::start().await;
    let gamma = json!({"centre": centre("gamma")});
    let mut staff = gamma.clone();
    staff
        .as_object_mut()
        .unwrap()
        .extend(json!({"route": "confidential", "concerns_staff": true}).as_object().unwrap().clone());
    log_signal(&network, 2, staff).await;
    let mut last = 0;
    for n in 12..=31 {
        last = log_signal(&network, n, gamma.clone()).await;
    }
    network.shows(last).await;
    let filter = Filter { centre: Some(centre("gamma")), ..january(last) };
    let begins = async |viewer| {
        let report = silences(&network.reader, &Reportability::shipped(), &filter, viewer).await.unwrap();
        let Answer::Estimate(spans) = &report.other_sources[0].spans else { panic!("no spans") };
        spans[0].from
    };
    assert_eq!(begins(Viewer::Analyst).await, hours(day(2), -2));
    assert!(begins(Viewer::Other).await >= at("2026-01-12T00:00:00Z"));
    network.end().await;
}
