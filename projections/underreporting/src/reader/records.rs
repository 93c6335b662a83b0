//! Records put together with others of their kind: when each happened, how many there are in each month, and their numbers.

use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;

use super::described::{COLUMNS, Described, Detail, described, grouped};
use super::{ReadError, Reader, inconsistent, stored};

/// First moment, and the one after the last.
pub(crate) type Period = (Timestamp, Timestamp);

/// The records of one kind.
#[derive(Debug, Clone)]
pub(crate) struct Records {
    pub(crate) of: Described,
    /// When each happened, in no order.
    pub(crate) at: Vec<Timestamp>,
}

/// Entries of the register of one kind and month.
#[derive(Debug, Clone)]
pub(crate) struct Entries {
    pub(crate) of: Described,
    pub(crate) month: Date,
    pub(crate) count: u64,
}

/// The numbers of entries of one kind.
#[derive(Debug, Clone)]
pub(crate) struct Numbered {
    pub(crate) of: Described,
    /// Which register.
    pub(crate) source: String,
    /// Each with when it happened.
    pub(crate) numbers: Vec<(String, Timestamp)>,
}

impl Reader {
    /// When the records of the period happened, in the whole network.
    pub(crate) async fn records(
        &self,
        (from, to): Period,
        detail: Detail,
        as_of: u64,
    ) -> Result<Vec<Records>, ReadError> {
        let select = format!("{}, array_agg(c.moment)", detail.columns("occurred_centre"));
        let query = grouped(&select, COLUMNS, "WHERE c.moment >= $2 AND c.moment < $3");
        let rows = self.rows(&query, &[&stored(as_of), &from, &to]).await?;
        rows.iter().map(|row| Ok(Records { of: described(row)?, at: row.try_get(COLUMNS)? })).collect()
    }

    /// The register's entries in the period and in `centres`, or all, by what they say of themselves and by month; each month comes with its
    /// first moment.
    pub(crate) async fn entries(
        &self,
        centres: Option<&[Uuid]>,
        (from, to): Period,
        months: &[(Date, Timestamp)],
        as_of: u64,
    ) -> Result<Vec<Entries>, ReadError> {
        let description = Detail::All.columns("occurred_centre");
        let query = grouped(
            &format!("{description}, width_bucket(c.moment, $5::timestamptz[]), count(*)"),
            COLUMNS + 1,
            "WHERE c.moment >= $2 AND c.moment < $3 AND c.list = 'official_register'
             AND ($4::uuid[] IS NULL OR c.occurred_centre = ANY ($4))",
        );
        let starts: Vec<Timestamp> = months.iter().map(|(_, start)| *start).collect();
        let rows = self.rows(&query, &[&stored(as_of), &from, &to, &centres, &starts]).await?;
        rows.iter()
            .map(|row| {
                let place: i32 = row.try_get(COLUMNS)?;
                let place = usize::try_from(place).ok().and_then(|place| place.checked_sub(1));
                let month = place.and_then(|place| months.get(place));
                let (month, _) =
                    month.ok_or_else(|| inconsistent("fact_capture", "moment", "before its month"))?;
                let count: i64 = row.try_get(COLUMNS + 1)?;
                Ok(Entries { of: described(row)?, month: *month, count: count.unsigned_abs() })
            })
            .collect()
    }

    /// The numbers of all entries that have one, whenever they happened: a series runs on.
    pub(crate) async fn numbers(&self, detail: Detail, as_of: u64) -> Result<Vec<Numbered>, ReadError> {
        let select = format!(
            "{}, c.register_source, array_agg(c.register_number), array_agg(c.moment)",
            detail.columns("occurred_centre")
        );
        let query = grouped(&select, COLUMNS + 1, "WHERE c.register_number IS NOT NULL");
        let rows = self.rows(&query, &[&stored(as_of)]).await?;
        rows.iter()
            .map(|row| {
                let (numbers, at): (Vec<String>, Vec<Timestamp>) =
                    (row.try_get(COLUMNS + 1)?, row.try_get(COLUMNS + 2)?);
                Ok(Numbered {
                    of: described(row)?,
                    source: row.try_get(COLUMNS)?,
                    numbers: numbers.into_iter().zip(at).collect(),
                })
            })
            .collect()
    }
}
