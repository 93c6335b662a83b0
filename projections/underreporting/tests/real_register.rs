//! The real register and its population figures, counted here a second time in the simplest way.

mod common;
mod real;

use std::collections::BTreeMap;

use common::Network;
use jiff::civil::Date;
use nabij_testkit::shared_data;
use nabij_underreporting::estimators::Answer;
use nabij_underreporting::page::page;
use nabij_underreporting::report::{
    Everything, Lines, Viewer, register_counts, register_gaps, reporting_rates, silences, underreporting,
};
use nabij_underreporting::reportability::Reportability;
use nabij_underreporting::text::Language;
use real::{Table, day, filter, import, label, tables};

fn tally(incidents: &Table, value: impl Fn(&BTreeMap<String, String>) -> String) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for row in incidents {
        *counts.entry(value(row)).or_default() += 1;
    }
    counts
}

/// Resident-days between the first and last report inside `[from, to]`, both report days; and entries on those days.
fn by_hand(incidents: &Table, population: &Table, name: &str, from: &str, to: &str) -> (f64, usize) {
    let reports: BTreeMap<&str, f64> = population
        .iter()
        .filter(|row| row["centre"] == name && row["as_at"].as_str() >= from && row["as_at"].as_str() <= to)
        .map(|row| (row["as_at"].as_str(), row["total"].parse().expect("a count")))
        .collect();
    let dates: Vec<Date> = reports.keys().map(|date| date.parse().expect("a date")).collect();
    let residents: Vec<f64> = reports.values().copied().collect();
    let days = (1..dates.len()).map(|i| {
        let between = f64::from((dates[i] - dates[i - 1]).get_days());
        between * (residents[i] + residents[i - 1]) / 2.0
    });
    let (first, last) = (dates[0].to_string(), dates[dates.len() - 1].to_string());
    let inside = |row: &&BTreeMap<String, String>| {
        let on = &row["occurred_on"][..10];
        row["centre"] == name && on >= first.as_str() && on < last.as_str()
    };
    (days.sum(), incidents.iter().filter(inside).count())
}

#[tokio::test(flavor = "multi_thread")]
async fn counts_rates_gaps_and_silences_of_the_real_register() {
    let Some(folder) = shared_data() else { return };
    let (incidents, population) = tables(&folder);
    let network = Network::start().await;
    let last = import(&network, &incidents, &population).await;
    network.shows(last).await;
    let rules = Reportability::shipped();

    let whole = filter("2008-01-01", "2011-07-01", last);
    let counts = register_counts(&network.reader, &rules, &whole, Viewer::Analyst).await.expect("counts");
    assert_eq!(counts.total.count, Some(11_026));
    let level = |name: &str| counts.by["level"][name].count;
    assert_eq!(
        [level("minor"), level("major"), level("critical"), level("unknown")],
        [Some(6_003), Some(3_258), Some(1_764), Some(1)]
    );
    let by: [(&str, BTreeMap<String, u64>); 4] = [
        ("category", tally(&incidents, |row| label(&row["category"]).to_string())),
        ("type", tally(&incidents, |row| label(&row["incident_type"]).to_string())),
        ("centre", tally(&incidents, |row| label(&row["centre"]).to_string())),
        ("month", tally(&incidents, |row| row["month"].clone())),
    ];
    for (property, expected) in by {
        let counted: BTreeMap<String, u64> =
            counts.by[property].iter().filter_map(|(name, cell)| Some((name.clone(), cell.count?))).collect();
        assert_eq!(counted, expected, "{property}");
    }

    // Both ends of the period are days of reports, so that the sum over reports is the area under the lines.
    let (from, to) = ("2009-07-17", "2011-05-20");
    let exposed = filter(from, to, last);
    let rates = reporting_rates(&network.reader, &rules, &exposed, Viewer::Analyst).await.expect("rates");
    let mut compared = 0;
    for rate in &rates.register.centres {
        let name = incidents.iter().chain(&population).map(|row| &row["centre"]);
        let name = name
            .clone()
            .find(|name| !name.is_empty() && label(name).as_str() == rate.centre)
            .expect("a centre");
        let Answer::Estimate(rate) = &rate.rate.answer else { continue };
        let (days, count) = by_hand(&incidents, &population, name, from, to);
        assert!(
            (rate.exposure - days).abs() < 1e-6 * days.max(1.0),
            "{name}: {} is not {days}",
            rate.exposure
        );
        assert_eq!(rate.count, count as u64, "{name}");
        assert!((rate.per_1000 - 1_000.0 * count as f64 / days).abs() < 1e-9, "{name}");
        compared += 1;
    }
    assert!(compared >= 12, "only {compared} centres had an exposure");
    let codes: Vec<_> = rates.register.centres.iter().map(|one| one.centre.clone()).collect();
    assert!(codes.is_sorted(), "nothing ranks centres");

    let gaps = register_gaps(&network.reader, &rules, &whole, Viewer::Analyst).await.expect("gaps");
    let villawood = gaps.series.iter().find(|one| one.series == "VW08-").expect("a series");
    assert_eq!(
        [villawood.present, villawood.highest, villawood.missing].map(|cell| cell.count),
        [Some(599), Some(647), Some(48)]
    );
    assert!(gaps.series.iter().all(|one| one.series != "1-"), "base 36 is no running number");
    let unreadable = gaps.unreadable.count.unwrap();
    assert_eq!(gaps.series.iter().filter_map(|one| one.present.count).sum::<u64>() + unreadable, 11_026);

    let silences = silences(&network.reader, &rules, &whole, Viewer::Analyst).await.expect("silences");
    // Records come in clusters and centres grow: of 28 centres, the silences of two are beyond that.
    let flagged: Vec<_> = silences
        .register
        .iter()
        .filter(|one| one.spans.estimate().is_some_and(|spans| spans.iter().any(|span| span.flagged)))
        .map(|one| one.centre.as_str())
        .collect();
    assert_eq!(flagged, ["christmas-island", "gwalia-lodge"]);
    // Nobody is silent before they open: Curtin took its first residents in the middle of 2010.
    let curtin = silences.register.iter().find(|one| one.centre == "curtin-idc").expect("a centre");
    assert!(curtin.spans.estimate().expect("spans").iter().all(|span| span.from >= day("2010-06-01")));

    // Nothing but the register wrote anything: no gap can be observed and no total estimated.
    let report = underreporting(&network.reader, &rules, &whole, Viewer::Analyst).await.expect("a report");
    assert_eq!(report.observed.due.count, Some(0));
    assert!(report.total.answer.estimate().is_none() && !report.lines().is_empty());

    // For everybody else no centre's small count shows, and none follows from the total.
    let others = register_counts(&network.reader, &rules, &whole, Viewer::Other).await.expect("counts");
    let hidden = others.by["centre"].values().filter(|cell| cell.suppressed).count();
    assert!(
        hidden != 1
            && others.by["centre"]
                .values()
                .all(|cell| cell.count.is_none_or(|count| !(1..=4).contains(&count)))
    );
    let all = Everything::read(&network.reader, &rules, &whole, Viewer::Analyst).await.expect("all reports");
    let html = page(&all, &whole, Language::En);
    assert!(html.contains("28. ") && html.contains("VW08-") && html.matches("<svg ").count() >= 2);
    std::fs::write(concat!(env!("CARGO_TARGET_TMPDIR"), "/register.html"), html)
        .expect("a folder of the tests");
    network.end().await;
}
