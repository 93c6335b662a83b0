//! Bulk import against raw pipelined publish of the very same messages.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, Result};

use super::network::Network;
use super::raw;
use super::report::{Figure, Target};

/// Messages under way in the raw publish: more brings nothing.
const PIPELINE: usize = 4096;
/// Messages that the raw publish sends at most.
const RAW: usize = 200_000;

pub(super) async fn measure(network: &Network, rows: usize) -> Result<Figure> {
    let file = network.file("register.csv");
    write_register(&file, rows)?;
    let map = network.deploy().join("maps/au_incidents.toml");
    let (file, map) = (file.display().to_string(), map.display().to_string());
    let imported = network.log().await?;
    let start = Instant::now();
    let done = network.run(&["import", "incidents", &file, "--map", &map, "--json"])?;
    let seconds = start.elapsed().as_secs_f64();
    let events = imported.head().await?.sequence;
    let target = network.raw().await?;
    let messages = raw::Again::default().next(&imported, RAW).await?;
    let count = messages.len();
    let limit = count as f64 / raw::publish(target.client(), messages, PIPELINE).await?;
    Ok(Figure::new(
        "bulk import",
        "events/s",
        events as f64 / seconds,
        (limit, "publish, pipelined"),
        Target::AtLeast(0.5),
        format!("{rows} rows of a register, start of the process included; {}", summary(&done)),
    ))
}

fn summary(done: &serde_json::Value) -> String {
    format!("{} events", done.get("added").or_else(|| done.get("appended")).unwrap_or(done))
}

/// A register of the form of the Australian one.
fn write_register(file: &Path, rows: usize) -> Result<()> {
    let header = "incident_number,occurred_on,month,incident_type,category,level,centre,centre_type,offshore,contractor,source_label,informed_by,numbering,registration_rank,est_excess_reg_lag_days,lag_flag,in_text_release,self_harm_in_text_not_type,summary_words,n_linked_incidents,is_transfer,transfer_to_derived,detail_report_published,foi_detail_requests";
    let types = ["Assault - Minor", "Self harm - Threatened", "Disturbance - Minor", "Complaint - Service"];
    let categories = ["violence", "self-harm", "disturbance or damage", "complaint"];
    let mut text = format!("{header}\n");
    for row in 0..rows {
        let (year, month, day) = (2008 + row % 3, 1 + row / 3 % 12, 1 + row / 36 % 28);
        let kind = row % types.len();
        let level = ["Minor", "Major", "Critical"][row % 3];
        writeln!(
            text,
            "1-{row:07},{year}-{month:02}-{day:02}T{:02}:{:02},{year}-{month:02},{},{},{level},Centre {},IDC,0,Serco,Serco,,DIAC,{row},,,0,,,,0,,,",
            3 + row % 20,
            row % 60,
            types[kind],
            categories[kind],
            row % 40,
        )?;
    }
    std::fs::write(file, text).with_context(|| format!("{} cannot be written", file.display()))
}
