//! Writes `FINDINGS.md`: what the real register says, and what it cannot say.
//!
//! ```text
//! NATS_URL=... DATABASE_URL=... cargo run --release -p nabij-underreporting --example findings > projections/underreporting/FINDINGS.md
//! ```
//!
//! It imports the shared data into a network of its own on the servers that the environment names. Without the data it writes
//! nothing.

#[path = "../tests/common/mod.rs"]
mod common;
#[path = "../tests/real/mod.rs"]
mod real;

use std::fmt::Write as _;

use common::Network;
use nabij_testkit::shared_data;
use nabij_underreporting::report::silences::CentreSilence;
use nabij_underreporting::report::{Cell, Everything, Viewer};
use nabij_underreporting::reportability::Reportability;

const HEAD: &str = "# What the real register says, and what it cannot say

The incident database of Australia's immigration department, 2008-01-01 to 2011-06-30, 28 centres, released under the Freedom of
Information Act 1982 (DIBP (FOI) / Detention Logs / The Global Mail), and weekly population statistics from 2009-07-17 on. Written
by the example `findings` from the shared data, which is not copied here; centres stand in the order of their names, and nothing here
ranks them.

**Few entries are not safety.** A centre that writes little may be calm, may be silent, or may write elsewhere: this register cannot
tell which. A centre that writes much may be one where more happens, or one where people trust that writing helps. Each table below
is a list of questions to ask, not of answers.

";

const LIMITS: &str = "## What cannot be concluded

- **How much happened.** There is one list, the register itself. Without a second source that writes independently of it nothing
  overlaps, so no total and no completeness can be estimated, and none is given here. What would change that: signals, team
  discussions, the residents' own words or medical notes, linked to the same occurrences.
- **Which centre is safer.** Rates count what was written. Two contractors used other lists of types, centres held other people for
  other times, and 323 groups of entries with the same minute, centre and type are mostly one report a person of one event, so that
  intervals of rates are too narrow.
- **Why a centre fell silent.** A flagged silence may be a centre that emptied, moved, closed for a while, changed its register, or
  stopped writing. The data holds no staffing, no closing dates and no changes of rule.
- **Anything about days without population figures.** A rate uses only days between two figures; the share that was drawn by straight
  lines between them stands beside each. Centres without figures have no rate.
- **What a missing number was.** It may have been cancelled, or stand in a register that was not released. What was never given a
  number leaves no gap. The department's own numbers (base 36) are shared with other records: gaps in them mean nothing.
- **How long registration took.** The release has no moment of registration, so no delay is estimated.
";

#[tokio::main]
async fn main() {
    let Some(folder) = shared_data() else { return };
    let (incidents, population) = real::tables(&folder);
    let network = Network::start().await;
    let last = real::import(&network, &incidents, &population).await;
    network.shows(last).await;
    let rules = Reportability::shipped();
    let filter = real::filter("2008-01-01", "2011-07-01", last);
    let all = Everything::read(&network.reader, &rules, &filter, Viewer::Analyst).await;
    network.end().await;
    print!("{}", page(&all.expect("the facts of the register can be read")));
}

fn page(all: &Everything) -> String {
    let mut text = HEAD.to_owned();
    rates(&mut text, all);
    silences(&mut text, all);
    numbers(&mut text, all);
    text + LIMITS
}

fn rates(text: &mut String, all: &Everything) {
    let network = all.reporting_rates.register.network.answer.estimate();
    text.push_str("## Entries and rates\n\n");
    if let Some(rate) = network {
        let upper = rate.interval.upper.unwrap_or(f64::INFINITY);
        let _ = writeln!(
            text,
            "On the days between population figures the whole network wrote {} entries in {:.0} resident-days: {:.2} per 1,000 ({:.2} to {upper:.2}). \
             Shrunken: drawn towards that mean (gamma-Poisson). Funnel: where 99.8 % of centres of this size lie that write as the network does.\n",
            rate.count, rate.exposure, rate.per_1000, rate.interval.lower
        );
    }
    text.push_str("| centre | entries in all | resident-days | entries on those days | per 1,000 (95 %) | shrunken | 99.8 % funnel | interpolated |\n|---|---:|---:|---:|---:|---:|---|---:|\n");
    for centre in &all.reporting_rates.register.centres {
        let entries =
            all.register_counts.by["centre"].get(&centre.centre).and_then(|cell| cell.count).unwrap_or(0);
        let Some(rate) = centre.rate.answer.estimate() else {
            if entries > 0 {
                let _ =
                    writeln!(text, "| {} | {entries} | no figures | | not estimable | | | |", centre.centre);
            }
            continue;
        };
        let shrunken =
            centre.shrunken.answer.estimate().map_or(String::new(), |one| format!("{:.2}", one.rate));
        let place = centre.funnel.answer.estimate().map_or("", |funnel| {
            if rate.per_1000 < funnel.limits_998.lower {
                "below: a question"
            } else if rate.per_1000 > funnel.limits_998.upper {
                "above: a question"
            } else {
                "inside"
            }
        });
        let interpolated =
            centre.exposure.estimate().map_or(0.0, |exposure| 100.0 * exposure.interpolated_share);
        let _ = writeln!(
            text,
            "| {} | {entries} | {:.0} | {} | {:.2} ({:.2} to {:.2}) | {shrunken} | {place} | {interpolated:.0} % |",
            centre.centre,
            rate.exposure,
            rate.count,
            rate.per_1000,
            rate.interval.lower,
            rate.interval.upper.unwrap_or(f64::INFINITY)
        );
    }
    text.push_str(
        "\nReports come in clusters and places differ in whom they hold, so most large centres lie outside a funnel of pure chance, on either \
         side: that says that centres differ in what they write, not which of them is right.\n\n",
    );
}

fn silences(text: &mut String, all: &Everything) {
    text.push_str(
        "## Silences and drops\n\nFor each centre the longest time without an entry while it lived, judged by its own shrunken rate with its own \
         clusters, at a false discovery rate of 5 % over centres. Drops are stretches of weeks in which less than half of what trend \
         and season lead to expect came in (lower CUSUM); low weeks are single weeks beyond chance.\n\n\
         | centre | entries | longest silence | days | p | flagged | drops | low weeks |\n|---|---:|---|---:|---:|---|---:|---:|\n",
    );
    for centre in &all.silences.register {
        let Some(spans) = centre.spans.estimate() else { continue };
        let Some(longest) = spans.iter().max_by(|a, b| a.days.total_cmp(&b.days)) else { continue };
        if centre.records.count == Some(0) {
            continue;
        }
        let day = |at: jiff::Timestamp| at.strftime("%Y-%m-%d").to_string();
        let drops = centre.drops.estimate().map_or("-".to_owned(), |drops| drops.len().to_string());
        let few = centre.few.estimate().map_or("-".to_owned(), |few| few.len().to_string());
        let _ = writeln!(
            text,
            "| {} | {} | {} to {} | {:.0} | {:.2e} | {} | {drops} | {few} |",
            centre.centre,
            centre.records.count.unwrap_or_default(),
            day(longest.from),
            day(longest.to),
            longest.days,
            longest.p_value,
            if spans.iter().any(|span| span.flagged) { "yes" } else { "no" }
        );
    }
    let flagged: Vec<&CentreSilence> = all
        .silences
        .register
        .iter()
        .filter(|centre| centre.spans.estimate().is_some_and(|spans| spans.iter().any(|span| span.flagged)))
        .collect();
    text.push('\n');
    for centre in flagged {
        let _ = writeln!(text, "- {}", centre.sentence.en);
    }
    text.push_str(
        "\nA silence that is not flagged is not safety: chance can explain it, and so can not writing.\n\n",
    );
}

fn numbers(text: &mut String, all: &Everything) {
    text.push_str(
        "## Missing register numbers\n\nRunning numbers by site and year, found in the numbers themselves. Missing: numbers from 1 to the highest that \
         are not in the release.\n\n| series | centres | present | highest | missing | of these before the first |\n|---|---|---:|---:|---:|---:|\n",
    );
    for series in &all.register_gaps.series {
        let count = |cell: Cell| cell.count.unwrap_or_default();
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} |",
            series.series,
            series.centres.join(", "),
            count(series.present),
            count(series.highest),
            count(series.missing),
            count(series.missing_before_first)
        );
    }
    let unreadable = all.register_gaps.unreadable.count.unwrap_or_default();
    let _ = writeln!(text, "\n{unreadable} numbers belong to no running series.\n");
}
