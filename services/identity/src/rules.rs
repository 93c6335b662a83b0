//! What the registered claims of a token must say.

use jiff::Timestamp;
use serde::Deserialize;

use crate::error::TokenError;
use crate::trust::Trust;

/// The registered claims that are looked at. One that stands twice does not read at all.
#[derive(Debug, Deserialize)]
pub(crate) struct Registered {
    iss: String,
    aud: Audience,
    #[serde(deserialize_with = "seconds")]
    exp: i64,
    #[serde(deserialize_with = "seconds")]
    iat: i64,
    #[serde(default, deserialize_with = "maybe_seconds")]
    nbf: Option<i64>,
    azp: Option<String>,
    client_id: Option<String>,
    /// Keycloak's and Cognito's ways to say that this is no access token.
    typ: Option<String>,
    token_use: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

/// When a token holds, seconds since 1970, differences of clocks included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) from: i64,
    pub(crate) until: i64,
}

impl Span {
    pub(crate) fn check(self, now: Timestamp) -> Result<(), TokenError> {
        let now = now.as_second();
        // "On or after": RFC 7519, section 4.1.4.
        if now >= self.until {
            return Err(TokenError::Expired);
        }
        if now < self.from {
            return Err(TokenError::TooEarly);
        }
        Ok(())
    }
}

impl Registered {
    /// Checks everything but the times, which are given.
    pub(crate) fn check(&self, trust: &Trust) -> Result<Span, TokenError> {
        let meant = match &self.aud {
            Audience::One(one) => *one == trust.audience,
            Audience::Several(several) => several.contains(&trust.audience),
        };
        let client_fits = trust.clients.is_empty()
            || self.client().is_some_and(|client| trust.clients.iter().any(|known| known == client));
        // `azp` and `client_id` name the same; a token that names two is not to be guessed about.
        let one_client = self.azp.is_none() || self.client_id.is_none() || self.azp == self.client_id;
        let other_use = |said: &Option<String>| {
            let names = ["id", "refresh", "offline", "logout"];
            said.as_ref().is_some_and(|said| names.iter().any(|name| said.eq_ignore_ascii_case(name)))
        };
        let lives = self.exp.checked_sub(self.iat).is_some_and(|lives| (1..=trust.longest).contains(&lives));
        if self.iss != trust.issuer
            || !meant
            || !client_fits
            || !one_client
            || other_use(&self.typ)
            || other_use(&self.token_use)
            || !lives
        {
            return Err(TokenError::Invalid);
        }
        let begins = self.nbf.map_or(self.iat, |nbf| nbf.max(self.iat));
        Ok(Span { from: begins.saturating_sub(trust.skew), until: self.exp.saturating_add(trust.skew) })
    }

    /// When it runs out, without any allowance.
    pub(crate) fn exp(&self) -> i64 {
        self.exp
    }

    /// Which client it was issued to.
    pub(crate) fn client(&self) -> Option<&str> {
        self.azp.as_deref().or(self.client_id.as_deref())
    }
}

/// A NumericDate: JSON numbers may have a fraction.
fn seconds<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let number = f64::deserialize(deserializer)?;
    // Beyond this a float no longer tells seconds apart; it is the year 285,000,000.
    if number.is_finite() && number.abs() < 9e15 {
        return Ok(number.floor() as i64);
    }
    Err(serde::de::Error::custom("no moment"))
}

fn maybe_seconds<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    seconds(deserializer).map(Some)
}
