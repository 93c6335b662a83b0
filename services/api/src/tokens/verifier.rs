//! Reads tokens, and remembers those that it has verified.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::VerifyingKey;
use ed25519_dalek::pkcs8::DecodePublicKey;
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use moka::sync::Cache;
use sha2::{Digest, Sha256};

use super::claims::Claims;
use super::issuer::KeyError;

/// Seconds that two clocks may differ.
const LEEWAY: i64 = 30;
/// Tokens remembered at once: more than a network has staff on duty.
const REMEMBERED: u64 = 20_000;

/// Why a token is not taken. None of these says which part of a secret was right.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum TokenError {
    /// Not a JWT, signed by somebody else, or for another interface.
    #[error("the token is not one that this interface accepts: ask for a new one")]
    Invalid,
    /// Too old, or not yet good.
    #[error("the token has run out (or its clock is ahead): ask for a new one")]
    Expired,
}

/// The public half of a signing key.
#[derive(Debug, Clone)]
pub struct PublicKey {
    id: String,
    key: VerifyingKey,
}

impl PublicKey {
    pub(super) fn new(key: VerifyingKey) -> Self {
        Self { id: hex::encode(&Sha256::digest(key.as_bytes())[..8]), key }
    }

    /// Reads SPKI PEM.
    ///
    /// # Errors
    /// When it is no Ed25519 public key.
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        VerifyingKey::from_public_key_pem(pem).map(Self::new).map_err(|_| KeyError::NotAKey)
    }

    /// The key id (`kid`): the head of the key's SHA-256.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn key(&self) -> &VerifyingKey {
        &self.key
    }
}

/// Reads tokens of one issuer, for one audience, under any of its keys.
pub struct Verifier {
    keys: Vec<(String, DecodingKey)>,
    rules: Validation,
    known: Cache<[u8; 32], Arc<Claims>>,
}

impl std::fmt::Debug for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Verifier").field("keys", &self.keys.len()).finish_non_exhaustive()
    }
}

impl Verifier {
    /// Takes the keys of `issuer`, more than one while a key is being replaced.
    #[must_use]
    pub fn new(keys: Vec<PublicKey>, issuer: &str, audience: &str) -> Self {
        let mut rules = Validation::new(Algorithm::EdDSA);
        rules.set_issuer(&[issuer]);
        rules.set_audience(&[audience]);
        rules.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // Checked below against the caller's clock, for remembered tokens too.
        rules.validate_exp = false;
        let keys = keys
            .into_iter()
            .filter_map(|key| {
                let x = URL_SAFE_NO_PAD.encode(key.key.as_bytes());
                Some((key.id, DecodingKey::from_ed_components(&x).ok()?))
            })
            .collect();
        Self { keys, rules, known: Cache::new(REMEMBERED) }
    }

    /// Reads `token`; the signature is paid for once, later calls find it by its SHA-256.
    ///
    /// # Errors
    /// [`TokenError`].
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Arc<Claims>, TokenError> {
        let fingerprint: [u8; 32] = Sha256::digest(token).into();
        let known = self.known.get(&fingerprint);
        let fresh = known.is_none();
        let claims = match known {
            Some(claims) => claims,
            None => Arc::new(self.read(token)?),
        };
        if !claims.holds_at(now, LEEWAY) {
            self.known.invalidate(&fingerprint);
            return Err(TokenError::Expired);
        }
        if fresh {
            self.known.insert(fingerprint, Arc::clone(&claims));
        }
        Ok(claims)
    }

    fn read(&self, token: &str) -> Result<Claims, TokenError> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| TokenError::Invalid)?;
        let named = |id: &str| header.kid.as_deref().is_none_or(|kid| kid == id);
        self.keys
            .iter()
            .filter(|(id, _)| named(id))
            .find_map(|(_, key)| jsonwebtoken::decode::<Claims>(token, key, &self.rules).ok())
            .map(|token| token.claims)
            .ok_or(TokenError::Invalid)
    }
}
