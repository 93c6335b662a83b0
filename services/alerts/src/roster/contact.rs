//! Where somebody can be reached. Addresses are personal data of staff: no log line, event or check shows one.

use std::fmt;

use nabij_model::escalation::Recipient;
use nabij_model::text::Code;
use serde::Deserialize;

/// In which language somebody is told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// Dutch.
    #[default]
    Nl,
    /// French.
    Fr,
    /// English.
    En,
}

/// An address that only a channel opens.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(transparent)]
pub struct Address(String);

impl Address {
    /// An address from a channel's own settings or a test.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The address itself: for the channel that writes to it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address(hidden)")
    }
}

/// Somebody, or a mailbox that several read, with every way to reach them. A way that is absent is not used; server-sent events
/// reach everybody of a role, named here or not.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Contact {
    /// As events call them: a member of staff, or a role whose shared address `name` is.
    pub to: Recipient,
    /// The name of a shared address; absent for a person.
    pub name: Option<Code>,
    /// In which language.
    pub language: Language,
    /// E-mail.
    pub email: Option<Address>,
    /// Where signed webhooks go.
    pub webhook: Option<Address>,
}
