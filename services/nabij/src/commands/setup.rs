//! `nabij setup`: what only an administrator may make.

use clap::Args;
use nabij_engine::prepare_database;
use nabij_log::Log;
use serde_json::json;

use crate::context::Context;
use crate::exit::Exit;

/// Makes the streams, the vault's root secret and the control tables of the views, or checks those that are there. Run it once before the services,
/// and after every update, as the administrator of NATS and the owner of the database.
#[derive(Debug, Args)]
pub(crate) struct Setup {}

impl Setup {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let Self {} = self;
        let config = context.log_config()?;
        let streams = [
            config.stream.clone(),
            config.vault.clone(),
            config.snapshots(),
            config.audit(),
            config.anchors(),
        ];
        drop(Log::connect(config, context.keyring()?).await?);
        prepare_database(&context.reached_pool().await?).await?;
        context.tell(&json!({"streams": streams, "database": "ready"}), |_| {
            format!("the streams {} and the control tables are there", streams.join(", "))
        })?;
        Ok(Exit::Done)
    }
}
