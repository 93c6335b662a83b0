//! Reading the audit stream: gap-free from a sequence on, then live.

use futures::Stream;
use nabij_model::EventHash;

use crate::error::{LogError, LogErrorKind};
use crate::log::{Head, Log};
use crate::raw::Raw;

impl Log {
    /// Every message of the audit stream from sequence `from` on, as [`read`](Self::read) gives events; each is decoded
    /// with [`AuditGroup::decode`](super::AuditGroup::decode).
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub async fn read_audit(
        &self,
        from: u64,
    ) -> Result<impl Stream<Item = Result<Raw, LogError>> + Send + use<>, LogError> {
        self.read_stream(self.config().audit(), None, from).await
    }

    /// Where the audit stream ends, and how full it is.
    ///
    /// # Errors
    /// `Unavailable` when no leader answers.
    pub async fn audit_head(&self) -> Result<Head, LogError> {
        self.head_of(&self.config().audit()).await
    }

    /// A checkpoint's look: the message at `sequence` of the audit stream must have `hash`. At 0 there is nothing to
    /// compare. Nothing is stopped by it but the caller.
    ///
    /// # Errors
    /// [`LogErrorKind::Rewound`] when the stream ends before it or holds another message there.
    pub async fn check_audit(&self, sequence: u64, hash: EventHash) -> Result<(), LogError> {
        if sequence == 0 {
            return Ok(());
        }
        let found = self.message_at(&self.config().audit(), sequence).await?.map(|raw| raw.event_hash());
        let what = match found {
            Some(found) if found == hash => return Ok(()),
            Some(_) => "holds another message there",
            None => "does not hold it",
        };
        Err(LogError::new(
            LogErrorKind::Rewound,
            format!(
                "the audit stream was rewound: a checkpoint knows the message at sequence {sequence}, the stream {what}; restore a backup"
            ),
        ))
    }
}
