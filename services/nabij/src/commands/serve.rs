//! `nabij serve`: one service.

use clap::{Args, ValueEnum};

use crate::context::Context;
use crate::exit::Exit;
use crate::issuer;
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
    /// Gives tokens, for demos and tests: never for real data.
    Issuer,
}

impl Serve {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        if let Name::Issuer = self.service {
            issuer::run(context).await?;
            return Ok(Exit::Done);
        }
        let connected = context.connect().await?;
        match self.service {
            Name::Api => services::api(context, &connected).await?,
            Name::Projector => services::projector(context, &connected).await?,
            Name::Alerts => services::alerts(context, &connected).await?,
            Name::Issuer => {}
        }
        Ok(Exit::Done)
    }
}
