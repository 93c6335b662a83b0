//! `nabij up`: all services in one process.

use clap::Args;

use super::keys;
use crate::context::Context;
use crate::exit::Exit;
use crate::services;
use crate::syncing;

/// Runs all services until it is told to stop.
#[derive(Debug, Args)]
pub(crate) struct Up {
    /// Makes keys when there are none. Never for real data: keys that appear by themselves are kept by nobody.
    #[arg(long)]
    demo: bool,
}

impl Up {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let settings = &context.settings.keys;
        if self.demo && !settings.master_key_file().exists() && !settings.token_key_file().exists() {
            keys::create(&context.settings)?;
        }
        let connected = context.connect().await?;
        if !self.demo {
            if context.settings.log.nats_url.has_password() {
                tracing::warn!(
                    "NATS_URL carries a password: that is for development; set log.user and log.nkey_file to a user with \
                     least rights, and log.ca_file"
                );
            }
            syncing::warn_unless_always(connected.log.client()).await;
        }
        services::all(context, &connected).await?;
        Ok(Exit::Done)
    }
}
