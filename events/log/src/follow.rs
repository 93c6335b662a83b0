//! Reading parts of the log: one aggregate's history, or the events of one kind as they come.

use futures::Stream;
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

    /// The events of one kind of aggregate from sequence `from` on, in order, each once, and then every new one as it comes.
    ///
    /// For showing, not for counting: sequences jump, so that a gap cannot be seen. It outlives lost connections and servers
    /// that start again. While nobody asks for more it holds a few hundred events and asks for none.
    ///
    /// # Errors
    /// `Unavailable` when it cannot start. The stream ends after an error: `Rewound`, or `Settings` when the log is gone.
    pub async fn follow(
        &self,
        kind: AggregateKind,
        from: u64,
    ) -> Result<impl Stream<Item = Result<Raw, LogError>> + Send + use<>, LogError> {
        let only = format!("{}.{kind}.*", self.config().prefix);
        self.read_stream(self.config().stream.clone(), Some(only), from).await
    }
}
