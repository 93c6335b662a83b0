//! Values that are used and never shown.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

/// What stands in place of a secret.
const HIDDEN: &str = "(hidden)";

/// A secret: shown nowhere, written nowhere.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub(crate) struct Secret(String);

impl Secret {
    /// The value, for whom it is meant.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(HIDDEN)
    }
}

/// An address, or several with commas between, that may carry a user and a password; the password is never shown.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub(crate) struct Address(String);

impl Address {
    /// The whole address, for whoever connects.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl Address {
    /// Whether a password or token stands in it.
    pub(crate) fn has_password(&self) -> bool {
        without_password(&self.0) != self.0
    }
}

impl From<&str> for Address {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&without_password(&self.0))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Address {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Hides what PostgreSQL and NATS take for a password: in `user:password@`, a lone token in `token@`, and in
/// `password=..` as a parameter or in PostgreSQL's own notation.
fn without_password(addresses: &str) -> String {
    // A comma may stand in a password as well: split only where another address begins.
    let Some((scheme, rest)) = addresses.split_once("://") else { return without_parameter(addresses) };
    let (one, others) = match rest.find("://") {
        Some(next) => match rest[..next].rfind(',') {
            Some(comma) => (&rest[..comma], Some(&rest[comma + 1..])),
            None => (rest, None),
        },
        None => (rest, None),
    };
    let shown = match one.rsplit_once('@') {
        Some((login, host)) => match login.split_once(':') {
            Some((user, _)) => format!("{scheme}://{user}:{HIDDEN}@{}", without_parameter(host)),
            None if scheme.starts_with("postgres") => {
                format!("{scheme}://{login}@{}", without_parameter(host))
            }
            None => format!("{scheme}://{HIDDEN}@{}", without_parameter(host)),
        },
        None => format!("{scheme}://{}", without_parameter(one)),
    };
    match others {
        Some(others) => format!("{shown},{}", without_password(others)),
        None => shown,
    }
}

fn without_parameter(text: &str) -> String {
    let Some(start) = text.find("password=").map(|at| at + "password=".len()) else { return text.to_owned() };
    let value = &text[start..];
    let length = match value.strip_prefix('\'') {
        Some(quoted) => quoted.find('\'').map_or(value.len(), |end| end + 2),
        None => value.find(['&', ' ']).unwrap_or(value.len()),
    };
    format!("{}{HIDDEN}{}", &text[..start], &value[length..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_notation_shows_a_password() {
        let shown = |text: &str| Address::from(text).to_string();
        assert_eq!(shown("nats://app:top@h:4222"), "nats://app:(hidden)@h:4222");
        assert_eq!(
            shown("nats://app:to,p@h:1,nats://b:q@i:2,nats://j:3"),
            "nats://app:(hidden)@h:1,nats://b:(hidden)@i:2,nats://j:3"
        );
        assert_eq!(shown("nats://token@h"), "nats://(hidden)@h");
        assert_eq!(shown("postgres://n:p@ss@h/db?x=1"), "postgres://n:(hidden)@h/db?x=1");
        assert_eq!(
            shown("postgres://h/db?user=n&password=top&x=1"),
            "postgres://h/db?user=n&password=(hidden)&x=1"
        );
        assert_eq!(shown("host=h password='to p' user=n"), "host=h password=(hidden) user=n");
        assert_eq!(shown("nats://127.0.0.1:4222"), "nats://127.0.0.1:4222");
    }
}
