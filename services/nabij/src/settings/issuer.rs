//! `[issuer]`: the demo issuer, `nabij serve issuer`. **Never for real data**: it takes passwords over plain http on this machine.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use nabij_api::tokens::issuer::{Account, AccountKind, Accounts, Secret as Password};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::secret::Secret;

/// Where it listens and what it gives.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct DemoIssuerSettings {
    /// That this is a demo or a test; without it the issuer does not start.
    pub(crate) demo: bool,
    /// Address and port, on this machine only. Its own name (`iss`) follows from it.
    pub(crate) listen: SocketAddr,
    /// A TOML file of `[[clients]]` and `[[people]]`, each with `name`, `secret`, `roles`, and maybe `centres` and `operator`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) accounts: Option<PathBuf>,
    /// How long its tokens are good, in hours.
    pub(crate) hours: u32,
    /// How long its keys may be kept, in seconds.
    pub(crate) max_age_s: u32,
    /// The key is replaced this often, in seconds; absent: on SIGHUP and `POST /rotate` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rotate_s: Option<u32>,
    /// What `POST /rotate` must bring as a bearer token; absent: nobody may.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rotation_secret: Option<Secret>,
}

impl Default for DemoIssuerSettings {
    fn default() -> Self {
        Self {
            demo: false,
            listen: SocketAddr::from(([127, 0, 0, 1], 8081)),
            accounts: None,
            hours: 12,
            max_age_s: 60,
            rotate_s: None,
            rotation_secret: None,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
struct AccountFile {
    clients: Vec<AccountSettings>,
    people: Vec<AccountSettings>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AccountSettings {
    name: String,
    secret: String,
    #[serde(default)]
    roles: Vec<nabij_model::Role>,
    #[serde(default)]
    centres: Vec<nabij_model::CentreId>,
    operator: Option<nabij_model::text::Code>,
}

impl DemoIssuerSettings {
    /// Its name, and where it answers.
    pub(crate) fn address(&self) -> String {
        format!("http://{}", self.listen)
    }

    /// Who may have a token.
    ///
    /// # Errors
    /// When the file cannot be read, or an account has a secret shorter than 12 characters.
    pub(crate) fn accounts(&self) -> anyhow::Result<Accounts> {
        let Some(file) = &self.accounts else { return Ok(Accounts::default()) };
        let place = || format!("setting issuer.accounts, the file {}", file.display());
        let text = std::fs::read_to_string(file).with_context(place)?;
        let read: AccountFile = toml::from_str(&text).with_context(place)?;
        let of = |kind, accounts: Vec<AccountSettings>| accounts.into_iter().map(move |one| (kind, one));
        of(AccountKind::Client, read.clients)
            .chain(of(AccountKind::Person, read.people))
            .map(|(kind, one)| account(kind, one, file))
            .collect::<anyhow::Result<Vec<Account>>>()
            .map(Accounts::new)
    }

    /// What no type refuses: the key and what was expected.
    pub(super) fn check(&self) -> Result<(), (&'static str, String)> {
        super::first_unfit(&[
            (
                "listen",
                self.listen.ip().is_loopback(),
                "an address of this machine, 127.0.0.1:8081: it is for demos only",
            ),
            ("hours", (1..=24).contains(&self.hours), "1 to 24 hours"),
            ("rotate_s", self.rotate_s != Some(0), "a number of seconds above 0"),
        ])
    }
}

fn account(kind: AccountKind, one: AccountSettings, file: &Path) -> anyhow::Result<Account> {
    let AccountSettings { name, secret, roles, centres, operator } = one;
    anyhow::ensure!(
        secret.len() >= 12,
        "the secret of {name} in {} is shorter than 12 characters",
        file.display()
    );
    let said = serde_json::json!({"roles": roles, "centres": centres, "operator": operator});
    let claims: Map<String, Value> = said
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(_, value)| !value.is_null())
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect();
    Ok(Account { kind, name, secret: Password::new(&secret), claims })
}
