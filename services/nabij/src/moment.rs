//! A moment in the network's knowledge, as people give it: a time or a sequence.

use std::fmt;
use std::str::FromStr;

use deadpool_postgres::Pool;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use nabij_caseload::Reader;
use nabij_engine::Until;

/// A time or a sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    Sequence(u64),
    Time(Timestamp),
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sequence(sequence) => sequence.fmt(f),
            Self::Time(time) => time.fmt(f),
        }
    }
}

impl FromStr for Moment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(sequence) = text.parse() {
            return Ok(Self::Sequence(sequence));
        }
        if let Ok(time) = text.parse() {
            return Ok(Self::Time(time));
        }
        let midnight = |day: Date| day.tomorrow().ok()?.to_zoned(TimeZone::UTC).ok();
        // A day is known when it is over.
        let day = text
            .parse()
            .ok()
            .and_then(midnight)
            .and_then(|end| end.timestamp().checked_sub(jiff::SignedDuration::from_nanos(1)).ok());
        day.map(Self::Time).ok_or_else(|| {
            "expected a sequence (118), a time (2026-03-01T12:00:00Z) or a day (2026-03-01, its end in UTC)".to_owned()
        })
    }
}

impl From<Moment> for Until {
    fn from(moment: Moment) -> Self {
        match moment {
            Moment::Sequence(sequence) => Self::Sequence(sequence),
            Moment::Time(time) => Self::Time(time),
        }
    }
}

impl Moment {
    /// The last event that the network knew then.
    pub(crate) async fn sequence(self, pool: &Pool) -> anyhow::Result<u64> {
        match self {
            Self::Sequence(sequence) => Ok(sequence),
            Self::Time(time) => Ok(Reader::new(pool.clone()).sequence_at(time).await?),
        }
    }

    /// The last event that the views show.
    pub(crate) async fn latest(pool: &Pool) -> anyhow::Result<u64> {
        Ok(Reader::new(pool.clone()).sequence().await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_a_sequence_a_time_or_the_end_of_a_day() {
        assert_eq!("118".parse(), Ok(Moment::Sequence(118)));
        let time = |text: &str| Moment::Time(text.parse().unwrap());
        assert_eq!("2026-03-01T12:00:00+01:00".parse(), Ok(time("2026-03-01T11:00:00Z")));
        assert_eq!("2026-03-01".parse(), Ok(time("2026-03-01T23:59:59.999999999Z")));
        assert!("yesterday".parse::<Moment>().is_err());
    }
}
