//! A version of an occurrence as a row, and back.

use nabij_engine::{ApplyError, Rows, Table};
use nabij_model::signal::Severity;
use tokio_postgres::types::Type;

use super::Version;
use crate::facts::capture::CAPTURE;
use crate::facts::names::Named;
use crate::lists::History;
use crate::reader::{ReadError, inconsistent};

/// Columns that both tables have, in order.
macro_rules! columns {
    ($($more:expr),*) => {
        &[
            ("valid_from", Type::INT8),
            ("seen", Type::INT2),
            ("occurrence", Type::UUID),
            ("history", Type::INT2),
            ("captured_by", Type::INT2),
            ("listened", Type::UUID),
            ("happened", Type::UUID),
            ("labels", Type::INT8),
            ("severity", Type::INT2),
            ("level", Type::INT2),
            ("certainty", Type::INT2),
            ("accompaniment", Type::INT2),
            ("minors", Type::BOOL),
            ("confidential", Type::BOOL),
            ("occurred_at", Type::TIMESTAMPTZ),
            ("noticed_at", Type::TIMESTAMPTZ),
            ("registered_at", Type::TIMESTAMPTZ),
            ("dated", Type::BOOL),
            ("answered_at", Type::TIMESTAMPTZ),
            ("status", Type::INT2),
            ("reasons", Type::TEXT),
            ("judged_twice", Type::TEXT),
            $($more),*
        ]
    };
}

pub(crate) static OCCURRENCE: Table = Table { name: "fact_occurrence", columns: columns!() };

pub(crate) static PAST: Table =
    Table { name: "fact_occurrence_past", columns: columns!(("valid_to", Type::INT8)) };

pub(crate) static SETTLED: Table = Table { name: "fact_settled", columns: &[("sequence", Type::INT8)] };

pub(crate) static LABELS: Table = Table {
    name: "fact_labels",
    columns: &[("labels", Type::INT8), ("categories", Type::TEXT), ("register_types", Type::TEXT)],
};

/// Filled in the database alone, out of other tables there.
pub(crate) static CORRECTED: Table = Table { name: "fact_corrected", columns: CAPTURE.columns };

/// The tables that settlements fill; `apply` knows nothing of them.
pub(crate) static TABLES: &[&Table] = &[&OCCURRENCE, &PAST, &LABELS, &SETTLED, &CORRECTED];

pub(super) fn put(version: &Version, labels: i64, rows: &mut Rows) -> Result<(), ApplyError> {
    let it = &version.occurrence;
    let table = if version.valid_to.is_some() { &PAST } else { &OCCURRENCE };
    let reasons: Vec<&str> = it.reasons.iter().map(|reason| reason.name()).collect();
    let row = rows
        .row(table)
        .put(version.valid_from.unwrap_or_default().cast_signed())
        .put(version.seen.code())
        .put(it.id)
        .put(i16::from(it.history.bits()))
        .put(i16::from(it.captured_by.bits()))
        .put(it.listened)
        .put(it.happened)
        .put(labels)
        .put(it.severity.code())
        .put(it.level.map(Named::code))
        .put(it.certainty.map(Named::code))
        .put(it.accompaniment.map(Named::code))
        .put(it.minors)
        .put(it.confidential)
        .put(it.occurred_at)
        .put(it.noticed_at)
        .put(it.registered_at)
        .put(it.dated)
        .put(it.answered_at)
        .put(it.status.code())
        .put(reasons.join(" "))
        .put(judged(&it.judged_twice));
    match version.valid_to {
        Some(end) => row.put(end.cast_signed()).end(),
        None => row.end(),
    }
}

/// The words of a column, a blank between them.
pub(crate) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(' ').filter(|word| !word.is_empty())
}

/// A type of the register with its group.
pub(crate) fn typed(word: &str) -> (String, Option<String>) {
    match word.split_once('/') {
        Some((kind, group)) => (kind.to_owned(), Some(group.to_owned())),
        None => (word.to_owned(), None),
    }
}

pub(crate) fn history(bits: i16) -> Result<History, ReadError> {
    u8::try_from(bits)
        .ok()
        .and_then(History::of_bits)
        .ok_or_else(|| inconsistent(OCCURRENCE.name, "history", &bits.to_string()))
}

pub(crate) fn coded<T: Named + Copy>(column: &'static str, code: i16) -> Result<T, ReadError> {
    T::coded(code).ok_or_else(|| inconsistent(OCCURRENCE.name, column, &code.to_string()))
}

pub(crate) fn pair(word: &str) -> Result<(Severity, Severity), ReadError> {
    let both =
        word.split_once('/').and_then(|(first, second)| Severity::named(first).zip(Severity::named(second)));
    both.ok_or_else(|| inconsistent(OCCURRENCE.name, "judged_twice", word))
}

fn judged(pairs: &[(Severity, Severity)]) -> String {
    let words: Vec<String> =
        pairs.iter().map(|(first, second)| format!("{}/{}", first.name(), second.name())).collect();
    words.join(" ")
}
