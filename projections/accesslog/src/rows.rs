//! The rows of a message of the audit stream.

use nabij_engine::{ApplyError, Rows, Table};
use nabij_log::{AuditGroup, AuditRecord, Raw};
use tokio_postgres::types::Type;
use uuid::Uuid;

/// One row a record.
static ACCESS: Table = Table {
    name: "access",
    columns: &[
        ("recorded_seq", Type::INT8),
        ("item", Type::INT4),
        ("at", Type::TIMESTAMPTZ),
        ("subject", Type::TEXT),
        ("role", Type::TEXT),
        ("operator", Type::TEXT),
        ("system_user", Type::TEXT),
        ("call", Type::TEXT),
        ("action", Type::TEXT),
        ("kind", Type::TEXT),
        ("record", Type::UUID),
        ("centre", Type::UUID),
        ("outcome", Type::TEXT),
        ("problem", Type::TEXT),
        ("because", Type::TEXT_ARRAY),
        ("under", Type::TEXT_ARRAY),
        ("granted", Type::UUID_ARRAY),
        ("as_of", Type::TEXT),
        ("asked", Type::TEXT),
        ("scope", Type::TEXT_ARRAY),
        ("address", Type::TEXT),
        ("host", Type::TEXT),
        ("request", Type::TEXT),
        ("confidential", Type::BOOL),
        ("rows", Type::INT8),
        ("cases", Type::INT4),
        ("process", Type::TEXT),
        ("boot", Type::TEXT),
        ("build", Type::TEXT),
    ],
};

/// One row a case that a record showed.
static CASES: Table = Table {
    name: "access_case",
    columns: &[("case_id", Type::UUID), ("recorded_seq", Type::INT8), ("item", Type::INT4)],
};

static TABLES: &[&Table] = &[&ACCESS, &CASES];

/// What messages add.
pub(crate) struct Added {
    pub(crate) rows: Rows,
    pub(crate) unreadable: Vec<(i64, String)>,
}

impl Added {
    pub(crate) fn new() -> Self {
        Self { rows: Rows::new(TABLES), unreadable: Vec::new() }
    }

    /// Takes a message in; one that cannot be read is kept as such.
    ///
    /// # Errors
    /// When a value does not fit its column: a mistake of this file.
    pub(crate) fn take(&mut self, raw: &Raw) -> Result<(), ApplyError> {
        let sequence = raw.sequence as i64;
        match AuditGroup::decode(raw) {
            Ok(group) => {
                for (item, record) in (0..).zip(group.records()) {
                    self.record(sequence, item, record, &group)?;
                }
            }
            Err(error) => {
                tracing::error!(sequence, %error, "message {sequence} of the audit stream cannot be read");
                self.unreadable.push((sequence, error.to_string()));
            }
        }
        Ok(())
    }

    fn record(
        &mut self,
        sequence: i64,
        item: i32,
        record: &AuditRecord,
        group: &AuditGroup,
    ) -> Result<(), ApplyError> {
        let who = record.who.as_ref();
        let about = record.record.as_ref();
        self.rows
            .row(&ACCESS)
            .put(sequence)
            .put(item)
            .put(record.at)
            .put(who.map(|who| who.subject.as_str()))
            .put(who.map(|who| who.role.as_str()))
            .put(who.and_then(|who| who.operator.as_ref()).map(|operator| operator.as_str()))
            .put(&record.system_user)
            .put(&record.call)
            .put(&record.action)
            .put(about.map(|about| &about.kind))
            .put(about.map(|about| about.id))
            .put(record.centre.map(|centre| centre.0))
            .put(record.outcome.as_str())
            .put(&record.problem)
            .put(&record.because)
            .put(record.under.iter().map(|under| under.why.as_str()).collect::<Vec<_>>())
            .put(record.under.iter().filter_map(|under| under.id).collect::<Vec<Uuid>>())
            .put(&record.as_of)
            .put(&record.asked)
            .put(&record.scope)
            .put(record.address.map(|address| address.to_string()))
            .put(&record.host)
            .put(&record.request)
            .put(record.confidential)
            .put(record.rows as i64)
            .put(record.cases.len() as i32)
            .put(&group.process)
            .put(&group.boot)
            .put(&group.build)
            .end()?;
        let mut cases: Vec<Uuid> = record.cases.iter().map(|case| case.0).collect();
        let own = about.filter(|about| about.kind == "case").map(|about| about.id);
        cases.extend(own.filter(|own| !cases.contains(own)));
        for case in cases {
            self.rows.row(&CASES).put(case).put(sequence).put(item).end()?;
        }
        Ok(())
    }
}
