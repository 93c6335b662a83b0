//! One issuer whose tokens are taken.

use std::path::PathBuf;

use nabij_model::text::Code;
use serde::{Deserialize, Serialize};

use crate::key::PublicKey;
use crate::mapping::Mapping;
use crate::published::Timing;

/// Algorithms that can be allowed: signatures under a public key, no other. `none` and the HS family have no name here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RS256,
    /// RSASSA-PSS with SHA-256.
    PS256,
    /// ECDSA on P-256 with SHA-256.
    ES256,
    /// ECDSA on P-384 with SHA-384.
    ES384,
    /// Ed25519.
    EdDSA,
}

impl Algorithm {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::RS256, Self::PS256, Self::ES256, Self::ES384, Self::EdDSA];

    pub(crate) const fn library(self) -> jsonwebtoken::Algorithm {
        match self {
            Self::RS256 => jsonwebtoken::Algorithm::RS256,
            Self::PS256 => jsonwebtoken::Algorithm::PS256,
            Self::ES256 => jsonwebtoken::Algorithm::ES256,
            Self::ES384 => jsonwebtoken::Algorithm::ES384,
            Self::EdDSA => jsonwebtoken::Algorithm::EdDSA,
        }
    }
}

/// Where an issuer's keys come from.
#[derive(Debug, Clone)]
pub enum Keys {
    /// Known from the settings: the smallest installation.
    Fixed(Vec<PublicKey>),
    /// Published by the issuer: its discovery document names the set.
    Published {
        /// Certificates (PEM) that sign the issuer's own, in place of the system's.
        ca_file: Option<PathBuf>,
        /// When they are fetched again.
        timing: Timing,
    },
}

/// One issuer whose tokens are taken, and how far it is believed.
#[derive(Debug, Clone)]
pub struct Trust {
    /// The claim `iss`, to the letter; where keys are published also the address of the discovery document.
    pub issuer: String,
    /// What `aud` must hold.
    pub audience: String,
    /// Which signatures are taken.
    pub algorithms: Vec<Algorithm>,
    /// Kinds of token (`typ`) that are taken, in lower case. ID tokens of most providers are `jwt` too: it is the audience that
    /// tells them apart.
    pub kinds: Vec<String>,
    /// Clients (`azp` or `client_id`) for which tokens are taken; empty for any.
    pub clients: Vec<String>,
    /// Seconds that two clocks may differ.
    pub skew: i64,
    /// Seconds from `iat` to `exp` at most.
    pub longest: i64,
    /// The only operator that it may speak for; absent for an issuer of the whole network.
    pub operator: Option<Code>,
    /// Stands before every subject, with a colon, so that two issuers never mean the same person.
    pub prefix: Option<Code>,
    /// What its claims stand for.
    pub mapping: Mapping,
    /// Its keys.
    pub keys: Keys,
}

impl Trust {
    /// Seconds that two clocks may differ, unless it is set.
    pub const SKEW: i64 = 30;
    /// Seconds that a token may live, unless it is set: a day.
    pub const LONGEST: i64 = 24 * 3600;

    /// An issuer of the whole network that is believed as it speaks, with every algorithm and default times.
    #[must_use]
    pub fn new(issuer: impl Into<String>, audience: impl Into<String>, keys: Keys) -> Self {
        Self {
            issuer: issuer.into(),
            audience: audience.into(),
            algorithms: Algorithm::ALL.to_vec(),
            kinds: vec!["at+jwt".into(), "jwt".into()],
            clients: Vec::new(),
            skew: Self::SKEW,
            longest: Self::LONGEST,
            operator: None,
            prefix: None,
            mapping: Mapping::default(),
            keys,
        }
    }
}
