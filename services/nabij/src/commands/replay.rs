//! `nabij replay`: the views as they were.

use clap::Args;
use nabij_engine::{Progress, replay};
use serde_json::json;

use crate::context::Context;
use crate::exit::Exit;
use crate::moment::Moment;

/// Builds the views as they were at a moment, in schemas of their own beside the live ones.
#[derive(Debug, Args)]
pub(crate) struct Replay {
    /// What the network knew then: a time, a day or a sequence.
    #[arg(long, value_name = "TIME|SEQUENCE")]
    until: Moment,
    /// The schema of the caseload; figures go into SCHEMA_underreporting. What an earlier replay left there is replaced.
    #[arg(long, value_name = "SCHEMA")]
    into: String,
}

impl Replay {
    /// For the audit: until when.
    pub(super) fn scope(&self) -> Vec<String> {
        vec![format!("until={}", self.until)]
    }

    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let connected = context.connect().await?;
        let into = nabij_projector::replay_into(&connected.log, &self.into);
        let bar = context.progress(0, "events");
        let report = |progress: Progress| {
            bar.set_length(progress.total);
            bar.set_position(progress.done);
        };
        let (pool, log, until) = (&connected.pool, &connected.log, self.until.into());
        let sequence = replay(pool, log, &into, until, &context.stop, report).await?;
        bar.finish_and_clear();
        let complete = !context.stop.is_cancelled();
        let schemas: Vec<&str> = into.iter().map(|(_, schema)| schema.as_str()).collect();
        let told = json!({"schemas": schemas, "sequence": sequence, "complete": complete});
        context.tell(&told, |_| {
            let named = schemas.join(" and ");
            if complete {
                format!("{named} hold the views as of event {sequence}")
            } else {
                format!("stopped after event {sequence}: {named} hold the beginning only, run it again")
            }
        })?;
        Ok(if complete { Exit::Done } else { Exit::Findings })
    }
}
