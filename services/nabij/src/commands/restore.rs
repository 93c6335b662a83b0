//! `nabij restore`: a backup into empty servers, and a look whether all of it is there.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use jiff::Timestamp;
use nabij_log::{AnchorSet, Checked, Erasures, PublicKey};
use serde_json::json;

use crate::audit::{self, Audited};
use crate::context::Context;
use crate::exit::Exit;

/// Restores a backup into servers that hold nothing, then verifies them. Stop every service before; name the NATS user `admin`
/// in NATS_URL where `app` may not remove what is empty.
#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// The backup.
    folder: PathBuf,
    /// The backup of the vault; absent: `vault` in the folder.
    #[arg(long, value_name = "DIR")]
    vault: Option<PathBuf>,
    /// The latest list of `nabij erasures export`: whoever is in it does not come back.
    #[arg(long, value_name = "FILE")]
    erasures: PathBuf,
    /// The public key of the anchors; absent: the one of the settings.
    #[arg(long, value_name = "FILE")]
    public_key: Option<PathBuf>,
}

impl Restore {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let key = self.public_key.unwrap_or_else(|| context.settings.anchor_public_key_file());
        let key = PublicKey::from_file(&key)?;
        // The keys are needed to look afterwards: better missed now than then.
        drop(context.keyring()?);
        let vault = self.vault.unwrap_or_else(|| self.folder.join("vault"));
        let checked = Checked::open(&self.folder, &vault, &key, Timestamp::now())?;
        let erasures = Erasures::read(&self.erasures, &key)?;
        let bar = context.progress(checked.events.events.count + checked.vault.vault.count, "messages");
        let config = context.log_config()?;
        let restored = checked.restore(&config, &erasures, |written| bar.set_position(written)).await?;
        bar.finish_and_clear();
        let auditor = audit::begin(context, Audited { name: "nabij restore", scope: Vec::new() }).await?;
        let log = context.log().await?;
        let anchors = log.anchors(&key).await?;
        let kept = set_aside(&context.settings.anchors.file(), &anchors, &key)?;
        let found = log.verify_against(anchors, |_| {}).await?;
        audit::end(&auditor).await;
        let told = json!({
            "events": restored.events, "audit": restored.audit, "anchors": restored.anchors, "keys": restored.keys,
            "withheld": restored.withheld, "appended": restored.appended, "clean": found.is_clean(),
            "findings": found.findings, "anchors_before": kept,
        });
        context.tell(&told, |_| {
            let mut lines = vec![format!(
                "{} events, {} audit messages, {} anchors and {} keys were restored; {} keys of erased people were withheld, {} erasures appended",
                restored.events, restored.audit, restored.anchors, restored.keys, restored.withheld, restored.appended
            )];
            lines.extend(kept.iter().map(|file| {
                format!("{} knows of later anchors: what was lost since the backup; keep it", file.display())
            }));
            lines.extend(found.findings.iter().map(ToString::to_string));
            lines.push("now rebuild the views: `nabij rebuild`, then start the services".to_owned());
            lines.join("\n")
        })?;
        Ok(if found.is_clean() { Exit::Done } else { Exit::Findings })
    }
}

/// The file of anchors goes on behind the restored ones; one that knows more is kept under another name.
fn set_aside(file: &Path, restored: &AnchorSet, key: &PublicKey) -> anyhow::Result<Option<PathBuf>> {
    let Ok(text) = fs::read_to_string(file) else { return Ok(None) };
    if AnchorSet::read(&text, key).len() <= restored.len() {
        return Ok(None);
    }
    let kept = file.with_extension(format!("before-restore-{}.jsonl", Timestamp::now().as_second()));
    fs::rename(file, &kept).with_context(|| format!("{} cannot be set aside", file.display()))?;
    Ok(Some(kept))
}
