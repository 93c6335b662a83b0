//! `nabij replay`: the views as they were.

use clap::Args;
use jiff::civil::Date;
use nabij_engine::{Progress, replay};
use serde_json::json;

use crate::commands::compare::{Compared, Side};
use crate::commands::report::Whom;
use crate::context::Context;
use crate::exit::Exit;
use crate::moment::Moment;

/// Builds the views as they were at a moment, in schemas of their own beside the live ones; or compares the published figures of two
/// moments or two schemas.
#[derive(Debug, Args)]
pub(crate) struct Replay {
    /// What the network knew then: a time, a day or a sequence.
    #[arg(long, value_name = "TIME|SEQUENCE", required_unless_present = "compare", requires = "into")]
    until: Option<Moment>,
    /// The schema of the caseload; figures go into SCHEMA_underreporting. What an earlier replay left there is replaced.
    #[arg(long, value_name = "SCHEMA", required_unless_present = "compare", requires = "until")]
    into: Option<String>,
    /// Which published figures changed between these two, and because of which events: times, days, sequences, or schema:NAME.
    #[arg(long, num_args = 2, value_names = ["A", "B"], conflicts_with_all = ["until", "into"], requires_all = ["from", "to"])]
    compare: Option<Vec<Side>>,
    /// Of a comparison: first day of the period that the figures are about.
    #[arg(long, value_name = "DAY", requires = "compare")]
    from: Option<Date>,
    /// Of a comparison: first day that is no longer in the period.
    #[arg(long, value_name = "DAY", requires = "compare")]
    to: Option<Date>,
    /// Of a comparison: for whom; counts of 1 to 4 and single events are for analysts only.
    #[arg(long = "for", value_enum, default_value = "director", requires = "compare")]
    whom: Whom,
}

impl Replay {
    /// For the audit: until when.
    pub(super) fn scope(&self) -> Vec<String> {
        let until = self.until.map(|until| format!("until={until}"));
        let sides = self.compare.iter().flatten().map(|side| match side {
            Side::Moment(moment) => format!("compare={moment}"),
            Side::Schema(_) => "compare=schema".to_owned(),
        });
        until.into_iter().chain(sides).collect()
    }

    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        match (self.until, self.into, self.compare, self.from.zip(self.to)) {
            (Some(until), Some(into), ..) => build(context, until, &into).await,
            (_, _, Some(sides), Some((from, to))) => {
                let sides =
                    <[Side; 2]>::try_from(sides).map_err(|_| anyhow::anyhow!("give two to --compare"))?;
                Compared { sides, from, to, viewer: self.whom.viewer() }.run(context).await
            }
            _ => anyhow::bail!("give --until and --into, or --compare with --from and --to"),
        }
    }
}

async fn build(context: &Context, until: Moment, into: &str) -> anyhow::Result<Exit> {
    let connected = context.connect().await?;
    let into = nabij_projector::replay_into(&connected.log, into);
    let bar = context.progress(0, "events");
    let report = |progress: Progress| {
        bar.set_length(progress.total);
        bar.set_position(progress.done);
    };
    let (pool, log, until) = (&connected.pool, &connected.log, until.into());
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
