//! The data keys of one aggregate, and the message of the vault that holds them wrapped.

use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use nabij_model::{AggregateId, CaseId, SealLevel};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::root::WrappedRoot;
use crate::cipher;
use crate::error::LogError;
use crate::keyring::Keyring;

/// One unwrapped key; wiped when the last user drops it.
pub(crate) struct DataKey(Zeroizing<[u8; 32]>);

impl DataKey {
    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// In constant time.
impl PartialEq for DataKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(other.0.as_slice()).into()
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
    Erased(Tombstone),
    /// No aggregate's: what keyed hashes are derived from.
    Root(WrappedRoot),
    /// Its keys.
    Wrapped(Wrapped),
}

/// Stands in place of keys that were destroyed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Tombstone {
    /// Always true.
    pub(crate) erased: bool,
    /// See [`Wrapped::made`]; absent where there never were keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) made: Option<u64>,
    /// When the keys were destroyed, where a restore wrote this tombstone anew; else the server's time of it counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) at: Option<Timestamp>,
    /// The sequence at which the tombstone was first written, where a restore wrote it anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) laid: Option<u64>,
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
    /// The sequence in the vault at which the keys were first written, once they were written anew under another master key
    /// or restored; absent, it is this message's own. Anchors count keys in this order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) made: Option<u64>,
}

impl Wrapped {
    pub(crate) fn new(
        keyring: &Keyring,
        aggregate: AggregateId,
        concerns: Vec<CaseId>,
        keys: &Keys,
    ) -> Result<Self, LogError> {
        let master = keyring.current();
        let wrap = |key: &DataKey, id: &str| {
            cipher::seal(master.bytes(), key.bytes(), id.as_bytes()).map(|sealed| STANDARD.encode(sealed))
        };
        Ok(Self {
            content: wrap(&keys.content, &aggregate.to_string())?,
            profile: wrap(&keys.profile, &profile_id(aggregate))?,
            aggregate: aggregate.to_string(),
            concerns,
            master: master.id().to_owned(),
            made: None,
        })
    }

    pub(crate) fn unwrap(&self, keyring: &Keyring) -> Result<Keys, LogError> {
        let unwrapped = || {
            let master = keyring.find(&self.master)?;
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
        unwrapped().ok_or_else(|| keyring.missing(&self.aggregate, &self.master))
    }

    /// The same keys under the current master key; `made` where they were first written.
    pub(crate) fn rewrap(&self, keyring: &Keyring, made: u64) -> Result<Self, LogError> {
        let aggregate = self.aggregate.parse().map_err(|_| keyring.missing(&self.aggregate, &self.master))?;
        let keys = self.unwrap(keyring)?;
        Ok(Self { made: Some(made), ..Self::new(keyring, aggregate, self.concerns.clone(), &keys)? })
    }
}

fn profile_id(aggregate: AggregateId) -> String {
    format!("profile.{}", aggregate.id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::LogErrorKind;
    use crate::master_key::MasterKey;
    use nabij_model::AggregateKind;
    use uuid::Uuid;

    #[test]
    fn keys_come_back_with_their_master_key_only() {
        let aggregate = AggregateId::new(AggregateKind::Case, Uuid::from_u128(5));
        let keys = Keys::generate().unwrap();
        let master = Keyring::from(MasterKey::from_bytes([3; 32]));
        let wrapped = Wrapped::new(&master, aggregate, vec![], &keys).unwrap();
        let again = wrapped.unwrap(&master).unwrap();
        for level in [SealLevel::Profile, SealLevel::Team] {
            assert_eq!(again.of(level), keys.of(level));
        }
        assert_ne!(again.of(SealLevel::Profile), again.of(SealLevel::Team));
        let error = wrapped.unwrap(&MasterKey::from_bytes([4; 32]).into()).unwrap_err();
        assert_eq!(error.kind(), LogErrorKind::Key);
        let stolen = Wrapped { aggregate: format!("case.{}", Uuid::from_u128(6)), ..wrapped };
        assert!(stolen.unwrap(&master).is_err(), "a key moved to another aggregate must not open");
    }

    #[test]
    fn a_tombstone_is_told_from_keys() {
        let text = serde_json::to_string(&VaultMessage::Erased(Tombstone {
            erased: true,
            made: None,
            at: None,
            laid: None,
        }))
        .unwrap();
        assert_eq!(text, r#"{"erased":true}"#);
        assert!(matches!(serde_json::from_str(&text).unwrap(), VaultMessage::Erased(_)));
    }
}
