//! Walking a stream that may have holes, such as the vault, up to a sequence.

use std::time::Duration;

use crate::direct::ALL;
use crate::error::LogError;
use crate::leader;
use crate::log::Log;
use crate::raw::Raw;

/// Pause before a copy of the stream is asked again that does not have everything yet.
const PAUSE: Duration = Duration::from_millis(100);

impl Log {
    /// Gives every message of `stream` from sequence `from` through `through` to `take`, in order.
    ///
    /// Copies of a stream may lag behind their leader: what they do not have yet is waited for.
    pub(crate) async fn walk(
        &self,
        stream: &str,
        from: u64,
        through: u64,
        mut take: impl FnMut(Raw) -> Result<(), LogError>,
    ) -> Result<(), LogError> {
        let reader = crate::direct::Reader { stream, ..self.direct() };
        let handle = self.stream(stream).await?;
        let mut next = from.max(1);
        while next <= through {
            let batch = reader.batch(next).await?;
            let Some(last) = batch.last().map(|raw| raw.sequence) else {
                match leader::message(&handle, next, Some(ALL)).await? {
                    Some(raw) if raw.sequence <= through => tokio::time::sleep(PAUSE).await,
                    _ => return Ok(()),
                }
                continue;
            };
            for raw in batch {
                if raw.sequence <= through {
                    take(raw)?;
                }
            }
            next = last + 1;
        }
        Ok(())
    }
}
