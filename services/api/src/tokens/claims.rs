//! What a token says.

use jiff::Timestamp;
use nabij_model::text::{Code, StaffId};
use nabij_model::{Actor, CentreId, Role};
use serde::{Deserialize, Serialize};

/// The claims of a token; times in seconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Who, as the identity provider names them.
    pub sub: StaffId,
    /// In which role.
    pub role: Role,
    /// The centres they work for; empty for headquarters and machines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub centres: Vec<CentreId>,
    /// The operator they work for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<Code>,
    /// Who signed it.
    pub iss: String,
    /// For which interface.
    pub aud: String,
    /// Not before.
    pub iat: i64,
    /// Not after.
    pub exp: i64,
}

impl Claims {
    /// The actor that the token stands for.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor {
            subject: self.sub.clone(),
            role: self.role,
            centres: self.centres.clone(),
            operator: self.operator.clone(),
        }
    }

    /// Whether `now` lies between `iat` and `exp`, with `leeway` seconds for clocks that differ.
    pub(super) fn holds_at(&self, now: Timestamp, leeway: i64) -> bool {
        let now = now.as_second();
        now <= self.exp.saturating_add(leeway) && now.saturating_add(leeway) >= self.iat
    }
}
