//! Whether servers are empty enough to be restored into.

use async_nats::jetstream::Context;

use super::{forbidden, refused};
use crate::config::LogConfig;
use crate::error::LogError;
use crate::setup;

/// Every stream must be absent or empty; the empty ones go, since their settings may be others.
pub(super) async fn make_room(context: &Context, config: &LogConfig) -> Result<(), LogError> {
    let names = [&config.stream, &config.vault, &config.audit(), &config.anchors(), &config.snapshots()]
        .map(String::clone);
    let (mut full, mut empty) = (Vec::new(), Vec::new());
    for name in names {
        match context.get_stream(&name).await {
            Ok(stream) => match stream.cached_info().state.last_sequence {
                0 => empty.push(name),
                _ => full.push(format!("{name} ({} messages)", stream.cached_info().state.messages)),
            },
            Err(error) if setup::is_absent(&error) => {}
            Err(error) => return Err(LogError::unavailable(&format!("reading the stream {name}"), error)),
        }
    }
    if !full.is_empty() {
        return Err(refused(format!(
            "these servers are not empty: {}; restore into fresh ones, or stop every service and remove these streams as the NATS user `admin`; nothing was restored",
            full.join(", ")
        )));
    }
    for name in empty {
        context
            .delete_stream(&name)
            .await
            .map_err(|error| forbidden(&format!("removing the empty stream {name}"), error))?;
    }
    Ok(())
}
