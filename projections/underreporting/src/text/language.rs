//! How Dutch, French and English write numbers, shares and days.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;

/// A language of the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// Dutch.
    Nl,
    /// French.
    Fr,
    /// English.
    En,
}

const NL: [&str; 12] = [
    "januari",
    "februari",
    "maart",
    "april",
    "mei",
    "juni",
    "juli",
    "augustus",
    "september",
    "oktober",
    "november",
    "december",
];
const FR: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];
const EN: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// French puts it between thousands and before a percent sign, so that no line breaks there.
const NARROW: char = '\u{202f}';

impl Language {
    /// All of them, in the order in which they are written.
    pub const ALL: [Self; 3] = [Self::Nl, Self::Fr, Self::En];

    /// Its code (BCP 47), `nl`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Nl => "nl",
            Self::Fr => "fr",
            Self::En => "en",
        }
    }

    /// A number with so many decimals: `1.234,5`, `1 234,5`, `1,234.5`.
    #[must_use]
    pub fn number(self, value: f64, decimals: usize) -> String {
        let (thousands, point) = match self {
            Self::Nl => ('.', ','),
            Self::Fr => (NARROW, ','),
            Self::En => (',', '.'),
        };
        let plain = format!("{:.decimals$}", value.abs());
        let (whole, rest) = plain.split_once('.').unwrap_or((&plain, ""));
        let zero = plain.bytes().all(|byte| matches!(byte, b'0' | b'.'));
        let mut written = if value < 0.0 && !zero { "-".to_owned() } else { String::new() };
        for (index, digit) in whole.chars().enumerate() {
            if index > 0 && (whole.len() - index).is_multiple_of(3) {
                written.push(thousands);
            }
            written.push(digit);
        }
        if !rest.is_empty() {
            written.push(point);
            written.push_str(rest);
        }
        written
    }

    /// A share as a whole percentage; what is not nothing is not written as `0 %`, nor what is not all as `100 %`.
    #[must_use]
    pub fn percent(self, share: f64) -> String {
        let percent = 100.0 * share;
        let decimals = usize::from((percent > 0.0 && percent < 1.0) || (percent > 99.0 && percent < 100.0));
        let number = self.number(percent, decimals);
        if self == Self::En { format!("{number}%") } else { format!("{number}{NARROW}%") }
    }

    /// A day: `3 maart 2026`, `3 mars 2026`, `3 March 2026`.
    #[must_use]
    pub fn day(self, day: Date) -> String {
        let names = match self {
            Self::Nl => NL,
            Self::Fr => FR,
            Self::En => EN,
        };
        let month = usize::try_from(day.month() - 1).ok().and_then(|month| names.get(month)).unwrap_or(&"");
        let first = if self == Self::Fr && day.day() == 1 { "er" } else { "" };
        format!("{}{first} {month} {}", day.day(), day.year())
    }

    /// A month: `maart 2026`.
    #[must_use]
    pub fn month(self, day: Date) -> String {
        self.day(day).split_once(' ').map_or_else(String::new, |(_, month)| month.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_shares_and_days_are_those_of_the_language() {
        let written = |language: Language| {
            let day = jiff::civil::date(2026, 3, 1);
            [
                language.number(1_234_567.89, 1),
                language.percent(0.526),
                language.day(day),
                language.month(day),
            ]
        };
        assert_eq!(written(Language::Nl), ["1.234.567,9", "53\u{202f}%", "1 maart 2026", "maart 2026"]);
        assert_eq!(
            written(Language::Fr),
            ["1\u{202f}234\u{202f}567,9", "53\u{202f}%", "1er mars 2026", "mars 2026"]
        );
        assert_eq!(written(Language::En), ["1,234,567.9", "53%", "1 March 2026", "March 2026"]);
    }

    #[test]
    fn almost_nothing_is_not_nothing_and_almost_all_not_all() {
        assert_eq!(
            [0.0, 0.004, 0.996, 1.0].map(|share| Language::En.percent(share)),
            ["0%", "0.4%", "99.6%", "100%"]
        );
        assert_eq!(
            (Language::En.number(-0.01, 1).as_str(), Language::En.number(-12.5, 1).as_str()),
            ("0.0", "-12.5")
        );
    }
}
