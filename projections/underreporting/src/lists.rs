//! The five sources of an occurrence, and who captured what.

use schemars::JsonSchema;
use serde::Serialize;

use crate::text::Texts;

/// A source that writes down what it notices; each is a list in the sense of capture-recapture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum List {
    /// A member of staff noticed it.
    Frontline,
    /// A team spoke about it before anybody wrote it down.
    TeamDiscussion,
    /// It stands in the official register.
    OfficialRegister,
    /// The resident or the child said it.
    OwnVoice,
    /// A medical note.
    MedicalNote,
}

impl List {
    /// All lists, in the order of the digits of a capture history.
    pub const ALL: [Self; 5] =
        [Self::Frontline, Self::TeamDiscussion, Self::OfficialRegister, Self::OwnVoice, Self::MedicalNote];

    /// The name used in tables and answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Frontline => "frontline",
            Self::TeamDiscussion => "team_discussion",
            Self::OfficialRegister => "official_register",
            Self::OwnVoice => "own_voice",
            Self::MedicalNote => "medical_note",
        }
    }

    /// What people call it.
    #[must_use]
    pub const fn words(self) -> Texts {
        match self {
            Self::Frontline => Texts {
                nl: "meldingen van de werkvloer",
                fr: "signalements du terrain",
                en: "frontline signals",
            },
            Self::TeamDiscussion => {
                Texts { nl: "teamoverleg", fr: "concertation d'équipe", en: "team discussions" }
            }
            Self::OfficialRegister => {
                Texts { nl: "officieel register", fr: "registre officiel", en: "official register" }
            }
            Self::OwnVoice => Texts {
                nl: "de bewoner of het kind zelf",
                fr: "le résident ou l'enfant lui-même",
                en: "the resident's or child's own voice",
            },
            Self::MedicalNote => Texts { nl: "medische nota's", fr: "notes médicales", en: "medical notes" },
        }
    }

    /// The list of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|list| list.name() == name)
    }
}

/// On which lists an occurrence is by itself: one bit a list, prompted captures left out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct History(u8);

impl History {
    /// Adds a list.
    #[must_use]
    pub fn with(self, list: List) -> Self {
        Self(self.0 | 1 << list as u8)
    }

    /// Whether it is on this list.
    #[must_use]
    pub fn holds(self, list: List) -> bool {
        self.0 & (1 << list as u8) != 0
    }

    /// On how many lists it is.
    #[must_use]
    pub fn lists(self) -> u32 {
        self.0.count_ones()
    }

    /// One bit a list, as a column holds it.
    #[must_use]
    pub fn bits(self) -> u8 {
        self.0
    }

    /// The history of these bits; `None` when one is of no list.
    #[must_use]
    pub fn of_bits(bits: u8) -> Option<Self> {
        (u32::from(bits) < 1 << List::ALL.len()).then_some(Self(bits))
    }

    /// One digit a list, in the order of [`List::ALL`]: `10100` is frontline and official register.
    #[must_use]
    pub fn digits(self) -> String {
        List::ALL.iter().map(|list| if self.holds(*list) { '1' } else { '0' }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_history_writes_one_digit_a_list() {
        let history = History::default().with(List::Frontline).with(List::OfficialRegister);
        assert_eq!((history.digits().as_str(), history.lists()), ("10100", 2));
        assert!(history.holds(List::OfficialRegister) && !history.holds(List::OwnVoice));
        assert_eq!((History::of_bits(history.bits()), History::of_bits(32)), (Some(history), None));
        for list in List::ALL {
            assert_eq!(List::named(list.name()), Some(list));
        }
    }
}
