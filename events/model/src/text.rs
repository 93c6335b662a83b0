//! Strings that may stand in the clear in an event: each of a fixed pattern that no story or name fits.
//!
//! Whatever a person wrote freely is [`Sealed`](crate::Sealed) instead; a schema test refuses any other string.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize};

/// A string is not of the pattern that its field demands.
#[derive(Debug, thiserror::Error)]
#[error("{text:?} is not {what}: expected {pattern}")]
pub struct PatternMismatch {
    text: String,
    what: &'static str,
    pattern: &'static str,
}

macro_rules! patterned {
    ($($(#[$doc:meta])* $name:ident = $what:literal, $pattern:literal, like $example:literal, max $max:literal, $check:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Checks `text` against the pattern.
            ///
            /// # Errors
            /// [`PatternMismatch`] when it does not fit.
            pub fn new(text: impl Into<String>) -> Result<Self, PatternMismatch> {
                let text = text.into();
                let fits: fn(&str) -> bool = $check;
                if text.is_empty() || text.chars().count() > $max || !fits(&text) {
                    return Err(PatternMismatch { text, what: $what, pattern: $pattern });
                }
                Ok(Self(text))
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = PatternMismatch;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::new(text)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::new(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "type": "string",
                    "pattern": $pattern,
                    "maxLength": $max,
                    "examples": [$example],
                })
            }
        }
    )*};
}

patterned! {
    /// A word of a closed vocabulary that settings may extend: `self-harm`, `fedasil`, `food_and_meals`.
    Code = "a code", "^[a-z0-9]+([_-][a-z0-9]+)*$", like "self-harm", max 80, |text| {
        text.split(['-', '_']).all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()))
    };
    /// A number of the official register or of its source: `1-2RX49V`, `VW08-1`, `2024/118`.
    RegisterNumber = "a register number", "^[A-Za-z0-9]+([./-][A-Za-z0-9]+)*$", like "1-2RX49V", max 40, |text| {
        text.split(['.', '/', '-']).all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric()))
    };
    /// The public name of a centre.
    PlaceName = "a place name", "^[\\p{L}0-9][\\p{L}0-9 .,'()/&-]*$", like "Opvangcentrum Kapellen", max 80, |text| {
        text.starts_with(char::is_alphanumeric) && text.chars().all(|c| c.is_alphanumeric() || " .,'()/&-".contains(c))
    };
    /// A member of staff or a machine, as the identity provider's subject names them: never a person's name.
    StaffId = "a staff id", "^[A-Za-z0-9][A-Za-z0-9._@:-]*$", like "psy-kapellen-1", max 80, |text| {
        text.starts_with(|c: char| c.is_ascii_alphanumeric())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._@:-".contains(&b))
    };
    /// A BCP 47 language tag: `nl`, `fr`, `ps-AF`.
    Language = "a language tag", "^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", like "nl", max 20, |text| {
        let mut parts = text.split('-');
        parts.next().is_some_and(|p| (2..=3).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_lowercase()))
            && parts.all(|p| (2..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric()))
    };
}

impl Code {
    /// The code that a published label comes down to: lower case, every run of other characters a hyphen.
    ///
    /// # Errors
    /// [`PatternMismatch`] when the label holds no letter or digit, or is too long.
    pub fn from_label(label: &str) -> Result<Self, PatternMismatch> {
        let words: Vec<String> = label
            .split(|c: char| !c.is_ascii_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_ascii_lowercase)
            .collect();
        Self::new(words.join("-"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_a_pattern_is_taken_and_what_does_not_is_not() {
        fn check<T: FromStr>(fit: &[&str], unfit: &[&str]) {
            for text in fit {
                assert!(text.parse::<T>().is_ok(), "{text:?} fits");
            }
            for text in unfit {
                assert!(text.parse::<T>().is_err(), "{text:?} does not fit");
            }
        }
        check::<Code>(
            &["self-harm", "food_and_meals", "a1"],
            &["", "-a", "a-", "a--b", "Self", "two words", "é"],
        );
        check::<RegisterNumber>(&["1-2RX49V", "VW08-1", "2024/118"], &["", "1-", "1 2", "1--2", "né"]);
        check::<PlaceName>(&["Sint-Truiden (OC)", "L'Étape", "3 Sapins"], &["", " Lint", "Lint!", "Lint\n"]);
        check::<StaffId>(&["psy-kapellen-1", "a@b.example", "0af:3"], &["", "-a", "Jan Janssens"]);
        check::<Language>(&["nl", "ps-AF", "prs"], &["", "n", "NL", "nl-", "dutch"]);
    }

    #[test]
    fn a_pattern_has_an_end() {
        assert!(Code::new("a".repeat(80)).is_ok());
        assert!(Code::new("a".repeat(81)).is_err());
    }

    #[test]
    fn a_published_label_comes_down_to_a_code() {
        let code = |label| Code::from_label(label).map(|code| code.to_string()).ok();
        assert_eq!(
            code("Abusive / Aggressive behaviour - by client").unwrap(),
            "abusive-aggressive-behaviour-by-client"
        );
        assert_eq!(code("--"), None);
    }
}
