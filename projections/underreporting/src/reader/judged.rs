//! Occurrences with what the rules say of them, looked up in the database.
//!
//! What rules ask about are few combinations of small numbers, so they are judged outside, once each, and come in as arrays. A
//! million occurrences then cost one look-up each.

use jiff::Timestamp;
use jiff::civil::Date;
use nabij_engine::Table;
use nabij_model::case::Accompaniment;
use nabij_model::signal::Certainty;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::{ReadError, Reader, stored};
use crate::facts::names::Named;
use crate::ledger::row::{OCCURRENCE, PAST, typed, words};

/// What occurrences are called: one combination of names.
#[derive(Debug, Clone)]
pub(crate) struct Labels {
    pub(crate) id: i64,
    pub(crate) categories: Vec<String>,
    pub(crate) register_types: Vec<(String, Option<String>)>,
}

/// Which occurrences count, and what the rules say of every combination that there can be.
#[derive(Debug, Clone)]
pub(crate) struct Rulings {
    pub(crate) as_of: u64,
    /// Confidential captures count.
    pub(crate) confidential: bool,
    /// First moment, and the one after the last.
    pub(crate) period: (Timestamp, Timestamp),
    /// Waits last, and deadlines are judged, as of this moment.
    pub(crate) now: Timestamp,
    pub(crate) minors: Option<bool>,
    pub(crate) certainty: Option<Certainty>,
    pub(crate) accompaniment: Option<Accompaniment>,
    /// Every centre, with the number of its duties and whether the report is about it.
    pub(crate) centres: Vec<(Uuid, i16, bool)>,
    /// What occurrences are called, under each duties, with the number of the kind; what is not asked for is not here.
    pub(crate) kinds: Vec<(i64, i16, i16)>,
    /// How many kinds there are, the unknown one among them.
    pub(crate) kinds_in_all: i32,
    /// Moments at which rules begin or end, in order.
    pub(crate) days: Vec<Timestamp>,
    /// The hours that a rule gives, or -1 where none demands anything: by duties, kind, severity, level (first none), minors (unknown,
    /// no, yes), and how many of `days` are past; the last changes fastest.
    pub(crate) hours: Vec<i32>,
    /// Whether a severity and level are asked for: by duties, severity and level.
    pub(crate) levels: Vec<bool>,
    /// The months from the period's first to the present one, each with its first moment.
    pub(crate) months: Vec<(Date, Timestamp)>,
}

/// What the database works out of a version when it is written.
const DERIVED: &str = "moment, first_at, rule_key, heard_key, state_bits, hours_to_notice, hours_to_register, hours_notice_to_register, \
     hours_notice_to_answer";

/// The versions that held at `$1`, for who counts confidential captures (`$2`) or does not.
///
/// Nothing that ended is looked at when the ledger was last settled before `$1`.
pub(super) fn known() -> String {
    let columns: Vec<&str> = OCCURRENCE.columns.iter().map(|(name, _)| *name).collect();
    let held = |table: &Table, more: &str| {
        format!(
            "SELECT {}, {DERIVED} FROM {{{}}}
             WHERE valid_from <= $1 AND seen <> (CASE WHEN $2 THEN 2 ELSE 1 END) {more}",
            columns.join(", "),
            table.name
        )
    };
    format!(
        "({} UNION ALL {})",
        held(&OCCURRENCE, ""),
        held(&PAST, "AND valid_to > $1 AND $1 < (SELECT sequence FROM {fact_settled})")
    )
}

/// The parameters that the query of [`judged`] takes before those of the caller.
pub(super) const OWN: usize = 17;

/// Occurrences of the period that are asked for, wherever they happened: all columns of the ledger, `inside` (in a centre of the
/// report), `kind` and `hours` (that a rule gives, or -1). `OFFSET 0` keeps what is looked up once
/// from being looked up again wherever it stands.
pub(super) fn judged() -> String {
    format!(
        "(SELECT known.*, asked.inside, asked.kind,
             ($15::int4[])[1 + width_bucket(moment, $14::timestamptz[]) + (cardinality($14::timestamptz[]) + 1) * (
                 rule_key + 75 * (asked.kind + $13::int4 * asked.duties))] AS hours
         FROM {} known
         JOIN (SELECT duties, place.centre, place.inside, named.labels, named.kind
               FROM unnest($5::uuid[], $6::int2[], $7::bool[]) AS place (centre, duties, inside)
               JOIN unnest($8::int8[], $9::int2[], $10::int2[]) AS named (labels, duties, kind) USING (duties)
               OFFSET 0) AS asked (duties, centre, inside, labels, kind)
             ON asked.centre = happened AND asked.labels = known.labels
         WHERE moment >= $3 AND moment < $4 AND ($11::bool IS NULL OR minors = $11)
             AND ($12::int2 IS NULL OR certainty = $12) AND ($16::int2 IS NULL OR accompaniment = $16)
             AND ($17::bool[])[1 + rule_key / 3 + 25 * asked.duties]
         OFFSET 0)",
        known()
    )
}

/// The arrays as the database takes them.
pub(super) struct Sent {
    as_of: i64,
    confidential: bool,
    from: Timestamp,
    to: Timestamp,
    centres: (Vec<Uuid>, Vec<i16>, Vec<bool>),
    kinds: (Vec<i64>, Vec<i16>, Vec<i16>),
    minors: Option<bool>,
    certainty: Option<i16>,
    kinds_in_all: i32,
    days: Vec<Timestamp>,
    hours: Vec<i32>,
    accompaniment: Option<i16>,
    levels: Vec<bool>,
}

impl Sent {
    pub(super) fn of(rulings: &Rulings) -> Self {
        let mut centres = (vec![], vec![], vec![]);
        for (centre, duties, inside) in &rulings.centres {
            centres.0.push(*centre);
            centres.1.push(*duties);
            centres.2.push(*inside);
        }
        let mut kinds = (vec![], vec![], vec![]);
        for (labels, duties, kind) in &rulings.kinds {
            kinds.0.push(*labels);
            kinds.1.push(*duties);
            kinds.2.push(*kind);
        }
        Self {
            as_of: stored(rulings.as_of),
            confidential: rulings.confidential,
            from: rulings.period.0,
            to: rulings.period.1,
            centres,
            kinds,
            minors: rulings.minors,
            certainty: rulings.certainty.map(Named::code),
            kinds_in_all: rulings.kinds_in_all,
            days: rulings.days.clone(),
            hours: rulings.hours.clone(),
            accompaniment: rulings.accompaniment.map(Named::code),
            levels: rulings.levels.clone(),
        }
    }

    pub(super) fn parameters(&self) -> [&(dyn ToSql + Sync); OWN] {
        [
            &self.as_of,
            &self.confidential,
            &self.from,
            &self.to,
            &self.centres.0,
            &self.centres.1,
            &self.centres.2,
            &self.kinds.0,
            &self.kinds.1,
            &self.kinds.2,
            &self.minors,
            &self.certainty,
            &self.kinds_in_all,
            &self.days,
            &self.hours,
            &self.accompaniment,
            &self.levels,
        ]
    }
}

impl Reader {
    /// What occurrences are called, each combination of names once.
    pub(crate) async fn labels(&self) -> Result<Vec<Labels>, ReadError> {
        let rows =
            self.rows("SELECT labels, categories, register_types FROM {fact_labels} ORDER BY labels", &[]);
        let rows = rows.await?;
        rows.iter()
            .map(|row| {
                Ok(Labels {
                    id: row.try_get(0)?,
                    categories: words(row.try_get(1)?).map(str::to_owned).collect(),
                    register_types: words(row.try_get(2)?).map(typed).collect(),
                })
            })
            .collect()
    }
}
