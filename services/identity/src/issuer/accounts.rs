//! Who may have a token of the demo issuer, and what it says.

use serde_json::{Map, Value, json};

use super::secret::Secret;

/// What an account is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountKind {
    /// A machine, by `client_credentials`.
    Client,
    /// Somebody of the demo, by name and password.
    Person,
}

/// One account.
#[derive(Debug, Clone)]
pub struct Account {
    /// What it is.
    pub kind: AccountKind,
    /// Its name: `sub`, and of a machine `client_id` too.
    pub name: String,
    /// What it must know.
    pub secret: Secret,
    /// What its tokens say besides: `roles`, `centres`, `operator`.
    pub claims: Map<String, Value>,
}

/// The list of accounts.
#[derive(Debug, Clone, Default)]
pub struct Accounts(Vec<Account>);

impl Accounts {
    /// These accounts.
    #[must_use]
    pub fn new(accounts: Vec<Account>) -> Self {
        Self(accounts)
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The claims of the account of this name, if `secret` is its own. A name that there is not takes as long as a wrong secret.
    pub(super) fn claims(&self, kind: AccountKind, name: &str, secret: &str) -> Option<Map<String, Value>> {
        let found = self.0.iter().find(|account| account.kind == kind && account.name == name);
        let nobody = Secret::new("");
        let right = found.map_or(&nobody, |account| &account.secret).is(secret);
        let account = found.filter(|_| right)?;
        let mut claims = account.claims.clone();
        claims.insert("sub".into(), json!(account.name));
        if kind == AccountKind::Client {
            claims.insert("client_id".into(), json!(account.name));
        }
        Some(claims)
    }
}
