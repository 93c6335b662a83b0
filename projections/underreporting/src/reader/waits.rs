//! How long occurrences waited, counted in the database by whole hours.

use jiff::Timestamp;
use jiff::civil::Date;

use super::judged::{Rulings, Sent, judged};
use super::{ReadError, Reader};
use crate::estimators::delays::Wait;
use crate::facts::names::Named;
use crate::occurrences::Status;

const DAY_HOURS: f64 = 24.0;

/// From what to what an occurrence waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Span {
    /// Where both moments are known.
    OccurrenceToSignal,
    /// What had to be registered; what is not still waits.
    SignalToRegistration,
    /// Where both moments are known.
    OccurrenceToRegistration,
    /// What somebody other than the register noticed; what is not answered still waits.
    SignalToAnswer,
}

/// The waits of one span.
#[derive(Debug, Clone, Default)]
pub(crate) struct Waited {
    /// In days, rounded up to the hour, so that what took longer than a mark never counts as within it.
    pub(crate) waits: Vec<Wait>,
    /// Registered on a day that nobody knows: in no wait.
    pub(crate) undated: u64,
}

/// Entries of one month of occurrences that came in one month.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entered {
    pub(crate) happened: Date,
    pub(crate) registered: Date,
    pub(crate) count: u64,
}

impl Span {
    /// Start, end, what waits, and whether the end is a registration.
    fn sql(self) -> (&'static str, &'static str, &'static str, bool) {
        match self {
            Self::OccurrenceToSignal => {
                ("occurred_at", "noticed_at", "occurred_at IS NOT NULL AND noticed_at IS NOT NULL", false)
            }
            Self::SignalToRegistration => (
                "noticed_at",
                "registered_at",
                "noticed_at IS NOT NULL AND status <> $18 AND hours >= 0",
                true,
            ),
            Self::OccurrenceToRegistration => (
                "occurred_at",
                "registered_at",
                "occurred_at IS NOT NULL AND registered_at IS NOT NULL",
                true,
            ),
            Self::SignalToAnswer => (
                "noticed_at",
                "answered_at",
                "noticed_at IS NOT NULL AND status <> $18 AND listened IS NOT NULL",
                false,
            ),
        }
    }
}

impl Reader {
    /// The waits of the report's occurrences. What came before its start waited for no time.
    pub(crate) async fn waits(&self, rulings: &Rulings, span: Span) -> Result<Waited, ReadError> {
        let (from, to, waits, registration) = span.sql();
        let left_out = if registration { "registered_at IS NOT NULL AND NOT dated" } else { "false" };
        let query = format!(
            "SELECT {left_out}, coalesce({to} <= $19, false),
                 greatest(0, ceil(date_part('epoch', CASE WHEN {to} <= $19 THEN {to} ELSE $19 END - {from}) / 3600)), count(*)
             FROM {} judged WHERE inside AND $18::int2 IS NOT NULL AND {waits} GROUP BY 1, 2, 3 ORDER BY 3, 2",
            judged()
        );
        let (sent, dismissed) = (Sent::of(rulings), Status::Dismissed.code());
        let parameters = [sent.parameters().as_slice(), &[&dismissed, &rulings.now]].concat();
        let mut waited = Waited::default();
        for row in &self.rows(&query, &parameters).await? {
            let count = row.try_get::<_, i64>(3)?.unsigned_abs();
            if row.try_get(0)? {
                waited.undated += count;
                continue;
            }
            let hours: f64 = row.try_get(2)?;
            waited.waits.push(Wait { time: hours / DAY_HOURS, ended: row.try_get(1)?, count });
        }
        Ok(waited)
    }

    /// Entries of the register by the month of the occurrence and of the entry, where both days are known and past.
    pub(crate) async fn entered(&self, rulings: &Rulings, zone: &str) -> Result<Vec<Entered>, ReadError> {
        let query = format!(
            "SELECT date_trunc('month', occurred_at AT TIME ZONE $18)::date, date_trunc('month', registered_at AT TIME ZONE $18)::date,
                 count(*)
             FROM {} judged
             WHERE inside AND dated AND occurred_at IS NOT NULL AND registered_at <= $19 GROUP BY 1, 2 ORDER BY 1, 2",
            judged()
        );
        let sent = Sent::of(rulings);
        let now: Timestamp = rulings.now;
        let parameters = [sent.parameters().as_slice(), &[&zone, &now]].concat();
        let rows = self.rows(&query, &parameters).await?;
        rows.iter()
            .map(|row| {
                Ok(Entered {
                    happened: row.try_get(0)?,
                    registered: row.try_get(1)?,
                    count: row.try_get::<_, i64>(2)?.unsigned_abs(),
                })
            })
            .collect()
    }
}
