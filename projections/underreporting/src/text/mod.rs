//! Ready sentences in Dutch, French and English: never generated, so that somebody has read every one of them.
//!
//! # To add a sentence
//!
//! A [`Texts`] with `{slots}` beside the figure that says it, filled by [`Texts::fill`]: numbers and days are then written as the
//! language writes them. The same slots stand in all three languages; no sentence makes few records sound like safety (the tests of
//! `said` hold both).

mod language;
mod missing;
pub(crate) mod said;
mod sentence;

use schemars::JsonSchema;
use serde::Serialize;

pub use language::Language;
pub use sentence::{Sentence, Slot};

/// One sentence in the three languages of the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Texts {
    /// Dutch.
    pub nl: &'static str,
    /// French.
    pub fr: &'static str,
    /// English.
    pub en: &'static str,
}

/// Stands beside every figure: a low count is never safety.
pub const CAUTION: Texts = Texts {
    nl: "Weinig meldingen betekent niet dat er weinig gebeurt: wat niemand opmerkt of opschrijft, staat niet in deze cijfers.",
    fr: "Peu de signalements ne veut pas dire que peu de choses se passent : ce que personne ne remarque ou n'écrit n'est pas dans ces chiffres.",
    en: "Few records do not mean that little happens: what nobody notices or writes down is not in these figures.",
};

impl Texts {
    /// The sentence in one language.
    #[must_use]
    pub const fn of(&self, language: Language) -> &'static str {
        match language {
            Language::Nl => self.nl,
            Language::Fr => self.fr,
            Language::En => self.en,
        }
    }
}
