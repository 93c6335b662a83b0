//! Waiting for what other tasks and processes do.

use std::time::Duration;

use tokio::time::{sleep, timeout};

/// How long a test waits for what must come: far longer than it takes, so that no test fails because a machine stalls.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// Pause between two looks.
const PAUSE: Duration = Duration::from_millis(50);

/// Looks again and again until something is found; `None` when nothing was within [`PATIENCE`].
pub async fn eventually<T, F: Future<Output = Option<T>>>(mut look: impl FnMut() -> F) -> Option<T> {
    let found = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            sleep(PAUSE).await;
        }
    };
    timeout(PATIENCE, found).await.ok()
}
