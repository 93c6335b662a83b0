//! Weekly hours in the network's own time: `mon-fri 08:00-18:00`, `sat,sun 10:00-12:00`, `fri 18:00-08:00` past midnight.

use std::str::FromStr;

use jiff::civil::{Date, DateTime, Time, Weekday};

const DAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

/// Some days of the week, from one time of the day to another; past midnight when it ends before it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hours {
    days: Vec<Weekday>,
    from: Time,
    to: Time,
}

/// Not how hours are written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} are no hours: expected days and times, for example `mon-fri 08:00-18:00` or `sat,sun 22:00-06:00`"
)]
pub struct NoHours(String);

impl Hours {
    /// Whether they hold at this moment of the network's own time. The end is not part of them.
    #[must_use]
    pub fn cover(&self, local: DateTime) -> bool {
        self.end(local).is_some()
    }

    /// When they end, if they hold at this moment of the network's own time.
    #[must_use]
    pub fn end(&self, local: DateTime) -> Option<DateTime> {
        let (day, time) = (local.weekday(), local.time());
        let end = |date: Date| Some(date.to_datetime(self.to));
        if self.from < self.to {
            let holds = self.days.contains(&day) && self.from <= time && time < self.to;
            return holds.then(|| local.date().to_datetime(self.to));
        }
        // They belong to the day on which they begin.
        if self.days.contains(&day) && time >= self.from {
            return local.date().tomorrow().ok().and_then(end);
        }
        (self.days.contains(&day.previous()) && time < self.to).then(|| local.date().to_datetime(self.to))
    }
}

impl FromStr for Hours {
    type Err = NoHours;

    fn from_str(text: &str) -> Result<Self, NoHours> {
        let wrong = || NoHours(text.to_owned());
        let (days, times) = text.trim().split_once(' ').ok_or_else(wrong)?;
        let (from, to) = times.trim().split_once('-').ok_or_else(wrong)?;
        let time = |text: &str| text.trim().parse::<Time>().map_err(|_| wrong());
        let days = days.split(',').map(|part| span(part).ok_or_else(wrong));
        let days: Vec<Weekday> = days.collect::<Result<Vec<_>, _>>()?.concat();
        // `24:00` is no time of the day; until the end of it is until the next one begins.
        let to = if to.trim() == "24:00" { Time::midnight() } else { time(to)? };
        let from = time(from)?;
        let whole_day = from == to && from == Time::midnight();
        if from == to && !whole_day {
            return Err(wrong());
        }
        Ok(Self { days, from, to })
    }
}

/// `mon`, or `mon-fri`, or `sat-mon`.
fn span(text: &str) -> Option<Vec<Weekday>> {
    let day = |name: &str| DAYS.iter().find(|(short, _)| *short == name).map(|(_, day)| *day);
    let Some((first, last)) = text.split_once('-') else { return Some(vec![day(text)?]) };
    let (first, last) = (day(first)?, day(last)?);
    let mut days = vec![first];
    while days.last() != Some(&last) {
        days.push(days.last()?.next());
    }
    Some(days)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cover(hours: &str, local: &str) -> bool {
        hours.parse::<Hours>().unwrap().cover(local.parse().unwrap())
    }

    #[test]
    fn hours_of_a_day_hold_from_their_beginning_to_before_their_end() {
        // 2 March 2026 is a Monday.
        assert!(cover("mon-fri 08:00-18:00", "2026-03-02T08:00"));
        assert!(!cover("mon-fri 08:00-18:00", "2026-03-02T18:00"));
        assert!(!cover("mon-fri 08:00-18:00", "2026-03-01T12:00"));
        assert!(cover("sat-mon 00:00-24:00", "2026-03-02T23:59"));
        assert!(!cover("sat-mon 00:00-24:00", "2026-03-03T00:00"));
    }

    #[test]
    fn hours_past_midnight_belong_to_the_day_on_which_they_begin() {
        assert!(cover("fri 18:00-08:00", "2026-03-06T23:00"));
        assert!(cover("fri 18:00-08:00", "2026-03-07T07:59"));
        assert!(!cover("fri 18:00-08:00", "2026-03-06T07:59"));
        assert!(!cover("fri 18:00-08:00", "2026-03-07T18:00"));
    }

    #[test]
    fn what_is_no_hours_is_said_with_what_is() {
        for text in ["", "mon", "mon 8-18", "monday 08:00-18:00", "mon 08:00-08:00", "mon 25:00-26:00"] {
            let error = text.parse::<Hours>().unwrap_err().to_string();
            assert!(error.contains("mon-fri 08:00-18:00"), "{error}");
        }
    }
}
