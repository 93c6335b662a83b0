//! Who stands around a resident, what helps them, and their own words.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{FileKind, Kept};
use crate::actor::Role;
use crate::id::EventId;
use crate::sealed::{Duty, Sealed, Secrecy};
use crate::text::StaffId;

/// What somebody is to a resident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Tie {
    /// Partner.
    Partner,
    /// Parent.
    Parent,
    /// Child.
    Child,
    /// Brother or sister.
    Sibling,
    /// Another relative.
    Relative,
    /// Friend.
    Friend,
    /// A community, of faith or origin for example.
    Community,
    /// School, work, sports club.
    SchoolOrWork,
    /// Volunteer, buddy, sponsor family.
    Volunteer,
    /// Another.
    Other,
}

/// Somebody who supports the resident, here or far away.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SupportNetworkNoted {
    /// What they are to the resident.
    pub tie: Tie,
    /// They live abroad.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub abroad: bool,
    /// Who they are, how they help, whether there is contact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Sealed<String>>,
}

/// The resident chose whom they trust; anybody in any role may be it, the cook as well.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TrustedPersonNamed {
    /// Their role, when they work here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// Which colleague, when they work here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub colleague: Option<StaffId>,
    /// Their name, when they work elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Sealed<String>>,
    /// What the resident lets that colleague read, besides the guidance.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shows: Vec<FileKind>,
    /// Up to which levels of secrecy; what is restricted is not the resident's to give.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub levels: Vec<Secrecy>,
}

/// The resident does not trust that colleague any more: they read nothing from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TrustedPersonEnded {
    /// Which colleague.
    pub colleague: StaffId,
}

/// Who speaks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Voice {
    /// The resident, a child too.
    #[default]
    Resident,
    /// A parent.
    Parent,
    /// The guardian.
    Guardian,
}

/// What upsets somebody and what helps, for everybody on duty: no story, no diagnosis.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GuidanceNoted {
    /// What upsets them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub triggers: Vec<Duty<String>>,
    /// What helps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub helps: Vec<Duty<String>>,
    /// With whom this text was agreed; for a small child a parent or the guardian.
    pub agreed_with: Voice,
}

/// How two people were in contact.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// Face to face.
    #[default]
    InPerson,
    /// By telephone or video.
    Call,
    /// In writing.
    Message,
}

/// Somebody was in touch with the resident; that it happened is enough.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContactNoted {
    /// With whom.
    #[serde(default)]
    pub with: Voice,
    /// How.
    #[serde(default)]
    pub channel: Channel,
    /// When; the moment it was recorded when the caller does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// What is worth remembering.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Sealed<String>>,
    /// How secret the note is.
    #[serde(default)]
    pub secrecy: Secrecy,
}

/// The resident's own words, on the record beside ours.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResponseAdded {
    /// Who speaks.
    #[serde(default)]
    pub by: Voice,
    /// In their words.
    pub words: Sealed<String>,
    /// The record that they answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<EventId>,
    /// How secret the words are; the resident chooses.
    #[serde(default)]
    pub secrecy: Secrecy,
    /// From whom the words are kept, from the first moment on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<Kept>,
}
