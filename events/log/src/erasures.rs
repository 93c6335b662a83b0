//! Who is erased, found in the log itself: what a replay to an earlier day must know before it begins.

use async_nats::jetstream::consumer::DeliverPolicy;
use async_nats::jetstream::consumer::pull::OrderedConfig;
use futures::StreamExt;
use nabij_model::AggregateKind;

use crate::error::LogError;
use crate::log::Log;
use crate::raw::Raw;

/// Every version of the order begins so.
const ERASED: &str = "nabij.case.erased.";

impl Log {
    /// Every `case.erased` that the log holds now, in order. Reads the headers of all events of cases: seconds for a million.
    ///
    /// # Errors
    /// `Unavailable` when nobody answers.
    pub async fn erasures(&self) -> Result<Vec<Raw>, LogError> {
        let failed = |error: Box<dyn std::error::Error + Send + Sync>| {
            LogError::unavailable("looking for erasures", error)
        };
        let config = OrderedConfig {
            filter_subject: format!("{}.{}.*", self.config().prefix, AggregateKind::Case),
            deliver_policy: DeliverPolicy::All,
            headers_only: true,
            ..OrderedConfig::default()
        };
        let stream = self.stream(&self.config().stream).await?;
        let consumer = stream.create_consumer(config).await.map_err(|error| failed(Box::new(error)))?;
        let mut left = consumer.cached_info().num_pending;
        let mut found = Vec::new();
        if left > 0 {
            let mut messages = consumer.messages().await.map_err(|error| failed(Box::new(error)))?;
            while left > 0 {
                let Some(message) = messages.next().await else {
                    return Err(failed("the reader was ended".into()));
                };
                let message = message.map_err(|error| failed(Box::new(error)))?;
                let (sequence, pending) =
                    message.info().map(|info| (info.stream_sequence, info.pending)).map_err(failed)?;
                let kind = message.headers.as_ref().and_then(|headers| headers.get(crate::envelope::TYPE));
                if kind.is_some_and(|kind| kind.as_str().starts_with(ERASED)) {
                    found.push(sequence);
                }
                left = (left - 1).min(pending);
            }
        }
        let mut erasures = Vec::with_capacity(found.len());
        for sequence in found {
            erasures.extend(self.event_at(sequence).await?);
        }
        Ok(erasures)
    }
}
