//! Roles taken together, as the policies name them.

use std::collections::BTreeMap;

use nabij_model::Role;
use serde::Deserialize;

use super::AccessError;
use super::error::line_at;
use super::source::GROUPS;

/// Roles taken together.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Group {
    /// Whom it stands for, in words.
    pub(super) meaning: String,
    /// The roles of a token that belong to it.
    pub(super) roles: Vec<Role>,
}

/// Reads roles.toml.
pub(super) fn read(text: &str) -> Result<BTreeMap<String, Group>, AccessError> {
    toml::from_str(text).map_err(|error| {
        let line = error.span().map(|span| line_at(text, span.start));
        AccessError::wrong(GROUPS, line, error.message())
    })
}
