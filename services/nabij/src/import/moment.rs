//! When something happened, out of what a register wrote down.

use std::collections::BTreeMap;

use anyhow::Context as _;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{AmbiguousOffset, TimeZone};
use nabij_model::Precision;
use nabij_model::text::Code;
use serde::Deserialize;

use super::row::{Named, Reject};

/// `[time]` of a map.
///
/// The times of a register are those of a clock on a wall. When that clock skipped an hour in spring, a time in it is
/// read as the hour after; when it had an hour twice in autumn, as the first of the two. Both are then known to the hour
/// only, and the event says so.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MomentMap {
    /// The column.
    pub(crate) column: String,
    /// `%Y-%m-%dT%H:%M`; a format with `%z` needs no zone.
    format: String,
    /// The time of day, where the format has only a day.
    #[serde(default)]
    at: Option<Time>,
    /// The zone of the clock: `Europe/Brussels`.
    zone: String,
    /// Other clocks: centre's code -> zone.
    #[serde(default)]
    zones: BTreeMap<Code, String>,
}

/// The map with its zones looked up.
#[derive(Debug)]
pub(crate) struct Moments {
    map: MomentMap,
    zone: TimeZone,
    zones: BTreeMap<Code, TimeZone>,
}

impl Moments {
    pub(crate) fn new(map: MomentMap) -> anyhow::Result<Self> {
        let zone =
            |name: &str| TimeZone::get(name).with_context(|| format!("no time zone is called {name:?}"));
        Ok(Self {
            zone: zone(&map.zone)?,
            zones: map
                .zones
                .iter()
                .map(|(centre, name)| Ok((centre.clone(), zone(name)?)))
                .collect::<anyhow::Result<_>>()?,
            map,
        })
    }

    /// The column that must be there.
    pub(crate) fn column(&self) -> &str {
        &self.map.column
    }

    /// The moment of a row, and how exactly it is known by itself; `None` when the cell is empty.
    pub(crate) fn read(
        &self,
        row: Named<'_>,
        centre: Option<&Code>,
    ) -> Result<Option<(Timestamp, Precision)>, Reject> {
        let Some(cell) = row.cell(self.column()) else { return Ok(None) };
        let wrong = || {
            let reason = format!("not a moment like {} (the map's `format`)", self.map.format);
            Reject::new(self.column(), reason)
        };
        let (clock, precision) = match self.map.at {
            Some(at) => {
                let day = Date::strptime(&self.map.format, cell).map_err(|_| wrong())?;
                (day.to_datetime(at), Precision::Day)
            }
            None => {
                if let Ok(moment) = Timestamp::strptime(&self.map.format, cell) {
                    return Ok(Some((moment, Precision::Minute)));
                }
                let clock = DateTime::strptime(&self.map.format, cell).map_err(|_| wrong())?;
                (clock, Precision::Minute)
            }
        };
        let zone = centre.and_then(|centre| self.zones.get(centre)).unwrap_or(&self.zone);
        let read = zone.to_ambiguous_timestamp(clock);
        let precision = match (read.offset(), precision) {
            (AmbiguousOffset::Unambiguous { .. }, _) | (_, Precision::Day) => precision,
            _ => Precision::Hour,
        };
        Ok(Some((read.compatible().map_err(|_| wrong())?, precision)))
    }
}

#[cfg(test)]
mod tests {
    use csv::StringRecord;

    use super::*;
    use crate::import::row::{Header, Row};

    fn read(map: &str, cell: &str, centre: Option<&str>) -> Result<Option<(String, Precision)>, Reject> {
        let moments = Moments::new(toml::from_str(map).unwrap()).unwrap();
        let header = Header::new(StringRecord::from(vec!["when"]));
        let row = Row { line: 2, cells: StringRecord::from(vec![cell]) };
        let centre = centre.map(|code| Code::new(code).unwrap());
        let read = moments.read(Named { header: &header, row: &row }, centre.as_ref())?;
        Ok(read.map(|(moment, precision)| (moment.to_string(), precision)))
    }

    const MINUTES: &str = r#"
        column = "when"
        format = "%Y-%m-%dT%H:%M"
        zone = "Australia/Sydney"
        zones = { perth-idc = "Australia/Perth" }
    "#;

    #[test]
    fn a_clock_on_a_wall_is_read_in_its_zone() {
        let at = |centre| read(MINUTES, "2010-01-01T12:00", centre).unwrap().unwrap();
        assert_eq!(at(None), ("2010-01-01T01:00:00Z".to_owned(), Precision::Minute));
        assert_eq!(at(Some("perth-idc")).0, "2010-01-01T04:00:00Z");
        assert_eq!(read(MINUTES, "", None).unwrap(), None);
        assert_eq!(read(MINUTES, "1/1/2010", None).unwrap_err().column, "when");
    }

    #[test]
    fn an_hour_that_was_skipped_or_came_twice_is_known_to_the_hour() {
        let at = |cell| read(MINUTES, cell, None).unwrap().unwrap();
        assert_eq!(at("2010-10-03T02:30"), ("2010-10-02T16:30:00Z".to_owned(), Precision::Hour));
        assert_eq!(at("2010-04-04T02:30"), ("2010-04-03T15:30:00Z".to_owned(), Precision::Hour));
    }

    #[test]
    fn a_day_gets_the_time_of_day_that_the_map_says() {
        let map = "column = \"when\"\nformat = \"%d/%m/%Y\"\nat = \"12:00\"\nzone = \"Europe/Brussels\"";
        let read = read(map, "17/07/2009", None).unwrap().unwrap();
        assert_eq!(read, ("2009-07-17T10:00:00Z".to_owned(), Precision::Day));
    }
}
