//! Whether NATS writes every event to the disk before it acknowledges it.

use std::time::Duration;

use async_nats::Client;
use serde::Deserialize;

/// What a server tells an account of its own JetStream.
#[derive(Deserialize)]
struct Told {
    data: Option<Data>,
}

#[derive(Deserialize)]
struct Data {
    config: Option<JetStream>,
}

#[derive(Deserialize)]
struct JetStream {
    #[serde(default)]
    sync_always: bool,
}

/// Writes a warning when the server that answers does not, or does not tell.
pub(crate) async fn warn_unless_always(client: &Client) {
    match always(client).await {
        Some(true) => {}
        Some(false) => tracing::warn!(
            "NATS runs without `sync_interval: always`: a power failure may take back what was acknowledged; set it in \
             the `jetstream` block of every server"
        ),
        None => tracing::warn!(
            "NATS does not tell this account whether it runs with `sync_interval: always`: look at the `jetstream` block \
             of every server"
        ),
    }
}

async fn always(client: &Client) -> Option<bool> {
    let asked = client.request("$SYS.REQ.SERVER.PING.JSZ", "{\"config\":true}".into());
    let answer = tokio::time::timeout(Duration::from_secs(2), asked).await.ok()?.ok()?;
    let told: Told = serde_json::from_slice(&answer.payload).ok()?;
    Some(told.data?.config?.sync_always)
}
