//! Snapshots of aggregates: apart from the views, keyed by aggregate and state version, written behind.
//!
//! A snapshot is stored closed: sealed fields of the state go out as the ciphertexts that the events hold, and profile
//! fields are opened again when it is read.

use std::sync::Arc;

use nabij_model::{AggregateId, Decider, Root};

use crate::error::LogError;
use crate::leader;
use crate::log::Log;
use crate::publish::{self, Message};
use crate::seal;

impl Log {
    /// The last snapshot of the current state version, if there is one that can be read.
    pub(crate) async fn snapshot<A: Decider>(
        &self,
        aggregate: AggregateId,
    ) -> Result<Option<Root<A>>, LogError> {
        let stream = self.config().snapshots();
        let found = crate::direct::Reader { stream: &stream, ..self.direct() }
            .last_of(&[self.snapshot_subject::<A>(aggregate)])
            .await?;
        let Some(raw) = found.into_iter().next() else { return Ok(None) };
        let body = self.vault().open_profile(&raw.body).await?;
        // Whatever is wrong with a snapshot, the events are there.
        let read = serde_json::from_slice(&body);
        Ok(read.inspect_err(|error| tracing::warn!(%aggregate, %error, "a snapshot is not readable")).ok())
    }

    /// Writes a snapshot without making anybody wait; one that is lost costs the next reader some events.
    pub(crate) fn write_snapshot_behind<A: Decider>(&self, aggregate: AggregateId, root: Arc<Root<A>>) {
        let log = self.clone();
        tokio::spawn(async move {
            if let Err(error) = log.write_snapshot(aggregate, &root).await {
                tracing::warn!(%aggregate, %error, "a snapshot was not written");
            }
        });
    }

    async fn write_snapshot<A: Decider>(
        &self,
        aggregate: AggregateId,
        root: &Root<A>,
    ) -> Result<(), LogError> {
        use crate::error::LogErrorKind::Damaged;
        let failed = |error| LogError::because(Damaged, "a state has no JSON form", error);
        let state = serde_json::to_value(root).map_err(failed)?;
        if seal::has_clear(&state) {
            return Err(LogError::new(Damaged, "a state holds a clear field: it is not stored"));
        }
        let body = serde_json::to_vec(&state).map_err(failed)?;
        let message = Message::new(self.snapshot_subject::<A>(aggregate), body.into());
        publish::single(self.client(), message, self.config().timeout)
            .await
            .map(drop)
            .map_err(|refused| refused.into_log_error("writing a snapshot"))
    }

    /// Deletes every snapshot of these aggregates, on disk too, and forgets their states in this process.
    ///
    /// # Errors
    /// `Unavailable`: some may be gone, call again.
    pub async fn drop_snapshots(&self, aggregates: &[AggregateId]) -> Result<(), LogError> {
        let name = self.config().snapshots();
        let stream = self.stream(&name).await?;
        for aggregate in aggregates {
            self.roots().forget(*aggregate);
            let subject = format!("{}.{aggregate}.*", self.config().snapshot_prefix());
            while let Some(raw) = leader::message(&stream, 1, Some(&subject)).await? {
                leader::delete_securely(self.context(), &name, raw.sequence).await?;
            }
        }
        Ok(())
    }

    fn snapshot_subject<A: Decider>(&self, aggregate: AggregateId) -> String {
        format!("{}.{aggregate}.{}", self.config().snapshot_prefix(), A::STATE_VERSION)
    }
}
