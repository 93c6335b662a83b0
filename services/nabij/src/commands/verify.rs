//! `nabij verify`: is the log what was written, and nothing else?

use clap::Args;
use nabij_log::Verification;
use serde_json::json;

use crate::context::Context;
use crate::exit::Exit;

/// Walks the whole log and names the first bad event: gaps, broken chains, ids that occur twice, unreadable events.
#[derive(Debug, Args)]
pub(crate) struct Verify {}

impl Verify {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let Self {} = self;
        let log = context.log().await?;
        let bar = context.progress(log.head().await?.sequence, "events");
        let walk = log.verify(|sequence| bar.set_position(sequence));
        let found = tokio::select! {
            found = walk => found?,
            () = context.stop.cancelled() => anyhow::bail!("stopped before the end of the log: nothing is known of the rest"),
        };
        bar.finish_and_clear();
        let findings: Vec<_> = found
            .findings
            .iter()
            .map(|one| json!({"sequence": one.sequence, "subject": one.subject, "what": one.what}))
            .collect();
        let told = json!({
            "clean": found.is_clean(),
            "through": found.through,
            "events": found.events,
            "aggregates": found.aggregates,
            "found": found.found,
            "findings": findings,
            "anchor": found.anchor,
        });
        context.tell(&told, |_| text(&found))?;
        Ok(if found.is_clean() { Exit::Done } else { Exit::Findings })
    }
}

fn text(found: &Verification) -> String {
    let Verification { through, events, aggregates, anchor, .. } = found;
    let walked =
        format!("{events} events of {aggregates} aggregates, up to sequence {through}; anchor {anchor}");
    if found.is_clean() {
        return format!("clean: {walked}");
    }
    let listed = found.findings.iter().map(ToString::to_string);
    let more = found.found.saturating_sub(found.findings.len() as u64);
    let rest = (more > 0).then(|| format!("and {more} more"));
    let head = format!("{} findings in {walked}", found.found);
    std::iter::once(head).chain(listed).chain(rest).collect::<Vec<_>>().join("\n")
}
