//! The way of a token; and memory of those that went it.

use std::sync::Arc;

use jiff::Timestamp;
use jsonwebtoken::Validation;
use moka::sync::Cache;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::discovery::{AddressError, Discovery};
use crate::error::TokenError;
use crate::identity::Identity;
use crate::key::PublicKey;
use crate::key_set::KeySet;
use crate::mapping::Mapping;
use crate::published::PublishedKeys;
use crate::reading::{LARGEST, Reading};
use crate::rules::{Registered, Span};
use crate::trust::{Keys, Trust};

/// Tokens remembered at once: more than a network has staff on duty.
const REMEMBERED: u64 = 20_000;

/// Reads tokens of the issuers that are trusted.
#[derive(Debug)]
pub struct Verifier {
    issuers: Vec<Trusted>,
    known: Cache<[u8; 32], Arc<Remembered>>,
}

#[derive(Debug)]
struct Trusted {
    trust: Trust,
    source: Source,
}

#[derive(Debug, Clone)]
enum Source {
    Fixed(KeySet),
    Published(Arc<PublishedKeys>),
}

/// A token whose signature was checked once.
#[derive(Debug)]
struct Remembered {
    identity: Arc<Identity>,
    span: Span,
    key: PublicKey,
    source: Source,
}

/// How the keys of one issuer stand, for metrics and readiness.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Which.
    pub issuer: String,
    /// Whether its tokens can be checked now.
    pub usable: bool,
    /// Times that its keys were fetched, failures among them.
    pub fetches: u64,
    /// Times that they could not be.
    pub failures: u64,
    /// Keys that are held.
    pub keys: u64,
}

impl Verifier {
    /// Trusts these issuers, each by its own name.
    ///
    /// # Errors
    /// When the address or the certificates of an issuer cannot be used.
    pub fn new(issuers: Vec<Trust>) -> Result<Self, AddressError> {
        let trusted = |trust: Trust| {
            let source = match &trust.keys {
                Keys::Fixed(keys) => Source::Fixed(KeySet::new(keys.clone())),
                Keys::Published { ca_file, timing } => {
                    let discovery = Discovery::new(&trust.issuer, ca_file.as_deref(), &trust.algorithms)?;
                    Source::Published(PublishedKeys::new(&trust.issuer, discovery, *timing))
                }
            };
            Ok(Trusted { trust, source })
        };
        let issuers = issuers.into_iter().map(trusted).collect::<Result<_, _>>()?;
        Ok(Self { issuers, known: Cache::new(REMEMBERED) })
    }

    /// Fetches published keys from now on, as long as this value lives. Without it they are fetched when a token asks for them.
    pub fn keep_fresh(&self) {
        for issuer in &self.issuers {
            if let Source::Published(keys) = &issuer.source {
                keys.keep_fresh();
            }
        }
    }

    /// How the issuers stand.
    #[must_use]
    pub fn standing(&self, now: Timestamp) -> Vec<Standing> {
        let one = |trusted: &Trusted| {
            let issuer = trusted.trust.issuer.clone();
            match &trusted.source {
                Source::Fixed(keys) => {
                    Standing { issuer, usable: true, fetches: 0, failures: 0, keys: keys.len() as u64 }
                }
                Source::Published(published) => {
                    let (fetches, failures, keys) = published.counts();
                    let usable = published.are_usable(now);
                    Standing { issuer, usable, fetches, failures, keys: keys as u64 }
                }
            }
        };
        self.issuers.iter().map(one).collect()
    }

    /// What a token stands for that was verified before: no signature, no lock, no waiting. `None` when it is new, or its key
    /// was withdrawn or can no longer be vouched for.
    ///
    /// # Errors
    /// When its time is over.
    pub fn remembered(&self, token: &str, now: Timestamp) -> Result<Option<Arc<Identity>>, TokenError> {
        if token.len() > LARGEST {
            return Err(TokenError::Invalid);
        }
        let fingerprint = fingerprint(token);
        let Some(known) = self.known.get(&fingerprint) else { return Ok(None) };
        if known.key.is_withdrawn() || !known.source.is_usable(now) {
            self.known.invalidate(&fingerprint);
            return Ok(None);
        }
        known.span.check(now).inspect_err(|_| self.known.invalidate(&fingerprint))?;
        Ok(Some(Arc::clone(&known.identity)))
    }

    /// What a token stands for. Its signature is checked once; later calls find it by its SHA-256. `may_ask`: whether its issuer
    /// may be asked for a key that is not known here.
    ///
    /// # Errors
    /// [`TokenError`].
    pub async fn verify(
        &self,
        token: &str,
        now: Timestamp,
        may_ask: bool,
    ) -> Result<Arc<Identity>, TokenError> {
        if let Some(known) = self.remembered(token, now)? {
            return Ok(known);
        }
        let reading = Reading::read(token)?;
        let trusted =
            self.issuers.iter().find(|one| one.trust.issuer == reading.issuer).ok_or(TokenError::Invalid)?;
        let trust = &trusted.trust;
        if !trust.algorithms.contains(&reading.algorithm) || !trust.kinds.contains(&reading.kind) {
            return Err(TokenError::Invalid);
        }
        let keys = match &trusted.source {
            Source::Fixed(keys) => keys.candidates(reading.key.as_deref(), reading.algorithm),
            Source::Published(keys) => Box::pin(keys.candidates(&reading, now, may_ask)).await?,
        };
        let (claims, key) = signed(token, &reading, keys).ok_or(TokenError::Invalid)?;
        let registered: Registered = serde_json::from_str(claims.get()).map_err(|_| TokenError::Invalid)?;
        let span = registered.check(trust)?;
        span.check(now)?;
        let claims: Value = serde_json::from_str(claims.get()).map_err(|_| TokenError::Invalid)?;
        let (subject, grants, scope) = Mapping::read(trust, &claims, registered.client())?;
        let bound = trust.operator.clone();
        let identity = Arc::new(Identity { subject, grants, scope, bound, until: registered.exp() });
        let remembered =
            Remembered { identity: Arc::clone(&identity), span, key, source: trusted.source.clone() };
        self.known.insert(fingerprint(token), Arc::new(remembered));
        Ok(identity)
    }
}

impl Source {
    fn is_usable(&self, now: Timestamp) -> bool {
        match self {
            Self::Fixed(_) => true,
            Self::Published(keys) => keys.are_usable(now),
        }
    }
}

fn fingerprint(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}

/// The claims, under the first of these keys that signed them.
fn signed(
    token: &str,
    reading: &Reading,
    keys: Vec<PublicKey>,
) -> Option<(Box<serde_json::value::RawValue>, PublicKey)> {
    // The signature only: what the claims must say is checked by our own rules, against the caller's clock.
    let mut only_signature = Validation::new(reading.algorithm.library());
    only_signature.required_spec_claims.clear();
    only_signature.validate_exp = false;
    only_signature.validate_aud = false;
    keys.into_iter().find_map(|key| {
        let read = jsonwebtoken::decode(token, key.library(), &only_signature).ok()?;
        Some((read.claims, key))
    })
}
