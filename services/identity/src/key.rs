//! One public key.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::VerifyingKey;
use ed25519_dalek::pkcs8::DecodePublicKey;
use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse};
use sha2::{Digest, Sha256};

use crate::trust::Algorithm;

/// Bytes of an RSA modulus: 2048 bits at least, and no more than a signature check can bear.
const RSA_BYTES: std::ops::RangeInclusive<usize> = 256..=1024;

/// A key is not usable.
#[derive(Debug, thiserror::Error)]
#[error("not a public key in SPKI PEM: Ed25519 in this form is what `nabij token --public-key` prints")]
pub struct KeyError;

/// The public half of a signing key; a cheap handle. It can be withdrawn, which every token verified under it then shares.
#[derive(Debug, Clone)]
pub struct PublicKey(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    id: Option<String>,
    algorithms: Vec<Algorithm>,
    material: [u8; 32],
    key: DecodingKey,
    withdrawn: AtomicBool,
}

impl PublicKey {
    /// An Ed25519 key, named by the head of its SHA-256.
    pub(crate) fn ed25519(key: &VerifyingKey) -> Self {
        let id = hex::encode(&Sha256::digest(key.as_bytes())[..8]);
        Self(Arc::new(Inner {
            id: Some(id),
            algorithms: vec![Algorithm::EdDSA],
            material: Sha256::digest(key.as_bytes()).into(),
            key: DecodingKey::from_ed_der(key.as_bytes()),
            withdrawn: AtomicBool::new(false),
        }))
    }

    /// Reads SPKI PEM of an Ed25519 key.
    ///
    /// # Errors
    /// When it is none.
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        VerifyingKey::from_public_key_pem(pem).map(|key| Self::ed25519(&key)).map_err(|_| KeyError)
    }

    /// A published key, if it is one that signs with an algorithm of `allowed`; symmetric, weak and encrypting keys are none.
    pub(crate) fn from_jwk(jwk: &Jwk, allowed: &[Algorithm]) -> Option<Self> {
        let common = &jwk.common;
        if common.public_key_use.as_ref().is_some_and(|used| *used != PublicKeyUse::Signature) {
            return None;
        }
        let verifies = |operations: &Vec<KeyOperations>| operations.contains(&KeyOperations::Verify);
        if common.key_operations.as_ref().is_some_and(|operations| !verifies(operations)) {
            return None;
        }
        let decoded = |text: &str| URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok();
        let (fits, parts): (&[Algorithm], [&str; 2]) = match &jwk.algorithm {
            AlgorithmParameters::RSA(rsa) => {
                let modulus = decoded(&rsa.n)?;
                let bytes = modulus.iter().skip_while(|byte| **byte == 0).count();
                RSA_BYTES.contains(&bytes).then_some(())?;
                (&[Algorithm::RS256, Algorithm::PS256], [&rsa.n, &rsa.e])
            }
            AlgorithmParameters::EllipticCurve(point) => match point.curve {
                EllipticCurve::P256 => (&[Algorithm::ES256], [&point.x, &point.y]),
                EllipticCurve::P384 => (&[Algorithm::ES384], [&point.x, &point.y]),
                _ => return None,
            },
            AlgorithmParameters::OctetKeyPair(pair) if pair.curve == EllipticCurve::Ed25519 => {
                decoded(&pair.x).filter(|x| x.len() == 32)?;
                (&[Algorithm::EdDSA], [&pair.x, ""])
            }
            _ => return None,
        };
        let named = |algorithm: Algorithm| {
            common.key_algorithm.is_none_or(|stated| stated == KeyAlgorithm::from(algorithm.library()))
        };
        let algorithms: Vec<Algorithm> =
            fits.iter().copied().filter(|fit| allowed.contains(fit) && named(*fit)).collect();
        if algorithms.is_empty() {
            return None;
        }
        let material =
            parts.iter().fold(Sha256::new(), |hash, part| hash.chain_update(part).chain_update([0]));
        Some(Self(Arc::new(Inner {
            id: common.key_id.clone(),
            algorithms,
            material: material.finalize().into(),
            key: DecodingKey::from_jwk(jwk).ok()?,
            withdrawn: AtomicBool::new(false),
        })))
    }

    /// The key id (`kid`).
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.0.id.as_deref()
    }

    /// Whether a token that names `id` (or none) and `algorithm` may have been signed by it.
    pub(crate) fn fits(&self, id: Option<&str>, algorithm: Algorithm) -> bool {
        id.is_none_or(|id| self.id() == Some(id)) && self.0.algorithms.contains(&algorithm)
    }

    /// Whether it is the very same key, under the same name and for the same algorithms.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let (one, other) = (&self.0, &other.0);
        one.id == other.id && one.material == other.material && one.algorithms == other.algorithms
    }

    pub(crate) fn library(&self) -> &DecodingKey {
        &self.0.key
    }

    /// Its issuer publishes it no longer: nothing that it signed holds from now on.
    pub(crate) fn withdraw(&self) {
        self.0.withdrawn.store(true, Ordering::Release);
    }

    pub(crate) fn is_withdrawn(&self) -> bool {
        self.0.withdrawn.load(Ordering::Acquire)
    }
}
