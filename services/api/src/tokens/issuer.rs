//! Signs tokens: for `nabij token`, the demo and tests.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey, EncodePublicKey};
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use nabij_model::Actor;
use zeroize::Zeroizing;

use super::claims::Claims;
use super::verifier::{PublicKey, Verifier};

/// A signing key is not usable.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The text is no PKCS#8 PEM of an Ed25519 private key.
    #[error("not an Ed25519 private key in PKCS#8 PEM: make one with `nabij token --new-key`")]
    NotAKey,
    /// The operating system gave no random bytes.
    #[error("no random bytes for a new key: {0}")]
    Random(getrandom::Error),
    /// The token could not be signed.
    #[error("the token could not be signed: {0}")]
    Signing(#[from] jsonwebtoken::errors::Error),
}

/// Signs tokens for one issuer and audience.
pub struct Issuer {
    key: EncodingKey,
    public: PublicKey,
    issuer: String,
    audience: String,
}

impl std::fmt::Debug for Issuer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Issuer").field("issuer", &self.issuer).field("key", &self.public.id()).finish()
    }
}

impl Issuer {
    /// A new private key, PKCS#8 PEM, to be written to a file that only its owner reads.
    ///
    /// # Errors
    /// When the operating system gives no random bytes.
    pub fn new_key() -> Result<Zeroizing<String>, KeyError> {
        let mut seed = Zeroizing::new([0; 32]);
        getrandom::fill(seed.as_mut()).map_err(KeyError::Random)?;
        SigningKey::from_bytes(&seed).to_pkcs8_pem(LineEnding::LF).map_err(|_| KeyError::NotAKey)
    }

    /// Takes a private key in PKCS#8 PEM.
    ///
    /// # Errors
    /// When it is none.
    pub fn from_pem(
        pem: &str,
        issuer: impl Into<String>,
        audience: impl Into<String>,
    ) -> Result<Self, KeyError> {
        let key = SigningKey::from_pkcs8_pem(pem).map_err(|_| KeyError::NotAKey)?;
        Ok(Self {
            key: EncodingKey::from_ed_pem(pem.as_bytes()).map_err(|_| KeyError::NotAKey)?,
            public: PublicKey::new(key.verifying_key()),
            issuer: issuer.into(),
            audience: audience.into(),
        })
    }

    /// A token for `actor`, good from `now` for `lifetime`.
    ///
    /// # Errors
    /// When signing fails.
    pub fn issue(&self, actor: &Actor, now: Timestamp, lifetime: SignedDuration) -> Result<String, KeyError> {
        let claims = Claims {
            sub: actor.subject.clone(),
            role: actor.role,
            centres: actor.centres.clone(),
            operator: actor.operator.clone(),
            iss: self.issuer.clone(),
            aud: self.audience.clone(),
            iat: now.as_second(),
            exp: now.as_second().saturating_add(lifetime.as_secs()),
        };
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(self.public.id().to_owned());
        Ok(jsonwebtoken::encode(&header, &claims, &self.key)?)
    }

    /// Reads what this issuer signs.
    #[must_use]
    pub fn verifier(&self) -> Verifier {
        Verifier::new(vec![self.public.clone()], &self.issuer, &self.audience)
    }

    /// The public half, SPKI PEM, for a process that only verifies.
    ///
    /// # Errors
    /// Never for a key that was read.
    pub fn public_pem(&self) -> Result<String, KeyError> {
        let der = self.public.key().to_public_key_der().map_err(|_| KeyError::NotAKey)?;
        let body = STANDARD.encode(der.as_bytes());
        Ok(format!("-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n"))
    }
}
