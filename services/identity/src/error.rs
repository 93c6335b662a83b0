//! Why a token is not taken.

/// Why a token is not taken. None of these says which part of a secret was right: what failed before the signature held is
/// all one error.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum TokenError {
    /// Not a JWT, not signed by a key of an issuer that is trusted here, or for another interface.
    #[error("the token is not one that this interface accepts: ask for a new one")]
    Invalid,
    /// Signed under a key that is not known here, and its issuer was not asked. To callers it reads like [`Self::Invalid`].
    #[error("the token is not one that this interface accepts: ask for a new one")]
    UnknownKey,
    /// Too old.
    #[error("the token has run out: ask for a new one")]
    Expired,
    /// Not yet good.
    #[error(
        "the token is not good yet: ask for a new one, and let the clocks of its issuer and of this machine agree"
    )]
    TooEarly,
    /// The keys that could verify it are not to be had now.
    #[error(
        "the identity provider does not answer, so this token cannot be checked now: repeat the call later"
    )]
    KeysAway {
        /// Seconds after which a repeat makes sense.
        retry_after: u32,
    },
    /// Its issuer did not publish the key that it names when it was last asked; it is asked again later, since that is a short while ago
    /// or too many wait for its answer.
    #[error(
        "the identity provider does not publish the key of this token, and is not asked again yet: ask for a new token, or repeat the call later"
    )]
    KeyUnpublished {
        /// Seconds after which its issuer may be asked again.
        retry_after: u32,
    },
    /// Well signed, but it stands for nothing here.
    #[error(transparent)]
    Unmapped(#[from] Unmapped),
}

/// A well-signed token stands for nothing that the call could use. Its holder is known, so these say plainly what is amiss.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Unmapped {
    /// None of its roles or groups is known here.
    #[error(
        "your token names no role or group that this interface knows: ask whoever runs your identity provider to add you to one"
    )]
    NoRole,
    /// The call asks for a role that the token does not carry.
    #[error("your token does not carry the role that the header Nabij-Role names; it carries: {held}")]
    RoleNotHeld {
        /// What it carries.
        held: String,
    },
    /// It names a centre that is neither an id nor a code of the settings.
    #[error(
        "your token names the centre {0:?}, which is neither a centre's id nor one of the codes in the settings"
    )]
    UnknownCentre(String),
    /// Its issuer speaks for another operator.
    #[error(
        "your token speaks for an operator that its issuer may not speak for: sign in at your own operator's"
    )]
    OtherOperator,
    /// Its subject or another claim has not the form that the settings say.
    #[error("the claim {0} of your token is not what the settings expect: tell whoever runs this interface")]
    Claim(&'static str),
}

impl Unmapped {
    /// The stable code of the problem.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoRole => "no-role",
            Self::RoleNotHeld { .. } => "role-not-held",
            Self::UnknownCentre(_) => "token-centre-unknown",
            Self::OtherOperator => "other-operator",
            Self::Claim(_) => "token-claim",
        }
    }
}
