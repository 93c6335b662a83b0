//! Signs tokens under one key: `nabij token`, the demo issuer, tests.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey, EncodePublicKey};
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{EncodingKey, Header};
use nabij_model::Actor;
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use crate::key::PublicKey;
use crate::trust::{Keys, Trust};
use crate::verifier::Verifier;

/// A signing key is not usable.
#[derive(Debug, thiserror::Error)]
pub enum SigningError {
    /// The text is no PKCS#8 PEM of an Ed25519 private key.
    #[error("not an Ed25519 private key in PKCS#8 PEM: make one with `nabij keys create`")]
    NotAKey,
    /// The operating system gave no random bytes.
    #[error("no random bytes for a new key: {0}")]
    Random(getrandom::Error),
    /// The token could not be signed.
    #[error("the token could not be signed: {0}")]
    Signing(#[from] jsonwebtoken::errors::Error),
}

/// Signs tokens for one issuer and audience, under one key.
pub struct Issuer {
    key: EncodingKey,
    published: Value,
    public: PublicKey,
    pem: String,
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
    pub fn new_key() -> Result<Zeroizing<String>, SigningError> {
        let mut seed = Zeroizing::new([0; 32]);
        getrandom::fill(seed.as_mut()).map_err(SigningError::Random)?;
        SigningKey::from_bytes(&seed).to_pkcs8_pem(LineEnding::LF).map_err(|_| SigningError::NotAKey)
    }

    /// Takes a private key in PKCS#8 PEM.
    ///
    /// # Errors
    /// When it is none.
    pub fn from_pem(
        pem: &str,
        issuer: impl Into<String>,
        audience: impl Into<String>,
    ) -> Result<Self, SigningError> {
        let key = SigningKey::from_pkcs8_pem(pem).map_err(|_| SigningError::NotAKey)?;
        let verifying = key.verifying_key();
        let public = PublicKey::ed25519(&verifying);
        let der = verifying.to_public_key_der().map_err(|_| SigningError::NotAKey)?;
        let body = STANDARD.encode(der.as_bytes());
        Ok(Self {
            key: EncodingKey::from_ed_pem(pem.as_bytes()).map_err(|_| SigningError::NotAKey)?,
            published: json!({
                "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig",
                "kid": public.id(), "x": URL_SAFE_NO_PAD.encode(verifying.as_bytes()),
            }),
            public,
            pem: format!("-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n"),
            issuer: issuer.into(),
            audience: audience.into(),
        })
    }

    /// A token for `actor`, good from `now` for `lifetime`.
    ///
    /// # Errors
    /// When signing fails.
    pub fn issue(
        &self,
        actor: &Actor,
        now: Timestamp,
        lifetime: SignedDuration,
    ) -> Result<String, SigningError> {
        let mut claims = Map::new();
        claims.insert("sub".into(), json!(actor.subject));
        claims.insert("roles".into(), json!([actor.role]));
        if !actor.centres.is_empty() {
            claims.insert("centres".into(), json!(actor.centres));
        }
        if let Some(operator) = &actor.operator {
            claims.insert("operator".into(), json!(operator));
        }
        self.sign(claims, now, lifetime)
    }

    /// A token with these claims, to which issuer, audience and times are added.
    ///
    /// # Errors
    /// When signing fails.
    pub fn sign(
        &self,
        mut claims: Map<String, Value>,
        now: Timestamp,
        lifetime: SignedDuration,
    ) -> Result<String, SigningError> {
        let iat = now.as_second();
        claims.insert("iss".into(), json!(self.issuer));
        claims.insert("aud".into(), json!(self.audience));
        claims.insert("iat".into(), json!(iat));
        claims.insert("exp".into(), json!(iat.saturating_add(lifetime.as_secs())));
        let mut header = Header::new(jsonwebtoken::Algorithm::EdDSA);
        header.typ = Some("at+jwt".into());
        header.kid = self.public.id().map(ToOwned::to_owned);
        Ok(jsonwebtoken::encode(&header, &claims, &self.key)?)
    }

    /// Trust in what this issuer signs, its key fixed.
    #[must_use]
    pub fn trust(&self) -> Trust {
        Trust::new(&self.issuer, &self.audience, Keys::Fixed(vec![self.public.clone()]))
    }

    /// Reads what this issuer signs, and nothing else.
    #[must_use]
    pub fn verifier(&self) -> Verifier {
        Verifier::new(vec![self.trust()]).expect("fixed keys need no address")
    }

    /// The public half, as a set of keys publishes it.
    #[must_use]
    pub fn published(&self) -> &Value {
        &self.published
    }

    /// The public half, SPKI PEM, for a process that only verifies.
    #[must_use]
    pub fn public_pem(&self) -> &str {
        &self.pem
    }
}
