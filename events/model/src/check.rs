//! What several aggregates refuse alike.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::{TimeZone, offset};

use crate::refusal::Refusal;
use crate::sealed::{DefaultLevel, Sealed};

/// Refuses a moment after `now`: nothing can be recorded before it happened.
///
/// # Errors
/// `impossible-date`, pointing at `pointer`.
pub(crate) fn past(at: Timestamp, now: Timestamp, pointer: &'static str) -> Result<(), Refusal> {
    if at > now {
        return Err(Refusal::invalid(
            "impossible-date",
            format!("{at} lies after the moment it is recorded ({now}): something cannot have happened yet"),
            pointer,
        ));
    }
    Ok(())
}

/// Refuses a day that has begun nowhere on earth at `now`.
///
/// # Errors
/// `impossible-date`, pointing at `pointer`.
pub(crate) fn past_day(day: Date, now: Timestamp, pointer: &'static str) -> Result<(), Refusal> {
    let latest = now.to_zoned(TimeZone::fixed(offset(14))).date();
    if day > latest {
        return Err(Refusal::invalid(
            "impossible-date",
            format!("{day} lies after the day it is recorded: something cannot have happened yet"),
            pointer,
        ));
    }
    Ok(())
}

/// Refuses a day that is over everywhere on earth at `since`: what is due or reviewed follows what it is about.
///
/// # Errors
/// `impossible-date`, pointing at `pointer`.
pub(crate) fn day_from(day: Date, since: Timestamp, pointer: &'static str) -> Result<(), Refusal> {
    let earliest = since.to_zoned(TimeZone::fixed(offset(-12))).date();
    if day < earliest {
        return Err(Refusal::invalid(
            "impossible-date",
            format!("{day} lies before what it follows ({since}): give that day or a later one"),
            pointer,
        ));
    }
    Ok(())
}

/// Refuses a list that names something twice.
///
/// # Errors
/// `named-twice`, pointing at `pointer`.
pub(crate) fn once<T: PartialEq>(
    items: impl IntoIterator<Item = T>,
    pointer: &'static str,
) -> Result<(), Refusal> {
    let mut seen = Vec::new();
    for item in items {
        if seen.contains(&item) {
            return Err(Refusal::invalid(
                "named-twice",
                "the list names something twice: name it once",
                pointer,
            ));
        }
        seen.push(item);
    }
    Ok(())
}

/// Refuses words that are blank, or that the caller did not write here.
///
/// # Errors
/// `words-needed`, pointing at `pointer`.
pub(crate) fn words<L: DefaultLevel>(
    words: &Sealed<String, L>,
    pointer: &'static str,
) -> Result<(), Refusal> {
    if words.get().is_none_or(|words| words.trim().is_empty()) {
        return Err(Refusal::invalid("words-needed", "say it in a few words: it is blank", pointer));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: &str = "2026-03-01T12:00:00Z";

    #[test]
    fn a_day_is_past_once_it_began_anywhere() {
        let now: Timestamp = NOON.parse().unwrap();
        assert!(past_day("2026-03-02".parse().unwrap(), now, "").is_ok(), "it began in Kiribati");
        assert_eq!(past_day("2026-03-03".parse().unwrap(), now, "").unwrap_err().code, "impossible-date");
    }

    #[test]
    fn a_day_follows_until_it_is_over_everywhere() {
        let since: Timestamp = "2026-03-01T11:00:00Z".parse().unwrap();
        assert!(day_from("2026-02-28".parse().unwrap(), since, "").is_ok(), "it is not over in the far west");
        assert_eq!(day_from("2026-02-27".parse().unwrap(), since, "").unwrap_err().code, "impossible-date");
    }

    #[test]
    fn a_list_names_each_once() {
        assert!(once(["a", "b"], "").is_ok());
        assert_eq!(once(["a", "b", "a"], "").unwrap_err().code, "named-twice");
    }

    #[test]
    fn blank_words_are_none() {
        assert!(words(&Sealed::<_>::plain("yes".to_owned()), "").is_ok());
        assert_eq!(words(&Sealed::<_>::plain(" \n".to_owned()), "").unwrap_err().code, "words-needed");
    }
}
