//! `nabij serve`: one service.

use clap::{Args, ValueEnum};

use crate::context::Context;
use crate::exit::Exit;
use crate::services;

/// Runs one service until it is told to stop.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    service: Name,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Name {
    /// The HTTP interface; any number of them.
    Api,
    /// The writer of the views; one leads, others stand by.
    Projector,
    /// Raises escalations; one leads, others stand by.
    Alerts,
}

impl Serve {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let connected = context.connect().await?;
        match self.service {
            Name::Api => services::api(context, &connected).await?,
            Name::Projector => services::projector(context, &connected).await?,
            Name::Alerts => services::alerts(context, &connected).await?,
        }
        Ok(Exit::Done)
    }
}
