//! An OIDC issuer as a process of its own, for demos and tests: **never for real data**.
//!
//! It publishes a discovery document and its keys, and gives tokens to accounts of a list: machines by
//! `client_credentials`, people by name and password (`password`, which OAuth has given up and no real provider should offer:
//! here it saves a demo the sign-in page). Its keys are replaced while it runs; one that was replaced stays published until the
//! last token that it signed has run out.
//!
//! | file | holds |
//! |---|---|
//! | `accounts.rs` | who may have a token, and what it says |
//! | `keyring.rs` | the key in use, and those before it |
//! | `secret.rs` | secrets, compared in constant time |
//! | `calls.rs` | its four calls |

mod accounts;
mod calls;
mod keyring;
mod secret;

use std::future::Future;
use std::sync::Arc;

use jiff::SignedDuration;
use tokio::net::TcpListener;

pub use accounts::{Account, AccountKind, Accounts};
pub use calls::router;
pub use keyring::Keyring;
pub use secret::Secret;

/// What the issuer is made of.
#[derive(Debug)]
pub struct DemoIssuer {
    /// Its own name and address: `iss`, without a slash at the end.
    pub address: String,
    /// For which interface its tokens are.
    pub audience: String,
    /// How long they are good.
    pub lifetime: SignedDuration,
    /// How long its keys may be kept, seconds.
    pub max_age: u64,
    /// Who may have one.
    pub accounts: Accounts,
    /// What signs them.
    pub keyring: Keyring,
    /// Who brings this as a bearer token to `POST /rotate` replaces the key, and with `?withdraw=true` ends all older ones; absent: nobody.
    pub rotation: Option<Secret>,
}

/// Answers until `stop`.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    listener: TcpListener,
    issuer: Arc<DemoIssuer>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    axum::serve(listener, router(issuer)).with_graceful_shutdown(stop).await
}
