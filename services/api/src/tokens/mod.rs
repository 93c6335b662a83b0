//! Bearer tokens: who calls, signed.
//!
//! A token is a JWT signed with Ed25519. [`Issuer`] writes one (`nabij token`, the demo), [`Verifier`] reads one. In
//! production an identity provider takes the issuer's place; the verifier then gets its public keys instead.

mod claims;
mod issuer;
mod verifier;

pub use claims::Claims;
pub use issuer::{Issuer, KeyError};
pub use verifier::{PublicKey, TokenError, Verifier};

#[cfg(test)]
mod tests;
