//! The rows of a message of the audit stream.

use nabij_log::{AuditGroup, AuditRecord, Raw};
use tokio_postgres::types::{ToSql, Type};
use uuid::Uuid;

/// Columns of `access`, in the order in which they are copied.
pub(crate) const ACCESS: &[(&str, Type)] = &[
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
    ("rows", Type::INT8),
    ("cases", Type::INT4),
    ("process", Type::TEXT),
    ("boot", Type::TEXT),
    ("build", Type::TEXT),
];

/// Columns of `access_case`.
pub(crate) const CASES: &[(&str, Type)] =
    &[("case_id", Type::UUID), ("recorded_seq", Type::INT8), ("item", Type::INT4)];

pub(crate) type Row = Vec<Box<dyn ToSql + Sync + Send>>;

/// What messages add.
#[derive(Default)]
pub(crate) struct Added {
    pub(crate) access: Vec<Row>,
    pub(crate) cases: Vec<(Uuid, i64, i32)>,
    pub(crate) unreadable: Vec<(i64, String)>,
}

impl Added {
    /// Takes a message in; one that cannot be read is kept as such.
    pub(crate) fn take(&mut self, raw: &Raw) {
        let sequence = raw.sequence as i64;
        match AuditGroup::decode(raw) {
            Ok(group) => {
                for (item, record) in (0..).zip(group.records()) {
                    self.record(sequence, item, record, &group);
                }
            }
            Err(error) => {
                tracing::error!(sequence, %error, "message {sequence} of the audit stream cannot be read");
                self.unreadable.push((sequence, error.to_string()));
            }
        }
    }

    fn record(&mut self, sequence: i64, item: i32, record: &AuditRecord, group: &AuditGroup) {
        let who = record.who.as_ref();
        let own = record.record.as_ref().filter(|own| own.kind == "case").map(|own| own.id);
        let mut cases: Vec<Uuid> = record.cases.iter().map(|case| case.0).collect();
        cases.extend(own.filter(|own| !cases.contains(own)));
        let names = |list: Vec<&str>| list.into_iter().map(str::to_owned).collect::<Vec<String>>();
        self.access.push(vec![
            Box::new(sequence),
            Box::new(item),
            Box::new(record.at),
            Box::new(who.map(|who| who.subject.to_string())),
            Box::new(who.map(|who| who.role.as_str())),
            Box::new(who.and_then(|who| who.operator.as_ref()).map(ToString::to_string)),
            Box::new(record.system_user.clone()),
            Box::new(record.call.clone()),
            Box::new(record.action.clone()),
            Box::new(record.record.as_ref().map(|record| record.kind.clone())),
            Box::new(record.record.as_ref().map(|record| record.id)),
            Box::new(record.centre.map(|centre| centre.0)),
            Box::new(record.outcome.as_str()),
            Box::new(record.problem.clone()),
            Box::new(record.because.clone()),
            Box::new(names(record.under.iter().map(|under| under.why.as_str()).collect())),
            Box::new(record.under.iter().filter_map(|under| under.id).collect::<Vec<Uuid>>()),
            Box::new(record.as_of.clone()),
            Box::new(record.asked.clone()),
            Box::new(record.scope.clone()),
            Box::new(record.address.map(|address| address.to_string())),
            Box::new(record.host.clone()),
            Box::new(record.request.clone()),
            Box::new(record.rows as i64),
            Box::new(record.cases.len() as i32),
            Box::new(group.process.clone()),
            Box::new(group.boot.clone()),
            Box::new(group.build.clone()),
        ]);
        self.cases.extend(cases.into_iter().map(|case| (case, sequence, item)));
    }
}

/// `COPY schema.table (columns) FROM STDIN`, in PostgreSQL's binary form.
pub(crate) fn copy_statement(schema: &str, table: &str, columns: &[(&str, Type)]) -> String {
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    format!("COPY \"{schema}\".{table} ({}) FROM STDIN (FORMAT binary)", names.join(", "))
}
