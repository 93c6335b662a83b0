//! How old somebody certainly is; used by the rules and by projections.
//!
//! Where only the year is known the person counts as if born on its last day, and a year older only after the year in
//! which they could reach an age: nobody loses a child's protection by a missing day.

use jiff::civil::{Date, Time};
use jiff::tz::{Offset, offset};
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use super::events::{AgeSettled, Opened};
use crate::sealed::Profile;

/// Belgian summer time, the latest local clock of the network: no date is refused that it is already there.
const LOCAL: Offset = offset(2);

/// The day that it is in the network at `now`.
#[must_use]
pub fn today(now: Timestamp) -> Date {
    LOCAL.to_datetime(now).date()
}

/// The moment at which `day` is over in the network.
#[must_use]
pub fn end_of(day: Date) -> Timestamp {
    let next = day.saturating_add(1.day());
    LOCAL.to_timestamp(next.to_datetime(Time::midnight())).unwrap_or(Timestamp::MAX)
}

/// When somebody was born, as precisely as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BirthDate {
    /// The day.
    Date(Date),
    /// Only the year.
    Year(i16),
}

impl BirthDate {
    /// The full years that the person has certainly lived on day `on`; negative before birth.
    #[must_use]
    pub fn age_on(self, on: Date) -> i16 {
        match self {
            Self::Date(born) => {
                let had_birthday = (on.month(), on.day()) >= (born.month(), born.day());
                on.year() - born.year() - i16::from(!had_birthday)
            }
            Self::Year(born) => on.year() - born - 1,
        }
    }

    /// Whether day `on` certainly lies before the birth.
    #[must_use]
    pub fn lies_after(self, on: Date) -> bool {
        match self {
            Self::Date(born) => on < born,
            Self::Year(born) => on.year() < born,
        }
    }

    /// Whether the person counts as a minor on day `on`; `majority_years` comes from the policies.
    #[must_use]
    pub fn minor_on(self, on: Date, majority_years: u32) -> bool {
        i64::from(self.age_on(on)) < i64::from(majority_years)
    }
}

/// A birth date or year as an event or a state holds it: sealed, one of the two.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SealedBirth {
    /// The day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birth_date: Option<Profile<Date>>,
    /// Only the year.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birth_year: Option<Profile<i16>>,
}

impl SealedBirth {
    /// The value, where it is known and was opened.
    #[must_use]
    pub fn get(&self) -> Option<BirthDate> {
        read(self.birth_date.as_ref(), self.birth_year.as_ref())
    }
}

impl Opened {
    /// When the resident was born, where that was opened.
    #[must_use]
    pub fn birth(&self) -> Option<BirthDate> {
        read(self.birth_date.as_ref(), self.birth_year.as_ref())
    }
}

impl AgeSettled {
    /// When the resident was born as settled; `None` when the registered birth date stands or this one is closed.
    #[must_use]
    pub fn birth(&self) -> Option<BirthDate> {
        read(self.birth_date.as_ref(), self.birth_year.as_ref())
    }
}

fn read(date: Option<&Profile<Date>>, year: Option<&Profile<i16>>) -> Option<BirthDate> {
    let date = date.and_then(|date| date.get()).map(|date| BirthDate::Date(*date));
    date.or_else(|| year.and_then(|year| year.get()).map(|year| BirthDate::Year(*year)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_birthday_makes_a_year_older() {
        let born = BirthDate::Date(date(2008, 3, 2));
        assert_eq!(born.age_on(date(2026, 3, 1)), 17);
        assert_eq!(born.age_on(date(2026, 3, 2)), 18);
        assert!(born.minor_on(date(2026, 3, 1), 18));
        assert!(!born.minor_on(date(2026, 3, 2), 18));
    }

    #[test]
    fn who_was_born_on_a_leap_day_is_older_from_the_first_of_march() {
        let born = BirthDate::Date(date(2008, 2, 29));
        assert!(born.minor_on(date(2026, 2, 28), 18));
        assert!(!born.minor_on(date(2026, 3, 1), 18));
    }

    #[test]
    fn with_only_a_year_somebody_is_a_minor_to_the_end_of_the_year_in_which_they_could_come_of_age() {
        let born = BirthDate::Year(2008);
        assert!(born.minor_on(date(2026, 12, 31), 18));
        assert!(!born.minor_on(date(2027, 1, 1), 18));
    }

    #[test]
    fn the_day_begins_at_midnight_in_belgium_not_in_greenwich() {
        assert_eq!(today("2026-07-01T22:30:00Z".parse().unwrap()), date(2026, 7, 2));
        assert_eq!(today("2026-07-01T21:30:00Z".parse().unwrap()), date(2026, 7, 1));
        assert_eq!(end_of(date(2026, 7, 1)), "2026-07-01T22:00:00Z".parse().unwrap());
    }
}
