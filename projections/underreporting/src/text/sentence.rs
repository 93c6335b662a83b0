//! A ready text with its slots filled.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;

use super::{Language, Texts};
use crate::estimators::real;

/// One sentence in three languages, with its numbers in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Sentence {
    /// Dutch.
    pub nl: String,
    /// French.
    pub fr: String,
    /// English.
    pub en: String,
}

/// What a slot is filled with; each language writes it in its own way.
#[derive(Debug, Clone)]
pub enum Slot {
    /// How many.
    Count(u64),
    /// A whole number that was estimated.
    Whole(f64),
    /// A number with one decimal.
    Real(f64),
    /// A number with two decimals.
    Fine(f64),
    /// A share, 0 to 1.
    Share(f64),
    /// A day.
    Day(Date),
    /// The month of a day.
    Month(Date),
    /// Words of the language.
    Words(Texts),
    /// Words that were filled before.
    Said(Sentence),
    /// A name or code, the same in every language.
    Name(String),
}

impl Slot {
    fn write(&self, language: Language) -> String {
        match self {
            Self::Count(count) => language.number(real(*count), 0),
            Self::Whole(value) => language.number(*value, 0),
            Self::Real(value) => language.number(*value, 1),
            Self::Fine(value) => language.number(*value, 2),
            Self::Share(share) => language.percent(*share),
            Self::Day(day) => language.day(*day),
            Self::Month(day) => language.month(*day),
            Self::Words(words) => words.of(language).to_owned(),
            Self::Said(said) => said.of(language).to_owned(),
            Self::Name(name) => name.clone(),
        }
    }
}

impl Texts {
    /// Puts each slot where its name stands in braces.
    #[must_use]
    pub fn fill(&self, slots: &[(&str, Slot)]) -> Sentence {
        let of = |language: Language| {
            slots.iter().fold(self.of(language).to_owned(), |text, (name, slot)| {
                text.replace(&format!("{{{name}}}"), &slot.write(language))
            })
        };
        Sentence { nl: of(Language::Nl), fr: of(Language::Fr), en: of(Language::En) }
    }
}

impl Sentence {
    /// In one language.
    #[must_use]
    pub fn of(&self, language: Language) -> &str {
        match language {
            Language::Nl => &self.nl,
            Language::Fr => &self.fr,
            Language::En => &self.en,
        }
    }
}

impl From<Texts> for Sentence {
    fn from(texts: Texts) -> Self {
        texts.fill(&[])
    }
}
