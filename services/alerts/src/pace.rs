//! How fast people are told: quiet hours, storms, reminders. A TOML file beside the roster, every number with its reason.

use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use crate::roster::{Hours, NoHours};

/// Hours that end in others' beginning are followed so often.
const FOLLOWED: usize = 14;

/// How fast people are told.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pace {
    /// When nobody hears what can wait.
    pub quiet_hours: QuietHours,
    /// When there is too much to read it one by one.
    pub storm: Storm,
    /// What the last rung hears when nobody answers.
    pub reminders: Reminders,
}

/// When nobody hears what can wait. Whatever is acute never waits.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuietHours {
    hours: Vec<QuietSpan>,
    /// Why.
    pub reason: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
struct QuietSpan(Hours);

impl TryFrom<String> for QuietSpan {
    type Error = NoHours;

    fn try_from(text: String) -> Result<Self, NoHours> {
        text.parse().map(Self)
    }
}

/// More than `notices` for one contact within `within`: the rest waits for a digest. Whatever is acute never waits.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Storm {
    /// So many pass.
    pub notices: usize,
    /// Counted in a window of this length.
    pub within: SignedDuration,
    /// Why.
    pub reason: String,
}

/// What the last rung hears when nobody answers: again after its time, then after twice that, and so on.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reminders {
    /// So many; after the last it stays open and is shown as unanswered.
    pub at_most: u32,
    /// The longest time between two.
    pub longest: SignedDuration,
    /// Why.
    pub reason: String,
}

/// The file is wrong.
#[derive(Debug, thiserror::Error)]
pub enum PaceError {
    /// It cannot be read.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// TOML's own message has line and column.
    #[error("{}: {source}", path.display())]
    Malformed {
        /// Which.
        path: PathBuf,
        /// Where and why.
        source: Box<toml::de::Error>,
    },
    /// A number that makes no sense.
    #[error("{}: {problem}", path.display())]
    Senseless {
        /// Which.
        path: PathBuf,
        /// What, and what was expected.
        problem: &'static str,
    },
}

impl Default for Pace {
    /// No quiet hours; the shipped limits of storms and reminders.
    fn default() -> Self {
        Self {
            quiet_hours: QuietHours::default(),
            storm: Storm { notices: 6, within: SignedDuration::from_mins(15), reason: String::new() },
            reminders: Reminders {
                at_most: 10,
                longest: SignedDuration::from_hours(24),
                reason: String::new(),
            },
        }
    }
}

impl Pace {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// What is wrong in it.
    pub fn read(path: &Path) -> Result<Self, PaceError> {
        let owned = || path.to_owned();
        let text = std::fs::read_to_string(path)
            .map_err(|source| PaceError::Unreadable { path: owned(), source })?;
        let pace: Self = toml::from_str(&text)
            .map_err(|source| PaceError::Malformed { path: owned(), source: Box::new(source) })?;
        match pace.problem() {
            None => Ok(pace),
            Some(problem) => Err(PaceError::Senseless { path: owned(), problem }),
        }
    }

    fn problem(&self) -> Option<&'static str> {
        if self.storm.notices == 0 || !self.storm.within.is_positive() {
            return Some("`[storm]` lets at least one notice pass, within more than no time");
        }
        if self.reminders.at_most == 0 || !self.reminders.longest.is_positive() {
            return Some("`[reminders]` are at least one, after more than no time");
        }
        if self.after_quiet(Timestamp::UNIX_EPOCH, &TimeZone::UTC).is_none() {
            return Some("`[quiet_hours]` never end: leave some hours of the week free");
        }
        None
    }

    /// When somebody may hear what can wait: at once outside the quiet hours, else at their end. `None` when they never end.
    fn after_quiet(&self, at: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let mut at = at;
        for _ in 0..FOLLOWED {
            let local = at.to_zoned(zone.clone()).datetime();
            let end = self.quiet_hours.hours.iter().filter_map(|QuietSpan(hours)| hours.end(local)).max();
            match end {
                None => return Some(at),
                // An hour that the clock leaps over ends with the leap.
                Some(end) => at = end.to_zoned(zone.clone()).ok()?.timestamp(),
            }
        }
        None
    }

    /// From when on what can wait is heard, if that is not at once.
    #[must_use]
    pub fn heard_from(&self, at: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        self.after_quiet(at, zone).filter(|from| *from > at)
    }

    /// How long the last rung, which has `within` to answer, has after reminder `number`, from 1.
    #[must_use]
    pub fn after_reminder(&self, number: u32, within: SignedDuration) -> SignedDuration {
        let doubled = 2_i32.checked_pow(number.min(20)).and_then(|times| within.checked_mul(times));
        doubled.unwrap_or(self.reminders.longest).min(self.reminders.longest).max(within)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shipped() -> Pace {
        Pace::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/pace.toml")).unwrap()
    }

    fn heard_from(local: &str) -> Option<String> {
        let zone = TimeZone::get("Europe/Brussels").unwrap();
        let local: jiff::civil::DateTime = local.parse().unwrap();
        let at = local.to_zoned(zone.clone()).unwrap().timestamp();
        shipped().heard_from(at, &zone).map(|from| from.to_string())
    }

    #[test]
    fn what_can_wait_is_heard_at_the_end_of_the_night() {
        assert_eq!(heard_from("2026-03-02T12:00"), None);
        assert_eq!(heard_from("2026-03-02T21:00").as_deref(), Some("2026-03-03T06:30:00Z"));
        assert_eq!(heard_from("2026-03-03T07:29").as_deref(), Some("2026-03-03T06:30:00Z"));
        assert_eq!(heard_from("2026-03-03T07:30"), None);
    }

    #[test]
    fn the_night_ends_by_the_clock_on_the_wall_when_it_is_put_forward_or_back() {
        // The night to 29 March 2026 is an hour shorter, that to 25 October an hour longer.
        assert_eq!(heard_from("2026-03-28T22:00").as_deref(), Some("2026-03-29T05:30:00Z"));
        assert_eq!(heard_from("2026-10-24T22:00").as_deref(), Some("2026-10-25T06:30:00Z"));
    }

    #[test]
    fn reminders_come_less_often_and_never_further_apart_than_the_longest() {
        let pace = Pace::default();
        let after = |number| pace.after_reminder(number, SignedDuration::from_mins(60));
        assert_eq!(after(1), SignedDuration::from_hours(2));
        assert_eq!(after(4), SignedDuration::from_hours(16));
        assert_eq!(after(5), SignedDuration::from_hours(24));
        assert_eq!(after(4_000_000), SignedDuration::from_hours(24));
        assert_eq!(pace.after_reminder(1, SignedDuration::from_hours(72)), SignedDuration::from_hours(72));
    }

    #[test]
    fn a_file_without_sense_says_so() {
        let text =
            std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/pace.toml"))
                .unwrap();
        for (from, to, said) in [
            ("\"mon-sun 21:00-07:30\"", "\"mon-sun 00:00-24:00\"", "never end"),
            ("\"mon-sun 21:00-07:30\"", "\"nights\"", "are no hours"),
            ("notices = 6", "notices = 0", "at least one notice"),
            ("at_most = 10", "at_most = 0", "at least one"),
        ] {
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(file.path(), text.replace(from, to)).unwrap();
            let error = Pace::read(file.path()).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
    }
}
