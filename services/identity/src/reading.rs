//! The text of a token, before anything of it is believed.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::error::TokenError;
use crate::trust::Algorithm;

/// Bytes of a token: five times what real ones have.
pub(crate) const LARGEST: usize = 8 * 1024;
/// Bytes of a key id.
const LONGEST_KEY_ID: usize = 256;

/// What a token says of itself. None of it is to be believed: it only tells which key to try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The signature's algorithm.
    pub algorithm: Algorithm,
    /// The key's name, as its issuer publishes it; a name and nothing else, never a path or an address.
    pub key: Option<String>,
    /// What kind of token, in lower case; `jwt` when it does not say.
    pub kind: String,
    /// Who says to have signed it.
    pub issuer: String,
}

/// `jku`, `x5u`, `jwk` and the like, which would let a token bring its own key, are not even read.
#[derive(Deserialize)]
struct Head {
    alg: Algorithm,
    kid: Option<String>,
    typ: Option<String>,
    // What must be understood, and here nothing more is.
    crit: Option<IgnoredAny>,
    b64: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Said {
    iss: String,
}

impl Reading {
    /// Reads a compact JWS of three parts.
    ///
    /// # Errors
    /// [`TokenError::Invalid`], whatever it is that does not fit.
    pub fn read(token: &str) -> Result<Self, TokenError> {
        Self::parse(token).ok_or(TokenError::Invalid)
    }

    fn parse(token: &str) -> Option<Self> {
        if token.len() > LARGEST {
            return None;
        }
        let mut parts = token.split('.');
        let (head, claims, signature) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() || signature.is_empty() {
            return None;
        }
        let head: Head = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(head).ok()?).ok()?;
        let said: Said = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?;
        if head.crit.is_some() || head.b64.is_some() {
            return None;
        }
        if head.kid.as_ref().is_some_and(|kid| kid.is_empty() || kid.len() > LONGEST_KEY_ID) {
            return None;
        }
        let kind = head.typ.unwrap_or_else(|| "jwt".to_owned()).to_ascii_lowercase();
        let kind = kind.strip_prefix("application/").unwrap_or(&kind).to_owned();
        Some(Self { algorithm: head.alg, key: head.kid, kind, issuer: said.iss })
    }
}
