//! `nabij rebuild`: fresh views beside the live ones, swapped in when they have caught up.

use clap::Args;
use nabij_accesslog::Rebuilt;
use nabij_engine::{Outcome, Progress, Rebuild as Engine};
use serde_json::json;

use crate::context::Context;
use crate::exit::Exit;

/// The view that follows the audit stream.
const ACCESS_LOG: &str = "accesslog";

/// Rebuilds the views from the whole log. Ctrl-C stops it; run again, it goes on where it was.
#[derive(Debug, Args)]
pub(crate) struct Rebuild {
    /// Only this projection; may be given several times. Absent: all.
    #[arg(long, value_name = "NAME")]
    projection: Vec<String>,
}

impl Rebuild {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let connected = context.connect().await?;
        let mut projections = nabij_projector::projections(&connected.log);
        let mut known: Vec<&str> = projections.iter().map(|projection| projection.name()).collect();
        known.push(ACCESS_LOG);
        if let Some(unknown) = self.projection.iter().find(|name| !known.contains(&name.as_str())) {
            anyhow::bail!("there is no projection {unknown:?}: expected one of {}", known.join(", "));
        }
        let access_log = self.projection.is_empty() || self.projection.iter().any(|name| name == ACCESS_LOG);
        if !self.projection.is_empty() {
            projections.retain(|projection| self.projection.iter().any(|name| name == projection.name()));
        }
        let names: Vec<&str> = projections.iter().map(|projection| projection.name()).collect();
        if access_log {
            // A stream of its own: it is read first, since it is the smaller part.
            let (pool, log) = (&connected.pool, &connected.log);
            let (sequence, swapped) = match nabij_accesslog::rebuild(pool, log, &context.stop).await? {
                Rebuilt::Swapped(sequence) => (sequence, true),
                Rebuilt::Stopped(sequence) => (sequence, false),
            };
            if !swapped || projections.is_empty() {
                let told = json!({"projections": [ACCESS_LOG], "sequence": sequence, "swapped": swapped});
                context.tell(&told, |_| {
                    let ended = if swapped { "is rebuilt up to" } else { "stopped after" };
                    format!("{ACCESS_LOG} {ended} message {sequence} of the audit stream")
                })?;
                return Ok(if swapped { Exit::Done } else { Exit::Findings });
            }
        }
        let bar = context.progress(0, "events");
        let report = |progress: Progress| {
            bar.set_length(progress.total);
            bar.set_position(progress.done);
        };
        let engine = Engine::new(connected.pool, connected.log, projections.clone());
        let outcome = engine.run(&context.stop, report).await?;
        bar.finish_and_clear();
        let (sequence, swapped) = match outcome {
            Outcome::Swapped(sequence) => (sequence, true),
            Outcome::Stopped(sequence) => (sequence, false),
        };
        let told = json!({"projections": names, "sequence": sequence, "swapped": swapped});
        context.tell(&told, |_| {
            if swapped {
                format!("{} rebuilt up to event {sequence} and live", names.join(", "))
            } else {
                format!("stopped after event {sequence}: run it again to go on, the live views are as before")
            }
        })?;
        Ok(if swapped { Exit::Done } else { Exit::Findings })
    }
}
