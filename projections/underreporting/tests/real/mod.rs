//! The real register and its population figures as events.
#![expect(unreachable_pub, reason = "each file that uses this module compiles it for itself")]

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use nabij_model::centre::{Centre, CentreCommand};
use nabij_model::id::{CentreId, IncidentId};
use nabij_model::incident::{Incident, IncidentCommand};
use nabij_model::text::Code;
use nabij_underreporting::report::{AsOf, Filter};
use serde_json::json;

use crate::common::{Network, at, submission};

const NOW: &str = "2013-03-01T00:00:00Z";

pub type Table = Vec<BTreeMap<String, String>>;

fn table(folder: &Path, name: &str) -> Table {
    let mut reader = csv::Reader::from_path(folder.join(name)).expect("the shared folder holds this table");
    reader.deserialize().map(|row| row.expect("the table is UTF-8 CSV")).collect()
}

fn moment(local: &str) -> Timestamp {
    let local: DateTime = local.parse().expect("a local time");
    local.to_zoned(TimeZone::UTC).expect("UTC has every local time").timestamp()
}

pub fn day(date: &str) -> Timestamp {
    moment(&format!("{date}T00:00:00"))
}

pub fn label(text: &str) -> Code {
    Code::from_label(if text.is_empty() { "unknown" } else { text }).expect("every label holds a letter")
}

fn centre(name: &str) -> CentreId {
    CentreId::derived(&["real-register", label(name).as_str()])
}

/// Incidents, and population by place.
pub fn tables(folder: &Path) -> (Table, Table) {
    (table(folder, "au_incidents_2008_2011.csv"), table(folder, "au_population_by_place.csv"))
}

pub async fn import(network: &Network, incidents: &Table, population: &Table) -> u64 {
    let mut names: Vec<&String> = incidents.iter().chain(population).map(|row| &row["centre"]).collect();
    names.sort();
    names.dedup();
    let mut bulk = network.log.bulk();
    let by = submission("import", at(NOW));
    for name in names.into_iter().filter(|name| !name.is_empty()) {
        let body = json!({"code": label(name), "name": name, "operator": "dibp"});
        let command = CentreCommand::Register(serde_json::from_value(body).expect("a centre"));
        network.does::<Centre>(centre(name), command, at(NOW)).await;
    }
    for row in population.iter().filter(|row| !row["centre"].is_empty()) {
        let residents: u32 = row["total"].parse().expect("a count");
        let body = json!({"as_at": day(&row["as_at"]), "residents": residents});
        let command = CentreCommand::ReportOccupancy(serde_json::from_value(body).expect("a report"));
        bulk.push::<Centre>(centre(&row["centre"]).0, command, by.clone()).await.expect("the log is there");
    }
    for row in incidents {
        let level = if row["level"].is_empty() { "unknown".into() } else { row["level"].to_lowercase() };
        let body = json!({
            "centre": centre(&row["centre"]), "source": "au-dibp", "register_number": row["incident_number"],
            "incident_type": label(&row["incident_type"]), "category": label(&row["category"]), "level": level,
            "occurred_at": moment(&row["occurred_on"]),
        });
        let id = IncidentId::derived(&["au-dibp", &row["incident_number"]]);
        let command = IncidentCommand::Register(serde_json::from_value(body).expect("an incident"));
        bulk.push::<Incident>(id.0, command, by.clone()).await.expect("the log is there");
    }
    let outcomes = bulk.finish().await.expect("the log is there");
    let sequences = outcomes.into_iter().map(|outcome| outcome.result.expect("every row is taken").sequence);
    sequences.max().expect("the tables are not empty")
}

pub fn filter(from: &str, to: &str, sequence: u64) -> Filter {
    let day = |text: &str| text.parse::<Date>().expect("a date");
    Filter::new(day(from), day(to), AsOf { sequence, moment: at(NOW) })
}
