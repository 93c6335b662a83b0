//! `[identity]`: whose tokens are taken, and what their claims stand for.
//!
//! ```toml
//! [[identity.issuers]]
//! issuer = "https://login.caritas.example/realms/staff"
//! audience = "nabij-api"
//! algorithms = ["RS256", "ES256"]
//! operator = "caritas"                # it speaks for this operator and no other
//! prefix = "caritas"                  # its people are caritas:..., so that two issuers never mean the same person
//!
//! [identity.issuers.claims]
//! roles = "/realm_access/roles"       # JSON pointers
//! centres = "/nabij/centres"
//!
//! [identity.issuers.groups]           # the provider's names and what they stand for; without a table, roles by their own names
//! psy-team = "psychosocial"
//! kapellen-heads = { role = "director", centres = ["0192f0c1-2345-7abc-8def-0123456789ab"] }
//!
//! [identity.issuers.centre_codes]
//! KAP = "0192f0c1-2345-7abc-8def-0123456789ab"
//!
//! [[identity.issuers.service_accounts]]
//! client = "register-import"
//! actions = ["incident.register", "centre.report"]
//! ```
//!
//! A person may have several roles. A call is made in the one that its header `Nabij-Role` names, else in the first of:
//! psychosocial, medical, companion, school, coordinator, frontline, guardian, director, safeguarding_person, operator_hq,
//! network_hq, analyst, auditor, service.
//!
//! Without any issuer the installation's own key (`keys/token.pem`, `nabij token`) is the only one: the smallest installation.

mod mapping;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use nabij_api::tokens::{Algorithm, Keys, PublicKey, Timing, Trust};
use nabij_model::CentreId;
use nabij_model::text::Code;
use serde::{Deserialize, Serialize};

use self::mapping::{ClaimSettings, GroupSettings, ServiceAccount};
use crate::context::AUDIENCE;

/// Whose tokens are taken.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct IdentitySettings {
    /// Each by its own name; several operators may have their own.
    pub(crate) issuers: Vec<IssuerSettings>,
}

/// One issuer.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct IssuerSettings {
    /// The claim `iss`; the discovery document lies below it.
    issuer: String,
    /// What `aud` must hold.
    #[serde(default = "audience")]
    audience: String,
    /// Signatures that are taken.
    #[serde(default = "all_algorithms")]
    algorithms: Vec<Algorithm>,
    /// Kinds of token (`typ`); a token that does not say is a `jwt`.
    #[serde(default = "kinds")]
    token_types: Vec<String>,
    /// Clients (`azp`, `client_id`) for which tokens are taken; empty for any.
    #[serde(default)]
    clients: Vec<String>,
    /// How far two clocks may differ, in seconds.
    #[serde(default = "skew")]
    skew_s: u32,
    /// How long a token may live, in seconds.
    #[serde(default = "longest")]
    longest_s: u32,
    /// The only operator that it speaks for; absent for an issuer of the whole network.
    #[serde(skip_serializing_if = "Option::is_none")]
    operator: Option<Code>,
    /// Stands before its subjects; needed as soon as there are two issuers.
    #[serde(skip_serializing_if = "Option::is_none")]
    prefix: Option<Code>,
    /// Certificates (PEM) that sign the issuer's, in place of the system's.
    #[serde(skip_serializing_if = "Option::is_none")]
    ca_file: Option<PathBuf>,
    /// Ed25519 public keys (SPKI PEM) of an issuer that publishes none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    public_key_files: Vec<PathBuf>,
    /// Published keys are fetched again after this many seconds, or sooner if the issuer says so.
    #[serde(default = "refresh")]
    refresh_s: u32,
    /// While the issuer is away its last keys are used this long, in seconds.
    #[serde(default = "keep")]
    keep_s: u32,
    #[serde(default)]
    claims: ClaimSettings,
    #[serde(default)]
    groups: BTreeMap<String, GroupSettings>,
    #[serde(default)]
    centre_codes: BTreeMap<String, CentreId>,
    #[serde(default)]
    service_accounts: Vec<ServiceAccount>,
}

fn audience() -> String {
    AUDIENCE.to_owned()
}

fn all_algorithms() -> Vec<Algorithm> {
    Algorithm::ALL.to_vec()
}

fn kinds() -> Vec<String> {
    vec!["at+jwt".into(), "jwt".into()]
}

const fn skew() -> u32 {
    Trust::SKEW as u32
}

const fn longest() -> u32 {
    Trust::LONGEST as u32
}

fn refresh() -> u32 {
    Timing::default().refresh.as_secs() as u32
}

fn keep() -> u32 {
    Timing::default().keep.as_secs() as u32
}

impl IdentitySettings {
    /// As the interface takes them.
    ///
    /// # Errors
    /// When a file of public keys cannot be read.
    pub(crate) fn trusts(&self) -> anyhow::Result<Vec<Trust>> {
        self.issuers.iter().map(IssuerSettings::trust).collect()
    }

    /// What no type refuses: the key and what was expected.
    pub(super) fn check(&self) -> Result<(), (&'static str, String)> {
        let mut names = BTreeSet::new();
        let mut prefixes = BTreeSet::new();
        for issuer in &self.issuers {
            let wrong = |expected: String| Err(("issuers", format!("of {}: {expected}", issuer.issuer)));
            if !names.insert(&issuer.issuer) {
                return wrong("to stand once".into());
            }
            if self.issuers.len() > 1 && !issuer.prefix.as_ref().is_some_and(|prefix| prefixes.insert(prefix))
            {
                return wrong(
                    "a `prefix` that no other issuer has, so that two people never share a name".into(),
                );
            }
            if let Err(expected) = issuer.check() {
                return wrong(expected);
            }
        }
        Ok(())
    }
}

impl IssuerSettings {
    fn check(&self) -> Result<(), String> {
        let pointers =
            [&self.claims.subject, &self.claims.roles, &self.claims.centres, &self.claims.operator];
        let fits = [
            (
                self.public_key_files.is_empty() || self.ca_file.is_none(),
                "`ca_file` or `public_key_files`, not both",
            ),
            (!self.audience.is_empty(), "an `audience`"),
            (!self.algorithms.is_empty(), "one of RS256, PS256, ES256, ES384, EdDSA in `algorithms`"),
            (self.skew_s <= 300, "`skew_s` of at most 300 seconds"),
            (self.longest_s >= 60, "`longest_s` of at least 60 seconds"),
            (
                self.refresh_s >= 1 && self.keep_s >= self.refresh_s,
                "`keep_s` of at least `refresh_s`, and that of 1 second",
            ),
            (
                pointers.iter().all(|pointer| pointer.starts_with('/')),
                "JSON pointers like /realm_access/roles in `claims`",
            ),
        ];
        if let Some((_, expected)) = fits.iter().find(|(fits, _)| !fits) {
            return Err((*expected).to_owned());
        }
        self.check_mapping()
    }

    fn trust(&self) -> anyhow::Result<Trust> {
        let keys = if self.public_key_files.is_empty() {
            let timing = Timing {
                refresh: Duration::from_secs(self.refresh_s.into()),
                keep: Duration::from_secs(self.keep_s.into()),
                ..Timing::default()
            };
            Keys::Published { ca_file: self.ca_file.clone(), timing }
        } else {
            let read = |file: &PathBuf| {
                let place = || format!("setting identity.issuers, the public key {}", file.display());
                let pem = std::fs::read_to_string(file).with_context(place)?;
                PublicKey::from_pem(&pem).with_context(place)
            };
            Keys::Fixed(self.public_key_files.iter().map(read).collect::<anyhow::Result<_>>()?)
        };
        Ok(Trust {
            issuer: self.issuer.clone(),
            audience: self.audience.clone(),
            algorithms: self.algorithms.clone(),
            kinds: self.token_types.iter().map(|kind| kind.to_ascii_lowercase()).collect(),
            clients: self.clients.clone(),
            skew: self.skew_s.into(),
            longest: self.longest_s.into(),
            operator: self.operator.clone(),
            prefix: self.prefix.clone(),
            mapping: self.mapping(),
            keys,
        })
    }
}
