//! Register numbers that begin again each year, written so that each site and year is a series of its own.

use std::collections::{BTreeMap, BTreeSet};

/// Writes each number as `series` and running number, so that [`gaps`](super::numbers::gaps) finds the series.
///
/// `17/2008` of an entry of 2008 becomes `2008/17`, `VW2008017` becomes `VW2008/017`; and where the same running number of a prefix
/// stands in two years, the year is put before the number: `A-17` of 2009 becomes `A-2009/17`. What has no year, or none that its
/// number repeats, stays as it is.
#[must_use]
pub fn by_year(numbers: &[(&str, Option<i16>)]) -> Vec<String> {
    let written: Vec<(String, String, Option<i16>)> = numbers
        .iter()
        .map(|(number, year)| {
            let (prefix, running) = split(number, *year);
            (prefix, running, *year)
        })
        .collect();
    let mut years: BTreeMap<(&str, &str), BTreeSet<i16>> = BTreeMap::new();
    for (prefix, running, year) in &written {
        if let Some(year) = year {
            years.entry((prefix, running.trim_start_matches('0'))).or_default().insert(*year);
        }
    }
    let again: BTreeSet<&str> =
        years.iter().filter(|(_, years)| years.len() > 1).map(|((prefix, _), _)| *prefix).collect();
    written
        .iter()
        .map(|(prefix, running, year)| match year {
            Some(year) if !running.is_empty() && again.contains(prefix.as_str()) => {
                format!("{prefix}{year}/{running}")
            }
            _ => format!("{prefix}{running}"),
        })
        .collect()
}

/// What stands before the running number, and the running number.
fn split(number: &str, year: Option<i16>) -> (String, String) {
    let at = number.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let (before, last) = number.split_at(at);
    let Some(year) = year.map(|year| year.to_string()).filter(|year| year.len() == 4) else {
        return (before.to_owned(), last.to_owned());
    };
    // The year at the end: `17/2008`, `17-08`.
    if let Some(rest) = before.strip_suffix(['/', '-', '.'])
        && (last == year || last == &year[2..])
    {
        let digits = rest.trim_end_matches(|c: char| c.is_ascii_digit()).len();
        if digits < rest.len() && !rest[..digits].ends_with(|c: char| c.is_ascii_alphanumeric()) {
            return (format!("{}{year}/", &rest[..digits]), rest[digits..].to_owned());
        }
    }
    // The year run together with the number: `VW2008017`.
    if let Some(running) = last.strip_prefix(&year)
        && !running.is_empty()
    {
        return (format!("{before}{year}/"), running.to_owned());
    }
    (before.to_owned(), last.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_year_is_found_behind_before_and_beside_the_number() {
        let given =
            [("17/2008", Some(2008)), ("18-09", Some(2009)), ("VW2008017", Some(2008)), ("X-5", None)];
        assert_eq!(by_year(&given), ["2008/17", "2009/18", "VW2008/017", "X-5"]);
    }

    #[test]
    fn numbers_that_begin_again_are_told_apart_and_others_run_on() {
        let again = [("A-1", Some(2024)), ("A-2", Some(2024)), ("A-1", Some(2025))];
        assert_eq!(by_year(&again), ["A-2024/1", "A-2024/2", "A-2025/1"]);
        let on = [("A-1", Some(2024)), ("A-2", Some(2025))];
        assert_eq!(by_year(&on), ["A-1", "A-2"]);
        // The site code holds the year: no more is needed.
        assert_eq!(by_year(&[("VW08-1", Some(2008)), ("VW09-1", Some(2009))]), ["VW08-1", "VW09-1"]);
    }

    #[test]
    fn letters_and_nothing_stay_as_they_are() {
        assert_eq!(
            by_year(&[("1-2RX49V", Some(2008)), ("", Some(2008)), ("É7", None)]),
            ["1-2RX49V", "", "É7"]
        );
    }
}
