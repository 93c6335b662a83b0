//! One read, as it is remembered. Fields are only ever added, and new ones are optional: what was written decodes for ever.

use std::net::IpAddr;

use jiff::Timestamp;
use nabij_model::{Actor, CaseId, CentreId};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was answered.
    Allowed,
    /// It was refused; `problem` says why.
    Refused,
    /// There was nothing that the caller may know of.
    NotFound,
}

impl Outcome {
    /// The name used in records, tables and parameters.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Refused => "refused",
            Self::NotFound => "not_found",
        }
    }
}

/// A record of the network that was asked for by its id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordRef {
    /// `case`, `signal`, `centre` ...
    pub kind: String,
    /// Its id.
    pub id: Uuid,
}

/// What a caller had been granted on what was read, and by what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Underlying {
    /// What kind of grant.
    pub why: Ground,
    /// The share, the breaking of the glass.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Uuid>,
}

/// What a read may rest on besides role and centre.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// Something was shared with the caller.
    Share,
    /// The resident named the caller.
    Trusted,
    /// The caller broke the glass.
    BreakGlass,
    /// The caller is the minor's guardian.
    Guardian,
}

impl Ground {
    /// The name used in records and tables.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Share => "share",
            Self::Trusted => "trusted",
            Self::BreakGlass => "break_glass",
            Self::Guardian => "guardian",
        }
    }
}

/// One read, one refused call, or one command of an administrator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditRecord {
    /// When.
    pub at: Timestamp,
    /// Who, in which role, of which centres and operator; absent for a command of the command line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub who: Option<Actor>,
    /// Who ran a command of the command line: the name or number of the operating system's user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system_user: Option<String>,
    /// `GET /v1/cases/{id}`, `nabij export`.
    pub call: String,
    /// What the policy calls it: `case.read`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// What was asked for by its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<RecordRef>,
    /// The centre that was asked about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub centre: Option<CentreId>,
    /// Every case of which something was shown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cases: Vec<CaseId>,
    /// Something confidential was among what was shown: the record is then no part of what a centre may see of who looked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub confidential: bool,
    /// How many lines were shown; 1 for a single record, 0 when nothing was.
    pub rows: u64,
    /// What became of it.
    pub outcome: Outcome,
    /// The code of the refusal: `not-yours`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// The policies that decided, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub because: Vec<String>,
    /// What was granted to the caller on what was read: shares, trust, a broken glass.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub under: Vec<Underlying>,
    /// As of when was asked: a sequence or a time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_of: Option<String>,
    /// Keyed hash of the query: the same question has the same hash, nobody's words are in it, and names cannot be tried out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asked: Option<String>,
    /// What a command of the command line was told, in fixed words: `format=csv`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scope: Vec<String>,
    /// From where: the client's address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<IpAddr>,
    /// The machine that a command ran on, or a hash of its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// The request's id; a caller's own one that is no UUID is hashed, since it could be words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
}

impl AuditRecord {
    /// A record of `call` at `at` with this outcome, nothing else known yet.
    #[must_use]
    pub fn new(at: Timestamp, call: impl Into<String>, outcome: Outcome) -> Self {
        Self {
            at,
            who: None,
            system_user: None,
            call: call.into(),
            action: None,
            record: None,
            centre: None,
            cases: Vec::new(),
            confidential: false,
            rows: 0,
            outcome,
            problem: None,
            because: Vec::new(),
            under: Vec::new(),
            as_of: None,
            asked: None,
            scope: Vec::new(),
            address: None,
            host: None,
            request: None,
        }
    }

    /// What stands for a caller's words: the first 16 bytes of their SHA-256, in hexadecimal.
    #[must_use]
    pub fn hashed(words: &str) -> String {
        hex::encode(&Sha256::digest(words.as_bytes())[..16])
    }
}
