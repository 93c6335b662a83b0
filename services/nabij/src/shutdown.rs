//! Soft, then hard: the first signal asks everything to end, the second, or too long a wait, ends it.

use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// A token that is cancelled by SIGINT or SIGTERM. What still runs `patience` later is cut off: nothing that was
/// acknowledged is lost by that, at any moment.
pub(crate) fn on_signals(patience: Duration) -> std::io::Result<CancellationToken> {
    let stop = CancellationToken::new();
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    let told = stop.clone();
    tokio::spawn(async move {
        either(&mut interrupted, &mut terminated).await;
        tracing::info!("told to stop: what is under way ends first");
        told.cancel();
        tokio::select! {
            () = either(&mut interrupted, &mut terminated) => tracing::warn!("told to stop again: ending at once"),
            () = tokio::time::sleep(patience) => tracing::warn!(
                patience_ms = u64::try_from(patience.as_millis()).unwrap_or(u64::MAX),
                "still something under way: ending at once"
            ),
        }
        std::process::exit(1);
    });
    Ok(stop)
}

async fn either(one: &mut Signal, other: &mut Signal) {
    tokio::select! {
        _ = one.recv() => {}
        _ = other.recv() => {}
    }
}
