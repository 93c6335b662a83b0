//! The master keys that a process holds: one that wraps, and during a rotation the one before it.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use crate::error::{LogError, LogErrorKind};
use crate::master_key::MasterKey;

/// Where the keys are read again from: the current one, and the one before it while a rotation goes on.
type Source = dyn Fn() -> Result<(MasterKey, Option<MasterKey>), LogError> + Send + Sync;

/// Master keys by their id. A process that meets an id which it does not know reads its key files again, so that a rotation
/// needs no restart.
pub struct Keyring {
    held: RwLock<Held>,
    source: Option<Box<Source>>,
}

struct Held {
    current: Arc<MasterKey>,
    previous: Option<Arc<MasterKey>>,
}

impl From<(MasterKey, Option<MasterKey>)> for Held {
    fn from((current, previous): (MasterKey, Option<MasterKey>)) -> Self {
        Self { current: Arc::new(current), previous: previous.map(Arc::new) }
    }
}

impl From<MasterKey> for Keyring {
    fn from(key: MasterKey) -> Self {
        Self { held: RwLock::new((key, None).into()), source: None }
    }
}

impl Keyring {
    /// Keys from a source that can be asked again, such as files.
    ///
    /// # Errors
    /// What the source says when it is asked the first time.
    pub fn reading(
        source: impl Fn() -> Result<(MasterKey, Option<MasterKey>), LogError> + Send + Sync + 'static,
    ) -> Result<Self, LogError> {
        let held = RwLock::new(source()?.into());
        Ok(Self { held, source: Some(Box::new(source)) })
    }

    /// The one that wraps.
    pub(crate) fn current(&self) -> Arc<MasterKey> {
        self.held.read().unwrap_or_else(PoisonError::into_inner).current.clone()
    }

    /// The one with this id; the source is asked again before it is missed.
    pub(crate) fn find(&self, id: &str) -> Option<Arc<MasterKey>> {
        self.held(id).or_else(|| {
            self.refresh();
            self.held(id)
        })
    }

    fn held(&self, id: &str) -> Option<Arc<MasterKey>> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        [Some(&held.current), held.previous.as_ref()]
            .into_iter()
            .flatten()
            .find(|key| key.id() == id)
            .cloned()
    }

    /// Asks the source again. What cannot be read leaves everything as it was: the keys in memory are still good.
    pub(crate) fn refresh(&self) {
        let Some(source) = &self.source else { return };
        match source() {
            Ok(keys) => *self.held.write().unwrap_or_else(PoisonError::into_inner) = keys.into(),
            Err(error) => tracing::warn!(%error, "the master keys cannot be read again"),
        }
    }

    /// The ids, for sentences.
    pub(crate) fn ids(&self) -> String {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        match &held.previous {
            Some(previous) => format!("{} or {}", held.current.id(), previous.id()),
            None => held.current.id().to_owned(),
        }
    }

    /// What a key says that none of these opens.
    pub(crate) fn missing(&self, whose: &str, master: &str) -> LogError {
        LogError::new(
            LogErrorKind::Key,
            format!(
                "the keys of {whose} were wrapped by master key {master} and do not open with master key {}",
                self.ids()
            ),
        )
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keyring({})", self.ids())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU8, Ordering};

    use super::*;

    #[test]
    fn an_unknown_id_makes_it_read_again_and_a_failing_source_forgets_nothing() {
        let turn = Arc::new(AtomicU8::new(0));
        let key = |byte| MasterKey::from_bytes([byte; 32]);
        let asked = turn.clone();
        let ring = Keyring::reading(move || match asked.load(Ordering::SeqCst) {
            0 => Ok((key(1), None)),
            1 => Ok((key(2), Some(key(1)))),
            _ => Err(LogError::new(LogErrorKind::Key, "the file is away")),
        })
        .unwrap();
        assert!(ring.find(key(2).id()).is_none());
        turn.store(1, Ordering::SeqCst);
        assert_eq!(ring.current().id(), key(1).id());
        assert!(ring.find(key(2).id()).is_some());
        assert_eq!(ring.current().id(), key(2).id());
        turn.store(2, Ordering::SeqCst);
        assert!(ring.find(key(3).id()).is_none());
        assert!(ring.find(key(1).id()).is_some() && ring.find(key(2).id()).is_some());
    }
}
