//! The connection to the servers, and what becomes of it.

use std::time::Duration;

use async_nats::jetstream::{self, Context};
use async_nats::{Client, Event, ServerAddr};

use crate::config::LogConfig;
use crate::error::{LogError, LogErrorKind};
use crate::guard::Gate;

/// Pings find a dead connection after two of these.
const PING_INTERVAL: Duration = Duration::from_secs(10);

/// Connects; `gate` closes whenever the connection is lost.
///
/// Servers are separated by commas. User and password may stand in the first, as `deploy/stack env` prints them: the
/// client library reads neither commas nor passwords from an address.
pub(crate) async fn connect(config: &LogConfig, gate: Gate) -> Result<(Client, Context), LogError> {
    let wrong = |error| LogError::because(LogErrorKind::Settings, "the address of NATS is no address", error);
    let servers: Vec<ServerAddr> =
        config.nats_url.split(',').map(|one| one.trim().parse()).collect::<Result<_, _>>().map_err(wrong)?;
    let login = servers.first().and_then(|server| Some((server.username()?, server.password()?)));
    let client = config
        .access
        .options(login)
        .name("nabij")
        .request_timeout(Some(config.timeout))
        .ping_interval(PING_INTERVAL)
        .subscription_capacity(1 << 16)
        .event_callback(move |event| {
            match event {
                Event::Connected => gate.connected(),
                Event::Disconnected | Event::Closed => gate.lost(),
                Event::SlowConsumer(_) => {
                    tracing::warn!("a subscription is read too slowly: messages were dropped")
                }
                Event::ServerError(error) => tracing::warn!(%error, "NATS reports an error"),
                Event::ClientError(error) => tracing::debug!(%error, "the NATS connection has trouble"),
                Event::LameDuckMode | Event::Draining => {}
            }
            std::future::ready(())
        })
        .connect(servers)
        .await
        .map_err(|error| LogError::because(LogErrorKind::Unavailable, "NATS cannot be reached", error))?;
    let context = jetstream::context::ContextBuilder::new().timeout(config.timeout).build(client.clone());
    Ok((client, context))
}
