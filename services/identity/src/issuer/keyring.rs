//! The key in use, and those before it whose tokens are still good.

use std::sync::{Arc, PoisonError, RwLock};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::signer::{Issuer, SigningError};

/// Beyond a token's lifetime a replaced key stays published so long, for clocks that differ.
const GRACE: SignedDuration = SignedDuration::from_mins(5);

/// Keys of one issuer, the one in use last.
#[derive(Debug)]
pub struct Keyring {
    address: String,
    audience: String,
    lifetime: SignedDuration,
    keys: RwLock<Vec<Held>>,
}

#[derive(Debug)]
struct Held {
    signer: Arc<Issuer>,
    replaced: Option<Timestamp>,
}

impl Keyring {
    /// Begins with this private key, PKCS#8 PEM. A token lives at most for `lifetime`.
    ///
    /// # Errors
    /// When it is no key.
    pub fn new(
        pem: &str,
        address: &str,
        audience: &str,
        lifetime: SignedDuration,
    ) -> Result<Self, SigningError> {
        let signer = Arc::new(Issuer::from_pem(pem, address, audience)?);
        Ok(Self {
            address: address.to_owned(),
            audience: audience.to_owned(),
            lifetime,
            keys: RwLock::new(vec![Held { signer, replaced: None }]),
        })
    }

    /// What signs now.
    #[must_use]
    pub fn signer(&self) -> Option<Arc<Issuer>> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        keys.last().map(|held| Arc::clone(&held.signer))
    }

    /// The set as it is published.
    #[must_use]
    pub fn published(&self, now: Timestamp) -> Value {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        let good = keys.iter().filter(|held| self.is_good(held, now));
        json!({"keys": good.map(|held| held.signer.published()).collect::<Vec<_>>()})
    }

    /// Puts a new key in the place of the one in use, and drops those whose last token has run out.
    ///
    /// # Errors
    /// When no key can be made.
    pub fn rotate(&self, now: Timestamp) -> Result<(), SigningError> {
        let signer = Arc::new(Issuer::from_pem(&Issuer::new_key()?, &self.address, &self.audience)?);
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = keys.last_mut() {
            last.replaced = Some(now);
        }
        keys.retain(|held| self.is_good(held, now));
        keys.push(Held { signer, replaced: None });
        Ok(())
    }

    /// Drops every key but the one in use, though tokens of theirs are still about: what one does when a key was stolen.
    pub fn withdraw_replaced(&self) {
        self.keys.write().unwrap_or_else(PoisonError::into_inner).retain(|held| held.replaced.is_none());
    }

    fn is_good(&self, held: &Held, now: Timestamp) -> bool {
        held.replaced.is_none_or(|replaced| now < replaced + self.lifetime + GRACE)
    }
}
