//! A published set of keys.

use jsonwebtoken::jwk::Jwk;
use serde::Deserialize;
use serde_json::Value;

use crate::key::PublicKey;
use crate::trust::Algorithm;

/// Keys of a set that are looked at: providers publish two or three.
const MOST: usize = 64;
/// Keys that are tried for a token that names none.
const MOST_TRIED: usize = 8;

/// Keys of one issuer.
#[derive(Debug, Clone, Default)]
pub(crate) struct KeySet(Vec<PublicKey>);

#[derive(Deserialize)]
struct Published {
    keys: Vec<Value>,
}

impl KeySet {
    pub(crate) fn new(keys: Vec<PublicKey>) -> Self {
        Self(keys)
    }

    /// Reads a JWK set; keys of other kinds and uses are passed over, as RFC 7517 asks. `None` when nothing is left, which is
    /// a mistake of the issuer's and never a reason to drop the keys that it had.
    pub(crate) fn read(document: &[u8], allowed: &[Algorithm]) -> Option<Self> {
        let published: Published = serde_json::from_slice(document).ok()?;
        let read = |key: Value| PublicKey::from_jwk(&serde_json::from_value::<Jwk>(key).ok()?, allowed);
        let keys: Vec<PublicKey> = published.keys.into_iter().take(MOST).filter_map(read).collect();
        (!keys.is_empty()).then_some(Self(keys))
    }

    /// The keys that may have signed a token.
    pub(crate) fn candidates(&self, id: Option<&str>, algorithm: Algorithm) -> Vec<PublicKey> {
        self.0.iter().filter(|key| key.fits(id, algorithm)).take(MOST_TRIED).cloned().collect()
    }

    /// Takes the place of `before`: keys that stay keep their handles, those that went are withdrawn. Also gives whether
    /// anything changed.
    pub(crate) fn replace(self, before: &Self) -> (Self, bool) {
        let stays = |key: PublicKey| before.0.iter().find(|old| old.is_same(&key)).cloned().unwrap_or(key);
        let keys: Vec<PublicKey> = self.0.into_iter().map(stays).collect();
        let mut changed = keys.len() != before.0.len();
        for old in &before.0 {
            if !keys.iter().any(|key| key.is_same(old)) {
                old.withdraw();
                changed = true;
            }
        }
        (Self(keys), changed)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}
