//! Bearer tokens: who calls, signed by whom, standing for what.
//!
//! ```text
//! token ─▶ Verifier ── remembered? ─────────────────────────────────────────────────▶ Identity ─▶ Actor of the call
//!             └─ reading (unbelieved) ─▶ Trusted issuer ─▶ key ─▶ signature ─▶ rules ─▶ mapping ─┘
//!                                            └─ fixed keys, or discovery + JWKS, refreshed
//! ```
//!
//! | file | holds |
//! |---|---|
//! | `verifier.rs` | the way of a token; remembers those that it has verified |
//! | `reading.rs` | the text of a token, before anything of it is believed |
//! | `trust.rs` | one issuer whose tokens are taken: its audience, algorithms, times |
//! | `key.rs`, `key_set.rs` | public keys, and what of a published set is used |
//! | `discovery.rs`, `published.rs` | how keys are fetched, and when again |
//! | `rules.rs` | what the registered claims of a token must say |
//! | `mapping.rs` | claims to roles, centres and operators |
//! | `identity.rs` | what a token stands for, and the role of one call |
//! | `signer.rs` | signs tokens under one key |
//! | `issuer/` | an OIDC issuer as a process of its own, for demos and tests |
//!
//! Every issuer goes the same way, the installation's own key included: it is an issuer whose keys are fixed.
//! Where a secret is compared (a client's, a person's and the rotation's, all of the demo issuer) it is compared in
//! constant time, by `issuer/secret.rs`. A bearer token is compared with nothing: it is looked up by its SHA-256, which no
//! caller can steer byte by byte, and its signature is checked with public keys.

mod discovery;
mod error;
mod identity;
pub mod issuer;
mod key;
mod key_set;
mod mapping;
mod published;
mod reading;
mod rules;
mod signer;
mod trust;
mod verifier;

pub use discovery::AddressError;
pub use error::{TokenError, Unmapped};
pub use identity::{Grant, Identity, Scope};
pub use key::{KeyError, PublicKey};
pub use mapping::{Entry, Machine, Mapping};
pub use published::Timing;
pub use reading::Reading;
pub use signer::{Issuer, SigningError};
pub use trust::{Algorithm, Keys, Trust};
pub use verifier::{Standing, Verifier};

#[cfg(test)]
mod tests;
