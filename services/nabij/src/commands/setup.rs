//! `nabij setup`: what only an administrator may make.

use std::time::Duration;

use clap::Args;
use nabij_engine::prepare_database;
use nabij_log::{Auditor, Log, LogError, LogErrorKind};
use serde_json::json;
use tokio::time::Instant;

use crate::audit::{self, Audited};
use crate::context::Context;
use crate::exit::Exit;

/// In which every server of a cluster hears of new streams.
const HEARD: Duration = Duration::from_secs(20);
/// Pause between two tries.
const PAUSE: Duration = Duration::from_millis(200);

/// Makes the streams, the vault's root secret and the control tables of the views, or checks those that are there. Run it once before the services,
/// and after every update, as the administrator of NATS and the owner of the database.
#[derive(Debug, Args)]
pub(crate) struct Setup {
    /// Gives streams that are there the room that the settings name (`log.max_bytes`, `log.audit_max_bytes`): what a full stream needs.
    #[arg(long)]
    resize: bool,
}

impl Setup {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let config = context.log_config()?;
        let resized = if self.resize { Log::resize(&config).await? } else { Vec::new() };
        let streams = [
            config.stream.clone(),
            config.vault.clone(),
            config.snapshots(),
            config.audit(),
            config.anchors(),
        ];
        drop(Log::connect(config, context.keyring()?).await?);
        // Once there is something that it can be written down in, and there is room there.
        let scope = resized.iter().map(|one| format!("resized={}", one.stream)).collect();
        let auditor = written_down(context, scope).await?;
        prepare_database(&context.reached_pool().await?).await?;
        if let Some(auditor) = auditor {
            audit::end(&auditor).await;
        }
        context.tell(&json!({"streams": streams, "database": "ready", "resized": resized}), |_| {
            let room = resized.iter().map(|one| {
                format!(
                    "the stream {} has room for {} bytes now, before for {}",
                    one.stream, one.now, one.before
                )
            });
            let there = format!("the streams {} and the control tables are there", streams.join(", "));
            room.chain([there]).collect::<Vec<_>>().join("\n")
        })?;
        Ok(Exit::Done)
    }
}

/// Writes down who sets up, once every server has heard of the streams. Where the audit is full nothing is, so that signals and alarms, which
/// need no audit, come up all the same; `--resize` gives it room.
///
/// # Errors
/// When it cannot be written for another reason.
async fn written_down(context: &Context, scope: Vec<String>) -> anyhow::Result<Option<Auditor>> {
    let until = Instant::now() + HEARD;
    loop {
        let error = match audit::begin(context, Audited { name: "nabij setup", scope: scope.clone() }).await {
            Ok(auditor) => return Ok(Some(auditor)),
            Err(error) => error,
        };
        match error.downcast_ref::<LogError>() {
            Some(full) if full.kind() == LogErrorKind::Full => {
                tracing::warn!(
                    "the audit is full, so that nobody reads anything: raise log.audit_max_bytes and run `nabij setup --resize`"
                );
                return Ok(None);
            }
            Some(away) if away.is_unavailable() && Instant::now() < until => tokio::time::sleep(PAUSE).await,
            _ => return Err(error),
        }
    }
}
