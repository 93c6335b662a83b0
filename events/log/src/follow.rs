//! Reading parts of the log: one aggregate's history, or the events of one kind as they come.

use async_nats::jetstream::consumer::DeliverPolicy;
use async_nats::jetstream::consumer::pull::OrderedConfig;
use futures::{Stream, StreamExt};
use nabij_model::{AggregateId, AggregateKind};

use crate::error::LogError;
use crate::log::Log;
use crate::raw::Raw;

impl Log {
    /// Every event of one aggregate, oldest first, sealed fields closed. Straight after a write by another process it may
    /// be a moment behind.
    ///
    /// # Errors
    /// `Unavailable` when nobody answers.
    pub async fn history(&self, aggregate: AggregateId) -> Result<Vec<Raw>, LogError> {
        self.direct().tail(&self.subject(aggregate), 1).await
    }

    /// The events of one kind of aggregate from sequence `from` on, in order, and then every new one as it comes.
    ///
    /// For showing, not for counting: sequences jump, so that a gap cannot be seen. After an error it ends; start again
    /// behind the last sequence that came.
    ///
    /// # Errors
    /// `Unavailable` when it cannot start.
    pub async fn follow(
        &self,
        kind: AggregateKind,
        from: u64,
    ) -> Result<impl Stream<Item = Result<Raw, LogError>> + Send + use<>, LogError> {
        let failed = |error: Box<dyn std::error::Error + Send + Sync>| {
            LogError::unavailable("following the log", error)
        };
        let config = OrderedConfig {
            filter_subject: format!("{}.{kind}.*", self.config().prefix),
            deliver_policy: DeliverPolicy::ByStartSequence { start_sequence: from.max(1) },
            ..OrderedConfig::default()
        };
        let stream = self.stream(&self.config().stream).await?;
        let consumer = stream.create_consumer(config).await.map_err(|error| failed(Box::new(error)))?;
        let messages = consumer.messages().await.map_err(|error| failed(Box::new(error)))?;
        Ok(messages.map(move |message| {
            let message = message.map_err(|error| failed(Box::new(error)))?;
            let sequence = message.info().map_err(failed)?.stream_sequence;
            let message = message.message;
            Ok(Raw {
                sequence,
                subject: message.subject.into_string(),
                headers: message.headers.unwrap_or_default(),
                body: message.payload,
            })
        }))
    }
}
