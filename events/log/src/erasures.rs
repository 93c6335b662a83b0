//! Who is erased, found in the log itself: what a replay to an earlier day must know before it begins.

use std::time::Duration;

use async_nats::jetstream::consumer::pull::Config;
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, PullConsumer};
use futures::StreamExt;
use nabij_model::AggregateKind;

use crate::envelope::TYPE;
use crate::error::LogError;
use crate::log::Log;
use crate::raw::Raw;

/// Every version of the order begins so.
const ERASED: &str = "nabij.case.erased.";
/// And of what alone may follow it on a case: that it was carried out.
const COMPLETED: &str = "nabij.case.erasure_completed.";

/// How often it is tried.
const TRIES: u32 = 4;
/// Pause before another try.
const PAUSE: Duration = Duration::from_millis(500);
/// The server says this often that it is there; two missed mean that it is not.
const HEARTBEAT: Duration = Duration::from_secs(2);
/// How long one request for messages stands.
const EXPIRES: Duration = Duration::from_secs(30);

impl Log {
    /// Every `case.erased` that the log holds now, in order. Reads the headers of the last event of each case: nothing but
    /// that it was carried out follows the order.
    ///
    /// # Errors
    /// `Unavailable` when nobody answers.
    pub async fn erasures(&self) -> Result<Vec<Raw>, LogError> {
        let mut tries = 0;
        loop {
            match self.look_for_erasures().await {
                Err(error) if error.is_unavailable() && tries < TRIES => {
                    tries += 1;
                    tokio::time::sleep(PAUSE).await;
                }
                looked => return looked,
            }
        }
    }

    async fn look_for_erasures(&self) -> Result<Vec<Raw>, LogError> {
        let mut erasures = Vec::new();
        for subject in self.erased_subjects().await? {
            let mut events = self.direct().tail(&subject, 1).await?;
            let order = events.iter().position(is_erasure).ok_or_else(|| {
                let behind = format!("a copy of the log does not hold the order on {subject} yet");
                LogError::unavailable("looking for erasures", behind)
            })?;
            erasures.push(events.swap_remove(order));
        }
        erasures.sort_by_key(|raw| raw.sequence);
        Ok(erasures)
    }

    /// The subjects of cases whose last event says that the person is erased.
    async fn erased_subjects(&self) -> Result<Vec<String>, LogError> {
        let failed = |error: Box<dyn std::error::Error + Send + Sync>| {
            LogError::unavailable("looking for erasures", error)
        };
        let config = Config {
            filter_subject: format!("{}.{}.*", self.config().prefix, AggregateKind::Case),
            deliver_policy: DeliverPolicy::LastPerSubject,
            headers_only: true,
            ack_policy: AckPolicy::None,
            memory_storage: true,
            num_replicas: 1,
            inactive_threshold: EXPIRES,
            ..Config::default()
        };
        let stream = self.stream(&self.config().stream).await?;
        let consumer: PullConsumer =
            stream.create_consumer(config).await.map_err(|error| failed(Box::new(error)))?;
        let mut found = Vec::new();
        if consumer.cached_info().num_pending == 0 {
            return Ok(found);
        }
        let messages = consumer.stream().heartbeat(HEARTBEAT).expires(EXPIRES).messages().await;
        let mut messages = messages.map_err(|error| failed(Box::new(error)))?;
        for number in 1.. {
            let next = tokio::time::timeout(self.config().timeout, messages.next()).await;
            let Some(message) = next.map_err(|error| failed(Box::new(error)))? else {
                return Err(failed("the reader was ended".into()));
            };
            let message = message.map_err(|error| failed(Box::new(error)))?;
            let (place, pending) =
                message.info().map(|info| (info.consumer_sequence, info.pending)).map_err(failed)?;
            if place != number {
                return Err(failed("a message was lost on its way".into()));
            }
            let kind = message.headers.as_ref().and_then(|headers| headers.get(TYPE));
            if kind.is_some_and(|kind| [ERASED, COMPLETED].iter().any(|one| kind.as_str().starts_with(one))) {
                found.push(message.subject.to_string());
            }
            if pending == 0 {
                break;
            }
        }
        Ok(found)
    }
}

/// Whether this is the order itself.
pub(crate) fn is_erasure(raw: &Raw) -> bool {
    raw.event_type().is_ok_and(|event_type| event_type.starts_with(ERASED))
}
