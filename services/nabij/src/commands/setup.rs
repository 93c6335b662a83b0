//! `nabij setup`: what only an administrator may make.

use clap::Args;
use nabij_engine::prepare_database;
use nabij_log::Log;
use serde_json::json;

use crate::audit::{self, Audited};
use crate::context::Context;
use crate::exit::Exit;

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
        let auditor = audit::begin(context, Audited { name: "nabij setup", scope }).await?;
        prepare_database(&context.reached_pool().await?).await?;
        audit::end(&auditor).await;
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
