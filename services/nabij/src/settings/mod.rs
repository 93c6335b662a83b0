//! Settings: one TOML file, the environment over it, a section a file here.
//!
//! `nabij.toml` in the working directory or `--config FILE`; over it `NABIJ_<SECTION>__<KEY>` (`NABIJ_API__LISTEN`), and
//! over all `NATS_URL` and `DATABASE_URL`. A key that no section knows is refused. To add a setting: a field with its
//! default in its section, and a line in `check` when its type does not say everything.

mod anchors;
mod api;
mod audit;
mod database;
mod deploy;
mod identity;
mod issuer;
mod keys;
mod limits;
mod log;
mod notify;
mod secret;
mod telemetry;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use figment::Figment;
use figment::error::Kind;
use figment::providers::{Format, Toml};
use figment::value::Value;
use serde::{Deserialize, Serialize};

pub(crate) use anchors::AnchorSettings;
pub(crate) use api::ApiSettings;
pub(crate) use audit::AuditSettings;
pub(crate) use database::DatabaseSettings;
pub(crate) use deploy::DeploySettings;
pub(crate) use identity::IdentitySettings;
pub(crate) use issuer::DemoIssuerSettings;
pub(crate) use keys::KeySettings;
pub(crate) use limits::LimitSettings;
pub(crate) use log::LogSettings;
pub(crate) use notify::{MailServer, MailTls, NotifySettings};
pub(crate) use telemetry::TelemetrySettings;

/// The file that is read when none is named.
const FILE: &str = "nabij.toml";

/// All settings of a process.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Settings {
    pub(crate) log: LogSettings,
    pub(crate) database: DatabaseSettings,
    pub(crate) api: ApiSettings,
    pub(crate) identity: IdentitySettings,
    pub(crate) limits: LimitSettings,
    pub(crate) issuer: DemoIssuerSettings,
    pub(crate) audit: AuditSettings,
    pub(crate) keys: KeySettings,
    pub(crate) anchors: AnchorSettings,
    pub(crate) deploy: DeploySettings,
    pub(crate) notify: NotifySettings,
    pub(crate) telemetry: TelemetrySettings,
}

/// A setting is wrong: where it stands, its key, what was expected.
#[derive(Debug)]
pub(crate) struct WrongSetting {
    place: String,
    key: String,
    expected: String,
}

impl std::fmt::Display for WrongSetting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { place, key, expected } = self;
        if key.is_empty() {
            return write!(f, "settings of {place}: {expected}");
        }
        write!(f, "setting {key} of {place}: {expected}")
    }
}

impl std::error::Error for WrongSetting {}

impl Settings {
    /// Limits of the interface, from the two sections that have some.
    pub(crate) fn limits(&self) -> nabij_api::Limits {
        let (connections, rates) = (self.limits.connections, self.limits.rates());
        nabij_api::Limits { connections, rates, ..self.api.limits() }
    }

    /// Reads the file, the environment over it, and checks everything.
    ///
    /// # Errors
    /// [`WrongSetting`] for the first thing that is not as it should be.
    pub(crate) fn read(file: Option<&Path>) -> Result<Self, WrongSetting> {
        let path = file.map_or_else(|| PathBuf::from(FILE), Path::to_path_buf);
        if file.is_some() && !path.is_file() {
            return Err(WrongSetting {
                place: path.display().to_string(),
                key: String::new(),
                expected: "there is no such file: name one with --config".into(),
            });
        }
        // Asked for by name, a file that is absent would be an error; without one, the defaults stand.
        let file = if path.is_file() { Figment::from(Toml::file_exact(&path)) } else { Figment::new() };
        let read =
            |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
        let figment = over(file, &std::env::vars_os().filter_map(read).collect());
        let settings: Self = figment.extract().map_err(|error| wrong(&error))?;
        settings.check().map_err(|(key, expected)| {
            let place = figment.find_metadata(&key).map_or_else(|| "the defaults".to_owned(), place);
            WrongSetting { place, key, expected: format!("expected {expected}") }
        })?;
        Ok(settings)
    }

    /// Those of a process that has these variables in its environment and no file; nothing is checked.
    ///
    /// # Errors
    /// [`WrongSetting`] for the first value that is of another type.
    pub(crate) fn of(variables: &BTreeMap<String, String>) -> Result<Self, WrongSetting> {
        over(Figment::new(), variables).extract().map_err(|error| wrong(&error))
    }

    /// The key that signs anchors and backups.
    pub(crate) fn anchor_key_file(&self) -> PathBuf {
        self.anchors.key_file.clone().unwrap_or_else(|| self.keys.folder().join("anchor.pem"))
    }

    /// Its public half: all that a verifier needs.
    pub(crate) fn anchor_public_key_file(&self) -> PathBuf {
        self.anchors.public_key_file.clone().unwrap_or_else(|| self.keys.folder().join("anchor.pub.pem"))
    }

    fn check(&self) -> Result<(), (String, String)> {
        let under = |section: &str, checked: Result<(), (&'static str, String)>| {
            checked.map_err(|(key, expected)| (format!("{section}.{key}"), expected))
        };
        under("log", self.log.check())?;
        under("database", self.database.check())?;
        under("api", self.api.check())?;
        under("identity", self.identity.check())?;
        under("limits", self.limits.check())?;
        under("issuer", self.issuer.check())?;
        under("anchors", self.anchors.check())?;
        under("deploy", self.deploy.check())?;
        under("notify", self.notify.check())?;
        under("telemetry", self.telemetry.check())
    }
}

/// Variables of an environment over what is there, in capitals or not. A name without a section is somebody else's: `NABIJ_BIN`,
/// `NABIJ_SHARED`.
fn over(figment: Figment, variables: &BTreeMap<String, String>) -> Figment {
    let named = variables.iter().map(|(name, value)| (name.to_lowercase(), value));
    let ours = named.clone().filter_map(|(name, value)| {
        let name = name.strip_prefix("nabij_").filter(|name| name.contains("__"))?;
        Some((name.replace("__", "."), value))
    });
    let short = named.filter_map(|(name, value)| {
        let short = [("nats_url", "log.nats_url"), ("database_url", "database.url")];
        let (_, key) = short.into_iter().find(|(short, _)| *short == name)?;
        Some((key.to_owned(), value))
    });
    ours.chain(short).fold(figment, |figment, (key, text)| {
        let Ok(value) = text.parse::<Value>();
        figment.merge((key, value))
    })
}

/// The first of (key, fits, what was expected) that does not fit.
fn first_unfit(checks: &[(&'static str, bool, &str)]) -> Result<(), (&'static str, String)> {
    match checks.iter().find(|(_, fits, _)| !fits) {
        Some((key, _, expected)) => Err((key, (*expected).to_owned())),
        None => Ok(()),
    }
}

fn wrong(error: &figment::Error) -> WrongSetting {
    WrongSetting {
        place: error.metadata.as_ref().map_or_else(|| "the defaults".to_owned(), place),
        key: error.path.join("."),
        expected: told(error),
    }
}

/// What is wrong, without what was set where that may be a secret.
fn told(error: &figment::Error) -> String {
    let told = match &error.kind {
        Kind::InvalidType(_, expected) | Kind::InvalidValue(_, expected) if may_be_secret(&error.path) => {
            format!("expected {expected}")
        }
        kind => kind.to_string(),
    };
    // Of TOML that cannot be read the whole line would be shown, with the password in it: its place is enough.
    let shown =
        |line: &&str| !line.trim_start_matches(|c: char| c == ' ' || c.is_ascii_digit()).starts_with('|');
    let lines: Vec<&str> =
        told.lines().filter(shown).map(str::trim).filter(|line| !line.is_empty()).collect();
    lines.join(", ")
}

/// Whether a secret may have been set there: in an address, in a key, or in place of a whole section.
fn may_be_secret(path: &[String]) -> bool {
    match path {
        [section, key, ..] => {
            section == "keys" || ["url", "key", "password", "secret"].iter().any(|part| key.contains(part))
        }
        _ => true,
    }
}

fn place(metadata: &figment::Metadata) -> String {
    match &metadata.source {
        Some(figment::Source::File(path)) => path.display().to_string(),
        _ => "the environment".to_owned(),
    }
}
