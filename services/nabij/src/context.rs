//! What every command gets: settings, the wish for machine output, the signal to stop; and from them the dependencies.

use std::io::IsTerminal;
use std::str::FromStr;
use std::sync::Arc;

use anyhow::Context as _;
use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;
use nabij_alerts::pace::Pace;
use nabij_alerts::roster::Roster;
use nabij_alerts::rule::{Rule, read_rules};
use nabij_api::access::Access;
use nabij_api::tokens::{Issuer, Verifier};
use nabij_caseload::Retention;
use nabij_log::{AnchorKey, Anchorer, Keyring, Log, LogConfig, LogError, MasterKey, NkeyUser, Submission};
use nabij_model::text::StaffId;
use nabij_model::{Actor, Policies, Role};
use nabij_protocols::Protocols;
use nabij_underreporting::reportability::Reportability;
use serde::Serialize;
use tokio_postgres::NoTls;
use tokio_postgres::config::SslMode;
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

use crate::settings::Settings;
use crate::{encrypted, secret_file};

/// Who signs tokens, and for which interface.
pub(crate) const ISSUER: &str = "nabij";
/// See [`ISSUER`].
pub(crate) const AUDIENCE: &str = "nabij-api";

/// The NATS user of deploy/nats/accounts.conf that may create streams.
const ADMINISTRATOR: &str = "admin";

/// What every command gets.
#[derive(Debug, Clone)]
pub(crate) struct Context {
    /// All settings, checked.
    pub(crate) settings: Settings,
    /// Results as one line of JSON on standard output.
    pub(crate) json: bool,
    /// Cancelled when the process is told to stop.
    pub(crate) stop: CancellationToken,
}

/// Tells a result: as one line of JSON, or as `text` says it.
pub(crate) fn tell<T: Serialize>(
    json: bool,
    result: &T,
    text: impl FnOnce(&T) -> String,
) -> anyhow::Result<()> {
    if json {
        println!("{}", serde_json::to_string(result)?);
    } else {
        println!("{}", text(result));
    }
    Ok(())
}

/// The log and the database of the views, reached.
#[derive(Debug, Clone)]
pub(crate) struct Connected {
    pub(crate) log: Log,
    pub(crate) pool: Pool,
}

impl Context {
    /// Where the log lies, and who this process is there.
    pub(crate) fn log_config(&self) -> anyhow::Result<LogConfig> {
        let settings = &self.settings.log;
        let mut config = settings.config();
        if let (Some(user), Some(file)) = (&settings.user, &settings.nkey_file) {
            config.access.user =
                Some(NkeyUser::new(user, &secret_file::read(file, "log.nkey_file", &self.settings.keys)?));
            // A user with least rights may not.
            config.create_streams = user == ADMINISTRATOR;
        }
        if let Some((_, key)) = &config.access.certificate {
            secret_file::check(key, &self.settings.keys)?;
        }
        Ok(config)
    }

    /// The log.
    pub(crate) async fn log(&self) -> anyhow::Result<Log> {
        Ok(Log::connect(self.log_config()?, self.keyring()?).await?)
    }

    /// The database, whether or not it can be reached now.
    pub(crate) fn pool(&self) -> anyhow::Result<Pool> {
        let settings = &self.settings.database;
        let mut config =
            tokio_postgres::Config::from_str(settings.url.reveal()).context("setting database.url")?;
        if let Some(file) = &settings.password_file {
            config
                .password(secret_file::read(file, "database.password_file", &self.settings.keys)?.as_bytes());
        }
        let fast = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = match &settings.ca_file {
            Some(file) => {
                config.ssl_mode(SslMode::Require);
                Manager::from_config(config, encrypted::connector(file)?, fast)
            }
            None => Manager::from_config(config, NoTls, fast),
        };
        Pool::builder(manager).max_size(settings.pool_size).build().context("setting database.pool_size")
    }

    /// Both, reached now.
    pub(crate) async fn connect(&self) -> anyhow::Result<Connected> {
        let pool = self.reached_pool().await?;
        Ok(Connected { log: self.log().await?, pool })
    }

    /// The database, reached now.
    pub(crate) async fn reached_pool(&self) -> anyhow::Result<Pool> {
        let pool = self.pool()?;
        let url = &self.settings.database.url;
        drop(pool.get().await.with_context(|| {
            format!("PostgreSQL at {url} cannot be reached: start it, or set DATABASE_URL")
        })?);
        Ok(pool)
    }

    /// The keys that wrap all others: the current one, and while a rotation goes on the one before it. They are read again
    /// when somebody rotates.
    pub(crate) fn keyring(&self) -> anyhow::Result<Keyring> {
        let keys = self.settings.keys.clone();
        for file in [keys.master_key_file(), keys.master_key_old_file()] {
            secret_file::check(&file, &keys)?;
        }
        let read = move || -> Result<(MasterKey, Option<MasterKey>), LogError> {
            // The one before it first: a rotation writes that file before it exchanges the other.
            let old = keys.master_key_old_file();
            let old = old.exists().then(|| MasterKey::from_file(&old)).transpose()?;
            let current = match &keys.master_key {
                Some(text) => MasterKey::from_base64(text.reveal())?,
                None => MasterKey::from_file(&keys.master_key_file())?,
            };
            Ok((current, old))
        };
        Keyring::reading(read).context(
            "make the keys once with `nabij keys create`, or set keys.master_key_file (keys.master_key in the environment)",
        )
    }

    /// What makes anchors.
    pub(crate) async fn anchorer(&self, log: Log) -> anyhow::Result<Anchorer> {
        Ok(Anchorer::open(log, self.anchor_key()?, &self.settings.anchors.file()).await?)
    }

    /// The key that signs anchors and backups.
    pub(crate) fn anchor_key(&self) -> anyhow::Result<AnchorKey> {
        secret_file::check(&self.settings.anchor_key_file(), &self.settings.keys)?;
        AnchorKey::from_file(&self.settings.anchor_key_file())
            .context("make the keys once with `nabij keys create`, or set anchors.key_file")
    }

    /// What signs tokens by hand: this installation's own key, in the demo issuer's name where that is set up.
    pub(crate) fn issuer(&self) -> anyhow::Result<Issuer> {
        let demo = &self.settings.issuer;
        let name = if demo.demo { demo.address() } else { ISSUER.to_owned() };
        Issuer::from_pem(&self.token_key()?, name, AUDIENCE)
            .with_context(|| format!("the token key {}", self.settings.keys.token_key_file().display()))
    }

    /// The private key that signs tokens, PKCS#8 PEM.
    pub(crate) fn token_key(&self) -> anyhow::Result<Zeroizing<String>> {
        let file = self.settings.keys.token_key_file();
        secret_file::check(&file, &self.settings.keys)?;
        let read = std::fs::read_to_string(&file).map(Zeroizing::new);
        read.with_context(|| {
            format!(
                "the token key {} cannot be read: make the keys once with `nabij keys create`, or set keys.token_key_file",
                file.display()
            )
        })
    }

    /// What verifies tokens: the issuers of the settings, else this installation's own key.
    pub(crate) fn verifier(&self) -> anyhow::Result<Verifier> {
        let issuers = &self.settings.identity;
        if issuers.issuers.is_empty() {
            return Ok(self.issuer()?.verifier());
        }
        Verifier::new(issuers.trusts()?).context("setting identity.issuers")
    }

    /// Legal periods and ages.
    pub(crate) fn policies(&self) -> anyhow::Result<Arc<Policies>> {
        let file = self.settings.deploy.folder().join("policies/periods.toml");
        let text =
            std::fs::read_to_string(&file).with_context(|| format!("{} cannot be read", file.display()))?;
        Ok(Arc::new(Policies::from_toml(&text).with_context(|| format!("policies of {}", file.display()))?))
    }

    /// Who is on call when. No message shows an address.
    pub(crate) fn roster(&self) -> anyhow::Result<Arc<Roster>> {
        let Some(file) = self.settings.deploy.roster() else { return Ok(Arc::default()) };
        let roster = Roster::read(&file).map_err(|errors| {
            let told: Vec<String> = errors.iter().map(ToString::to_string).collect();
            anyhow::anyhow!("the roster is wrong: {}", told.join("; "))
        })?;
        Ok(Arc::new(roster))
    }

    /// How fast people are told.
    pub(crate) fn pace(&self) -> anyhow::Result<Arc<Pace>> {
        let Some(file) = self.settings.deploy.pace() else { return Ok(Arc::default()) };
        Ok(Arc::new(Pace::read(&file).context("how fast people are told")?))
    }

    /// What raises escalations.
    pub(crate) fn rules(&self) -> anyhow::Result<Arc<Vec<Rule>>> {
        let folder = self.settings.deploy.folder().join("rules");
        let rules = read_rules(&folder).map_err(|errors| {
            let told: Vec<String> = errors.iter().map(ToString::to_string).collect();
            anyhow::anyhow!("rules of {}: {}", folder.display(), told.join("; "))
        })?;
        Ok(Arc::new(rules))
    }

    /// Who may do what.
    pub(crate) fn access(&self) -> anyhow::Result<Arc<Access>> {
        let folder = self.settings.deploy.folder().join("policies");
        let access = Access::from_folder(&folder);
        Ok(Arc::new(access.with_context(|| format!("who may do what, in {}", folder.display()))?))
    }

    /// What must be registered.
    pub(crate) fn reportability(&self) -> anyhow::Result<Reportability> {
        let folder = self.settings.deploy.folder().join("reportability");
        Reportability::from_folder(&folder)
            .with_context(|| format!("what must be registered, in {}", folder.display()))
    }

    /// How long what is kept.
    pub(crate) fn retention(&self) -> anyhow::Result<Retention> {
        let folder = self.settings.deploy.folder().join("retention");
        Retention::from_folder(&folder).with_context(|| format!("retention rules of {}", folder.display()))
    }

    /// The step plans.
    pub(crate) fn protocols(&self) -> anyhow::Result<Protocols> {
        let folder = self.settings.deploy.folder().join("protocols");
        Protocols::from_folder(&folder).with_context(|| format!("protocols of {}", folder.display()))
    }

    /// A submission by this command line, `now`.
    pub(crate) fn submission(&self, name: &'static str, policies: Arc<Policies>) -> Submission {
        let subject = StaffId::new(name).expect("command names are staff ids");
        let actor = Actor { subject, role: Role::Service, centres: Vec::new(), operator: None };
        Submission::new(Timestamp::now(), actor, policies)
    }

    /// Tells a result: as one line of JSON, or as `text` says it.
    pub(crate) fn tell<T: Serialize>(
        &self,
        result: &T,
        text: impl FnOnce(&T) -> String,
    ) -> anyhow::Result<()> {
        tell(self.json, result, text)
    }

    /// A bar over `length` units on a terminal, nothing elsewhere.
    pub(crate) fn progress(&self, length: u64, what: &'static str) -> ProgressBar {
        if self.json || !std::io::stderr().is_terminal() {
            return ProgressBar::hidden();
        }
        let bar = ProgressBar::new(length).with_message(what);
        match ProgressStyle::with_template("{msg} {wide_bar} {human_pos}/{human_len} {per_sec} {eta}") {
            Ok(style) => bar.with_style(style),
            Err(_) => bar,
        }
    }
}
