//! Which periods and moments others than analysts may ask figures of.
//!
//! They see counts in bands of five (`nabij_underreporting::report::suppression`). The bands of all stretches of days together, or of all
//! moments, would still tell each day: so they ask about whole months, quarters and years, as of now or the end of a month, in one zone.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::moment::AsOf;
use crate::problem::Problem;

/// Refuses what only analysts may ask.
///
/// # Errors
/// 400 `not-a-whole-period` that says what may be asked instead.
pub(super) fn whole(
    (from, to): (Date, Date),
    as_of: Option<AsOf>,
    zone: Option<&str>,
    usual: &TimeZone,
) -> Result<(), Problem> {
    let refused = |detail: String| Err(Problem::bad_request("not-a-whole-period", detail));
    if !is_whole(from, to) {
        return refused(format!(
            "from {from} to {to} is no calendar month, quarter or year, which is what others than analysts may ask about: counts of any stretch \
             of days could be subtracted from each other; ask `month={}` for example",
            from.strftime("%Y-%m")
        ));
    }
    if zone.is_some() {
        return refused("others than analysts ask in the zone of the network: leave out `zone`".to_owned());
    }
    match as_of {
        None => Ok(()),
        Some(AsOf::Time(time)) if begins_month(time, usual) => Ok(()),
        Some(_) => refused(
            "others than analysts ask as of now, or as of the end of a month: leave out `as_of`, or give the first moment of a month"
                .to_owned(),
        ),
    }
}

/// One calendar month, quarter or year.
fn is_whole(from: Date, to: Date) -> bool {
    let ends = |months: i8| from.checked_add(i32::from(months).months()).is_ok_and(|end| end == to);
    let quarter = (from.month() - 1) % 3 == 0;
    from.day() == 1 && (ends(1) || (quarter && ends(3)) || (from.month() == 1 && ends(12)))
}

fn begins_month(time: Timestamp, zone: &TimeZone) -> bool {
    let at = time.to_zoned(zone.clone());
    at.day() == 1 && at.start_of_day().is_ok_and(|start| start.timestamp() == time)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(from: &str, to: &str, as_of: Option<AsOf>, zone: Option<&str>) -> Result<(), String> {
        let usual = TimeZone::get("Europe/Brussels").unwrap();
        let asked = whole((from.parse().unwrap(), to.parse().unwrap()), as_of, zone, &usual);
        asked.map_err(|problem| problem.code().to_owned())
    }

    #[test]
    fn only_months_quarters_and_years_are_whole() {
        for (from, to) in [
            ("2026-02-01", "2026-03-01"),
            ("2026-12-01", "2027-01-01"),
            ("2026-04-01", "2026-07-01"),
            ("2026-01-01", "2027-01-01"),
        ] {
            assert_eq!(asked(from, to, None, None), Ok(()), "{from} {to}");
        }
        for (from, to) in [
            ("2026-02-01", "2026-03-02"),
            ("2026-02-02", "2026-03-01"),
            ("2026-01-01", "2026-03-01"),
            ("2026-02-01", "2026-05-01"),
            ("2026-04-01", "2027-04-01"),
            ("2026-01-01", "2028-01-01"),
        ] {
            assert_eq!(asked(from, to, None, None), Err("not-a-whole-period".to_owned()), "{from} {to}");
        }
    }

    #[test]
    fn only_now_and_the_ends_of_months_are_moments() {
        let month = |as_of| asked("2026-02-01", "2026-03-01", as_of, None);
        let time = |text: &str| Some(AsOf::Time(text.parse().unwrap()));
        assert_eq!(month(time("2026-03-01T00:00:00+01:00")), Ok(()));
        for as_of in
            [time("2026-03-01T00:00:00Z"), time("2026-03-02T00:00:00+01:00"), Some(AsOf::Sequence(7))]
        {
            assert_eq!(month(as_of), Err("not-a-whole-period".to_owned()));
        }
        assert_eq!(
            asked("2026-02-01", "2026-03-01", None, Some("Asia/Tokyo")),
            Err("not-a-whole-period".to_owned())
        );
    }
}
