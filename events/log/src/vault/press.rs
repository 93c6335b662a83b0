//! Pressing destroyed keys out of the logs by which the servers of a cluster agree.
//!
//! A secure delete overwrites a message in the stream. On a cluster each server also has it in its Raft log, until that is compacted:
//! when more than 8 MiB were written, or some minutes after a change, and then in whole files of 4 MiB, so that what stands in the last
//! one stays (`compactSizeMin` in `server/jetstream_cluster.go`, `defaultMediumBlockSize` and `compactLocked` in `server/filestore.go` of
//! nats-server 2.15). So more than both is written behind the key, on a subject of its own, and taken back at once. The bytes are random,
//! since large messages are compressed.
//!
//! A server that is away meanwhile keeps what it had until it is back and has caught up.

use super::Vault;
use crate::cipher;
use crate::error::LogError;
use crate::publish::{self, Message};
use crate::raw::Raw;

/// Where weights stand for a moment.
const SUBJECT: &str = "weight";
/// Bytes of one weight.
const WEIGHT: usize = 256 << 10;
/// Weights: 24 MiB, twice what starts a compaction and two files more.
const WEIGHTS: usize = 96;

impl Vault {
    /// Sees to it that no server of a cluster has keys on its disk any more that were [destroyed](Self::destroy) before. On a single
    /// server the secure delete was enough, and this does nothing.
    ///
    /// # Errors
    /// `Unavailable`: call again.
    pub async fn press(&self) -> Result<(), LogError> {
        if self.inner.replicas == 1 {
            return Ok(());
        }
        let subject = format!("{}.{SUBJECT}", self.inner.prefix);
        // What an earlier call left that was broken off.
        self.delete_before(&subject, u64::MAX).await?;
        for _ in 0..WEIGHTS {
            let mut weight = vec![0; WEIGHT];
            cipher::random(&mut weight)?;
            let message = Message::new(subject.clone(), weight.into());
            let sent = publish::single(&self.inner.client, message, self.inner.timeout).await;
            let sequence = sent.map_err(|refused| refused.into_log_error("pressing destroyed keys out"))?;
            self.delete(sequence).await?;
        }
        Ok(())
    }
}

/// Whether it is no word on any key: a weight that a broken off call left behind.
pub(crate) fn is_weight(raw: &Raw) -> bool {
    raw.subject.rsplit('.').next() == Some(SUBJECT)
}
