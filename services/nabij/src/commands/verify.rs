//! `nabij verify`: is the log what was written, and nothing else?

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use nabij_log::{AnchorSet, AuditVerification, Compared, Finding, Log, PublicKey, Verification};
use serde_json::json;

use crate::context::Context;
use crate::exit::Exit;

/// Walks the whole log and names the first bad event: gaps, broken chains, ids that occur twice, unreadable events, keys that
/// are gone without an erasure, and whatever is not what the anchors say. Then the chain of every
/// process in the audit stream: who looked.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// The file of anchors that was kept outside; absent: the one of the settings, if it is there, else the copy in NATS.
    #[arg(long, value_name = "FILE")]
    anchors: Option<PathBuf>,
    /// The public key of the anchors; absent: the one of the settings, if it is there.
    #[arg(long, value_name = "FILE")]
    public_key: Option<PathBuf>,
    /// A backup (`nabij backup`): every event of it is compared with the log too, and the first that was rewritten since is named.
    #[arg(long, value_name = "DIR")]
    against: Option<PathBuf>,
}

impl Verify {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let log = context.log().await?;
        let anchors = self.anchors(context, &log).await?;
        let bar = context.progress(log.head().await?.sequence, "events");
        let walk = log.verify_against(anchors, |sequence| bar.set_position(sequence));
        let found = tokio::select! {
            found = walk => found?,
            () = context.stop.cancelled() => anyhow::bail!("stopped before the end of the log: nothing is known of the rest"),
        };
        bar.set_position(0);
        bar.set_message("audit records");
        let walk = log.verify_audit(|sequence| bar.set_position(sequence));
        let audit = tokio::select! {
            audit = walk => audit?,
            () = context.stop.cancelled() => anyhow::bail!("stopped before the end of the audit stream: nothing is known of the rest"),
        };
        let compared = match &self.against {
            Some(folder) => {
                let key = PublicKey::from_file(&self.key_file(context))?;
                bar.set_position(0);
                bar.set_message("events of the backup");
                let compare = log.compare(folder, &key, |sequence| bar.set_position(sequence));
                let compared = tokio::select! {
                    compared = compare => compared?,
                    () = context.stop.cancelled() => anyhow::bail!("stopped before the end of the backup: nothing is known of the rest"),
                };
                Some(compared)
            }
            None => None,
        };
        bar.finish_and_clear();
        let as_then = compared.as_ref().is_none_or(|compared| compared.found == 0);
        let clean = found.is_clean() && audit.is_clean() && as_then;
        let told = json!({
            "clean": clean,
            "through": found.through,
            "events": found.events,
            "aggregates": found.aggregates,
            "keys": found.keys,
            "erased": found.erased,
            "audit": found.audit,
            "anchors": found.anchors,
            "found": found.found,
            "findings": found.findings,
            "anchor": found.anchor,
            "audit_chains": {
                "through": audit.through,
                "groups": audit.groups,
                "records": audit.records,
                "chains": audit.chains,
                "found": audit.found,
                "findings": audit.findings,
                "open": audit.open,
            },
            "against": compared,
        });
        context.tell(&told, |_| {
            let against = compared.iter().map(against_text);
            [text(&found), audit_text(&audit)].into_iter().chain(against).collect::<Vec<_>>().join("\n")
        })?;
        Ok(if clean { Exit::Done } else { Exit::Findings })
    }

    fn key_file(&self, context: &Context) -> PathBuf {
        self.public_key.clone().unwrap_or_else(|| context.settings.anchor_public_key_file())
    }

    async fn anchors(&self, context: &Context, log: &Log) -> anyhow::Result<AnchorSet> {
        let file = self.key_file(context);
        if !file.exists() && self.anchors.is_none() && self.public_key.is_none() {
            return Ok(AnchorSet::default());
        }
        let key = PublicKey::from_file(&file)?;
        let path = self.anchors.clone().unwrap_or_else(|| context.settings.anchors.file());
        if self.anchors.is_none() && !path.exists() {
            return Ok(log.anchors(&key).await?);
        }
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("the anchors {} cannot be read", path.display()))?;
        Ok(log.anchors_beside(AnchorSet::read(&text, &key), &key).await?)
    }
}

fn text(found: &Verification) -> String {
    let Verification { through, events, aggregates, keys, erased, audit, anchors, anchor, .. } = found;
    let against = match anchors {
        0 => "no anchors to compare with: an end that was cut off would not show".to_owned(),
        count => format!("{count} anchors"),
    };
    let walked = format!(
        "{events} events of {aggregates} aggregates, up to sequence {through}; {keys} keys, {erased} erased; {audit} audit messages; {against}; anchor {anchor}"
    );
    if found.is_clean() {
        return format!("clean: {walked}");
    }
    lines(&walked, &found.findings, found.found)
}

fn against_text(compared: &Compared) -> String {
    let Compared { through, same, found, findings } = compared;
    let ends = format!("{same} events up to sequence {through} are as the backup saw them, {found} are not");
    findings.iter().map(ToString::to_string).chain([ends]).collect::<Vec<_>>().join("\n")
}

fn audit_text(found: &AuditVerification) -> String {
    let AuditVerification { through, groups, records, chains, open, .. } = found;
    // The chain of this very command is open while it runs.
    let open = open.len().saturating_sub(1);
    let walked = format!(
        "{records} audit records in {groups} messages of {chains} processes, up to message {through}; {open} run or ended without a mark"
    );
    if found.is_clean() {
        return format!("clean: {walked}");
    }
    lines(&walked, &found.findings, found.found)
}

fn lines(walked: &str, findings: &[Finding], found: u64) -> String {
    let listed = findings.iter().map(ToString::to_string);
    let more = found.saturating_sub(findings.len() as u64);
    let rest = (more > 0).then(|| format!("and {more} more"));
    let head = format!("{found} findings in {walked}");
    std::iter::once(head).chain(listed).chain(rest).collect::<Vec<_>>().join("\n")
}
