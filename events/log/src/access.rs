//! How a process shows the servers who it is, and knows that they are the servers.

use std::fmt;
use std::path::PathBuf;

use async_nats::ConnectOptions;
use zeroize::Zeroizing;

/// Who this process is to NATS, and whom it trusts.
///
/// The default is what development has: user and password in the address, no encryption.
#[derive(Debug, Clone, Default)]
pub struct Access {
    /// A user with rights of its own; it takes the place of a user and password in the address.
    pub user: Option<NkeyUser>,
    /// PEM file of the one authority whose certificates are believed. With it the connection is encrypted, always.
    pub ca_file: Option<PathBuf>,
    /// PEM files of a certificate and its key, for servers that ask every client for one.
    pub certificate: Option<(PathBuf, PathBuf)>,
    /// No word is said without TLS; without `ca_file`, the system's authorities are believed.
    pub tls_required: bool,
}

/// A NATS user known by an Ed25519 key.
#[derive(Clone)]
pub struct NkeyUser {
    name: String,
    seed: Zeroizing<String>,
}

impl NkeyUser {
    /// `name` as the server's rights have it: the user's answers come to `_INBOX_<name>`, where no other user hears them.
    /// White space around the seed is ignored.
    #[must_use]
    pub fn new(name: &str, seed: &str) -> Self {
        Self { name: name.to_owned(), seed: Zeroizing::new(seed.trim().to_owned()) }
    }
}

impl fmt::Debug for NkeyUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NkeyUser({})", self.name)
    }
}

impl Access {
    /// Options of a connection; `login` is what stands in the address.
    pub(crate) fn options(&self, login: Option<(&str, &str)>) -> ConnectOptions {
        let mut options = match (&self.user, login) {
            (Some(user), _) => ConnectOptions::with_nkey(user.seed.as_str().to_owned())
                .custom_inbox_prefix(format!("_INBOX_{}", user.name)),
            (None, Some((user, password))) => {
                ConnectOptions::with_user_and_password(user.to_owned(), password.to_owned())
            }
            (None, None) => ConnectOptions::new(),
        };
        if let Some(file) = &self.ca_file {
            options = options.add_root_certificates(file.clone());
        }
        if let Some((certificate, key)) = &self.certificate {
            options = options.add_client_certificate(certificate.clone(), key.clone());
        }
        options.require_tls(self.tls_required || self.ca_file.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_never_printed() {
        let user = NkeyUser::new("api", "SUASECRET\n");
        let access = Access { user: Some(user), ..Access::default() };
        assert!(!format!("{access:?}").contains("SECRET"));
    }
}
