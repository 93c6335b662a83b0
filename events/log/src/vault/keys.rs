//! The data keys of one aggregate, and the message of the vault that holds them wrapped.

use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use nabij_model::{AggregateId, CaseId, SealLevel};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::cipher;
use crate::error::{LogError, LogErrorKind};
use crate::master_key::MasterKey;

/// One unwrapped key; wiped when the last user drops it.
pub(crate) struct DataKey(Zeroizing<[u8; 32]>);

impl DataKey {
    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DataKey(..)")
    }
}

/// The two keys of an aggregate: for what only entitled readers open, and for what figures and deciders need.
#[derive(Debug, Clone)]
pub(crate) struct Keys {
    content: Arc<DataKey>,
    profile: Arc<DataKey>,
}

impl Keys {
    pub(crate) fn from_bytes(content: [u8; 32], profile: [u8; 32]) -> Self {
        let key = |bytes| Arc::new(DataKey(Zeroizing::new(bytes)));
        Self { content: key(content), profile: key(profile) }
    }

    pub(crate) fn generate() -> Result<Self, LogError> {
        let (mut content, mut profile) = ([0; 32], [0; 32]);
        cipher::random(&mut content)?;
        cipher::random(&mut profile)?;
        Ok(Self::from_bytes(content, profile))
    }

    /// The key for fields of `level`.
    pub(crate) fn of(&self, level: SealLevel) -> &Arc<DataKey> {
        match level {
            SealLevel::Profile => &self.profile,
            _ => &self.content,
        }
    }
}

/// What a message of the vault says: both keys of an aggregate in one message, which halves the writes.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum VaultMessage {
    /// Its keys were destroyed; nothing of it opens ever again, and no new key is made for it.
    Erased {
        /// Always true.
        erased: bool,
    },
    /// Its keys.
    Wrapped(Wrapped),
}

/// Wrapped keys.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Wrapped {
    /// Whose: `case.<uuid>`.
    pub(crate) aggregate: String,
    /// The cases that the aggregate was about when the keys were made: whom an erasure must ask about them.
    pub(crate) concerns: Vec<CaseId>,
    /// Which master key wrapped them, so that a rotation can tell.
    pub(crate) master: String,
    /// Nonce, ciphertext and tag, base64; the associated data is the key's id, `<aggregate>.<uuid>`.
    content: String,
    /// The same; associated data `profile.<uuid>`.
    profile: String,
}

impl Wrapped {
    pub(crate) fn new(
        master: &MasterKey,
        aggregate: AggregateId,
        concerns: Vec<CaseId>,
        keys: &Keys,
    ) -> Result<Self, LogError> {
        let wrap = |key: &DataKey, id: &str| {
            cipher::seal(master.bytes(), key.bytes(), id.as_bytes()).map(|sealed| STANDARD.encode(sealed))
        };
        Ok(Self {
            content: wrap(&keys.content, &aggregate.to_string())?,
            profile: wrap(&keys.profile, &profile_id(aggregate))?,
            aggregate: aggregate.to_string(),
            concerns,
            master: master.id().to_owned(),
        })
    }

    pub(crate) fn unwrap(&self, master: &MasterKey) -> Result<Keys, LogError> {
        let unwrapped = || {
            let aggregate: AggregateId = self.aggregate.parse().ok()?;
            let key = |text: &str, id: &str| {
                let sealed = STANDARD.decode(text).ok()?;
                let bytes = Zeroizing::new(cipher::open(master.bytes(), &sealed, id.as_bytes())?);
                <[u8; 32]>::try_from(bytes.as_slice()).ok()
            };
            Some(Keys::from_bytes(
                key(&self.content, &self.aggregate)?,
                key(&self.profile, &profile_id(aggregate))?,
            ))
        };
        unwrapped().ok_or_else(|| {
            LogError::new(
                LogErrorKind::Key,
                format!(
                    "the keys of {} were wrapped by master key {} and do not open with master key {}",
                    self.aggregate,
                    self.master,
                    master.id()
                ),
            )
        })
    }
}

fn profile_id(aggregate: AggregateId) -> String {
    format!("profile.{}", aggregate.id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use nabij_model::AggregateKind;
    use uuid::Uuid;

    #[test]
    fn keys_come_back_with_their_master_key_only() {
        let aggregate = AggregateId::new(AggregateKind::Case, Uuid::from_u128(5));
        let keys = Keys::generate().unwrap();
        let master = MasterKey::from_bytes([3; 32]);
        let wrapped = Wrapped::new(&master, aggregate, vec![], &keys).unwrap();
        let again = wrapped.unwrap(&master).unwrap();
        for level in [SealLevel::Profile, SealLevel::Team] {
            assert_eq!(again.of(level).bytes(), keys.of(level).bytes());
        }
        assert_ne!(again.of(SealLevel::Profile).bytes(), again.of(SealLevel::Team).bytes());
        let error = wrapped.unwrap(&MasterKey::from_bytes([4; 32])).unwrap_err();
        assert_eq!(error.kind(), LogErrorKind::Key);
        let stolen = Wrapped { aggregate: format!("case.{}", Uuid::from_u128(6)), ..wrapped };
        assert!(stolen.unwrap(&master).is_err(), "a key moved to another aggregate must not open");
    }

    #[test]
    fn a_tombstone_is_told_from_keys() {
        let text = serde_json::to_string(&VaultMessage::Erased { erased: true }).unwrap();
        assert!(matches!(serde_json::from_str(&text).unwrap(), VaultMessage::Erased { erased: true }));
    }
}
