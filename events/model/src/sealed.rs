//! Fields that only an entitled reader may open: free text, names, numbers, and what would single a person out.
//!
//! This crate only carries them. A command brings them in the clear ([`Sealed::plain`]); `events/log` turns every
//! such field into a [`Ciphertext`] before it leaves the process, and refuses to append one that is still clear.
//! In JSON a clear field is `{"clear": value, "level": ..}` on its way to the log only, and
//! `{"sealed": .., "key": .., "of": .., "level": ..}` ever after.

use std::borrow::Cow;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Levels of secrecy that a person may choose for what they write.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Secrecy {
    /// The centre's team.
    #[default]
    Team,
    /// Psychosocial staff.
    Psychosocial,
    /// Medical staff.
    Medical,
    /// Named roles or persons only.
    Restricted,
}

/// Who may open a sealed field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SealLevel {
    /// Figures and deciders: birth date, household, pregnancy. Under the profile key, which the projector may open.
    Profile,
    /// Everybody on duty (guidance).
    Duty,
    /// See [`Secrecy::Team`].
    Team,
    /// See [`Secrecy::Psychosocial`].
    Psychosocial,
    /// See [`Secrecy::Medical`].
    Medical,
    /// See [`Secrecy::Restricted`].
    Restricted,
}

impl SealLevel {
    /// All levels.
    pub const ALL: [Self; 6] =
        [Self::Profile, Self::Duty, Self::Team, Self::Psychosocial, Self::Medical, Self::Restricted];
}

impl From<Secrecy> for SealLevel {
    fn from(secrecy: Secrecy) -> Self {
        match secrecy {
            Secrecy::Team => Self::Team,
            Secrecy::Psychosocial => Self::Psychosocial,
            Secrecy::Medical => Self::Medical,
            Secrecy::Restricted => Self::Restricted,
        }
    }
}

/// The level that a field has unless the decider raises it.
pub trait DefaultLevel {
    /// That level.
    const LEVEL: SealLevel;
}

macro_rules! levels {
    ($($(#[$doc:meta])* $marker:ident, $alias:ident = $level:ident;)*) => {$(
        #[doc = concat!("Marks a field as `", stringify!($level), "` by default.")]
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $marker {}
        impl DefaultLevel for $marker {
            const LEVEL: SealLevel = SealLevel::$level;
        }
        $(#[$doc])*
        pub type $alias<T> = Sealed<T, $marker>;
    )*};
}

/// Marks a field as `Team` by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TeamLevel {}
impl DefaultLevel for TeamLevel {
    const LEVEL: SealLevel = SealLevel::Team;
}

levels! {
    /// Sealed under the profile key, which the projector may open.
    ProfileLevel, Profile = Profile;
    /// Sealed for everybody on duty.
    DutyLevel, Duty = Duty;
    /// Sealed for psychosocial staff.
    PsychosocialLevel, Psychosocial = Psychosocial;
    /// Sealed for medical staff.
    MedicalLevel, Medical = Medical;
}

/// What stands in the log for a sealed field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ciphertext {
    /// Nonce and ciphertext with its tag, base64.
    pub sealed: String,
    /// The key in the vault: `case.<uuid>`, or `profile.<uuid>`.
    pub key: String,
    /// The associated data: event id, field and level, `<uuid>#/note~team`; of events of before there was a level in it, without.
    pub of: String,
    /// Who may open it.
    pub level: SealLevel,
}

/// A value that is sealed everywhere outside the process that wrote it or was allowed to open it.
///
/// `L` is the level unless [`at`](Self::at) raises it.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed<T, L = TeamLevel> {
    content: Content<T>,
    default_level: PhantomData<L>,
}

#[derive(Clone, PartialEq, Eq)]
enum Content<T> {
    Plain { value: T, level: SealLevel },
    Closed(Ciphertext),
    Opened { value: T, ciphertext: Ciphertext },
}

impl<T, L: DefaultLevel> Sealed<T, L> {
    /// A clear value, to be sealed by the log.
    pub fn plain(value: T) -> Self {
        Self::with(Content::Plain { value, level: L::LEVEL })
    }

    fn with(content: Content<T>) -> Self {
        Self { content, default_level: PhantomData }
    }

    /// The same value at another level; no effect on what is sealed already.
    #[must_use]
    pub fn at(mut self, to: SealLevel) -> Self {
        if let Content::Plain { level, .. } = &mut self.content {
            *level = to;
        }
        self
    }

    /// The value, where it is clear or was opened.
    #[must_use]
    pub fn get(&self) -> Option<&T> {
        match &self.content {
            Content::Plain { value, .. } | Content::Opened { value, .. } => Some(value),
            Content::Closed(_) => None,
        }
    }

    /// Who may open it.
    #[must_use]
    pub fn level(&self) -> SealLevel {
        match &self.content {
            Content::Plain { level, .. } => *level,
            Content::Closed(ciphertext) | Content::Opened { ciphertext, .. } => ciphertext.level,
        }
    }
}

/// Never shows the value: log lines and panics are read by people whom the policy never saw.
impl<T, L> std::fmt::Debug for Sealed<T, L> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealed(..)")
    }
}

#[derive(Serialize, Deserialize)]
struct Clear<T> {
    clear: T,
    level: SealLevel,
}

#[derive(Deserialize)]
struct Open<T> {
    #[serde(flatten)]
    ciphertext: Ciphertext,
    open: Option<T>,
}

impl<T: Serialize, L> Serialize for Sealed<T, L> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.content {
            Content::Plain { value, level } => Clear { clear: value, level: *level }.serialize(serializer),
            // An opened value is closed again wherever it is stored.
            Content::Closed(ciphertext) | Content::Opened { ciphertext, .. } => {
                ciphertext.serialize(serializer)
            }
        }
    }
}

impl<'de, T: DeserializeOwned, L: DefaultLevel> Deserialize<'de> for Sealed<T, L> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        let value = serde_json::Value::deserialize(deserializer)?;
        let read = |value| serde_json::from_value(value).map_err(D::Error::custom);
        let fields = value.as_object();
        if fields.is_some_and(|fields| fields.contains_key("sealed") && fields.contains_key("of")) {
            let Open { ciphertext, open } = serde_json::from_value(value).map_err(D::Error::custom)?;
            return Ok(Self::with(match open {
                Some(value) => Content::Opened { value, ciphertext },
                None => Content::Closed(ciphertext),
            }));
        }
        if fields.is_some_and(|fields| {
            fields.len() == 2 && fields.contains_key("clear") && fields.contains_key("level")
        }) {
            let Clear { clear, level } = serde_json::from_value(value).map_err(D::Error::custom)?;
            return Ok(Self::with(Content::Plain { value: clear, level }));
        }
        Ok(Self::plain(read(value)?))
    }
}

/// Two faces: what a caller sends (the clear value) and what an event holds (the ciphertext).
impl<T: JsonSchema, L: DefaultLevel> JsonSchema for Sealed<T, L> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Sealed{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        if generator.contract().is_deserialize() {
            return T::json_schema(generator);
        }
        json_schema!({
            "type": "object",
            "x-nabij-sealed": true,
            "x-nabij-level": L::LEVEL,
            "properties": {
                "sealed": {"type": "string", "pattern": "^[A-Za-z0-9_-]+$"},
                "key": {"type": "string", "pattern": "^[a-z]+\\.[0-9a-f-]{36}$"},
                "of": {"type": "string", "pattern": "^[0-9a-f-]{36}#/[a-z0-9_/]+(~[a-z]+)?$"},
                "level": {"enum": ["profile", "duty", "team", "psychosocial", "medical", "restricted"]},
            },
            "required": ["sealed", "key", "of", "level"],
            "additionalProperties": false,
        })
    }
}
