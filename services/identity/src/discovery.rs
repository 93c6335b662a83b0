//! Asks an issuer for its keys: the discovery document (OpenID Connect Discovery 1.0, section 4), then the set it names.

use std::path::Path;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use reqwest::header::{ACCEPT, CACHE_CONTROL};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, Url};
use serde::Deserialize;

use crate::key_set::KeySet;
use crate::trust::Algorithm;

/// For one request; a provider that needs longer is as good as away.
const PATIENCE: Duration = Duration::from_secs(5);
/// Bytes of a document that are read.
const LARGEST: usize = 256 * 1024;
/// How long a discovery document is used that does not say, in seconds.
const DOCUMENT_AGE: u64 = 3600;

/// An issuer's address cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AddressError {
    /// Neither https nor this machine.
    #[error("{0:?} is no https address: plain http is for an issuer on this machine only")]
    NotSecure(String),
    /// The certificates cannot be read.
    #[error("the certificates in {file}: {why}")]
    Certificates {
        /// Where.
        file: String,
        /// What was wrong.
        why: String,
    },
    /// The client for requests cannot be made.
    #[error("requests to the issuer cannot be made: {0}")]
    Client(reqwest::Error),
}

/// Why no keys came; for log lines.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    #[error(transparent)]
    Request(#[from] reqwest::Error),
    #[error("{0} answered {1}")]
    Status(Url, u16),
    #[error("{0} is larger than {LARGEST} bytes")]
    TooLarge(Url),
    #[error("{0} is no discovery document: {1}")]
    NotADocument(Url, serde_json::Error),
    #[error("the discovery document is of {0:?}, not of the issuer that was asked")]
    OtherIssuer(String),
    #[error(transparent)]
    Address(#[from] AddressError),
    #[error("{0} holds no key that is allowed here")]
    NoKeys(Url),
}

/// Keys, and for how long their issuer lets them be kept, in seconds.
pub(crate) struct Fetched {
    pub(crate) keys: KeySet,
    pub(crate) max_age: Option<u64>,
}

/// Fetches the keys of one issuer.
#[derive(Debug)]
pub(crate) struct Discovery {
    client: Client,
    issuer: String,
    document: Url,
    algorithms: Vec<Algorithm>,
    /// Where the keys are, and until when that holds.
    keys: Option<(Url, Timestamp)>,
}

#[derive(Deserialize)]
struct Document {
    issuer: String,
    jwks_uri: String,
}

impl Discovery {
    /// Of this issuer, whose certificate one in `ca_file` has signed, or one that the system trusts.
    pub(crate) fn new(
        issuer: &str,
        ca_file: Option<&Path>,
        algorithms: &[Algorithm],
    ) -> Result<Self, AddressError> {
        let document = secure(&format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/')))?;
        // A redirect could lead from the issuer to anywhere.
        let mut client = Client::builder().timeout(PATIENCE).redirect(Policy::none());
        if is_here(&document) {
            client = client.no_proxy();
        }
        if let Some(file) = ca_file {
            let unusable = |why: String| AddressError::Certificates { file: file.display().to_string(), why };
            let pem = std::fs::read(file).map_err(|error| unusable(error.to_string()))?;
            let bundle = Certificate::from_pem_bundle(&pem).map_err(|error| unusable(error.to_string()))?;
            if bundle.is_empty() {
                return Err(unusable("there is none".into()));
            }
            client = client.tls_built_in_root_certs(false);
            client = bundle.into_iter().fold(client, reqwest::ClientBuilder::add_root_certificate);
        }
        let client = client.build().map_err(AddressError::Client)?;
        Ok(Self { client, issuer: issuer.to_owned(), document, algorithms: algorithms.to_vec(), keys: None })
    }

    /// The keys as they are published now.
    pub(crate) async fn fetch(&mut self) -> Result<Fetched, FetchError> {
        let now = Timestamp::now();
        if let Some((address, until)) = &self.keys
            && *until > now
        {
            let address = address.clone();
            match self.keys_at(&address).await {
                Ok(fetched) => return Ok(fetched),
                // They may have moved: the document is asked again.
                Err(_) => self.keys = None,
            }
        }
        let (body, max_age) = self.get(&self.document).await?;
        let document: Document = serde_json::from_slice(&body)
            .map_err(|error| FetchError::NotADocument(self.document.clone(), error))?;
        if document.issuer != self.issuer {
            return Err(FetchError::OtherIssuer(document.issuer.chars().take(200).collect()));
        }
        let address = secure(&document.jwks_uri)?;
        let seconds = max_age.unwrap_or(DOCUMENT_AGE).clamp(60, 24 * 3600);
        self.keys = Some((address.clone(), now + SignedDuration::from_secs(seconds as i64)));
        self.keys_at(&address).await
    }

    async fn keys_at(&self, address: &Url) -> Result<Fetched, FetchError> {
        let (body, max_age) = self.get(address).await?;
        let keys = KeySet::read(&body, &self.algorithms);
        Ok(Fetched { keys: keys.ok_or_else(|| FetchError::NoKeys(address.clone()))?, max_age })
    }

    async fn get(&self, address: &Url) -> Result<(Vec<u8>, Option<u64>), FetchError> {
        let mut answer = self.client.get(address.clone()).header(ACCEPT, "application/json").send().await?;
        if !answer.status().is_success() {
            return Err(FetchError::Status(address.clone(), answer.status().as_u16()));
        }
        let control = answer.headers().get(CACHE_CONTROL).and_then(|value| value.to_str().ok());
        let max_age = control.and_then(max_age);
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await? {
            body.extend_from_slice(&chunk);
            if body.len() > LARGEST {
                return Err(FetchError::TooLarge(address.clone()));
            }
        }
        Ok((body, max_age))
    }
}

/// `max-age` of a `Cache-Control`; 0 where nothing may be kept.
fn max_age(control: &str) -> Option<u64> {
    let directives = || control.split(',').map(|directive| directive.trim().to_ascii_lowercase());
    if directives().any(|directive| directive == "no-store" || directive == "no-cache") {
        return Some(0);
    }
    directives().find_map(|directive| directive.strip_prefix("max-age=")?.trim_matches('"').parse().ok())
}

/// An https address, or one on this machine.
fn secure(text: &str) -> Result<Url, AddressError> {
    let insecure = || AddressError::NotSecure(text.chars().take(200).collect());
    let url = Url::parse(text).map_err(|_| insecure())?;
    if url.scheme() == "https" || (url.scheme() == "http" && is_here(&url)) {
        Ok(url)
    } else {
        Err(insecure())
    }
}

fn is_here(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_this_machine_only() {
        for good in
            ["https://login.example/realms/a", "http://127.0.0.1:8081", "http://localhost", "http://[::1]:1"]
        {
            secure(good).unwrap();
        }
        for bad in [
            "http://login.example",
            "http://127.0.0.1.example",
            "http://localhost@login.example/",
            "file:///etc/passwd",
            "ftp://127.0.0.1",
            "login",
        ] {
            secure(bad).unwrap_err();
        }
    }

    #[test]
    fn the_issuer_says_how_long_its_keys_may_be_kept() {
        assert_eq!(max_age("public, max-age=600, must-revalidate"), Some(600));
        assert_eq!(max_age("Max-Age=\"15\""), Some(15));
        assert_eq!(max_age("no-store"), Some(0));
        assert_eq!(max_age("public"), None);
    }
}
