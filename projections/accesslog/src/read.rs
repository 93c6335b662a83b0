//! Reading the access log, newest first.

use std::time::Duration;

use deadpool_postgres::Pool;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use tokio::time::{Instant, sleep};
use tokio_postgres::Row;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::error::AccessLogError;
use crate::question::{Cursor, Question};
use crate::{load, schema};

/// One access.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Access {
    /// When.
    pub at: Timestamp,
    /// Who, as the identity provider names them; absent for a command of the command line.
    pub subject: Option<String>,
    /// In which role.
    pub role: Option<String>,
    /// Of which operator.
    pub operator: Option<String>,
    /// Who ran a command of the command line.
    pub system_user: Option<String>,
    /// `GET /v1/cases/{id}`, `nabij export`.
    pub call: String,
    /// What the policy calls it.
    pub action: Option<String>,
    /// What was asked for by its id: `case`, `signal` ...
    pub kind: Option<String>,
    /// Its id.
    pub record: Option<Uuid>,
    /// The centre that it was about.
    pub centre: Option<Uuid>,
    /// `allowed`, `refused`, `not_found`.
    pub outcome: String,
    /// The code of the refusal.
    pub problem: Option<String>,
    /// The policies that decided.
    pub because: Vec<String>,
    /// What had been granted to the caller: `share`, `trusted`, `break_glass`, `guardian`.
    pub under: Vec<String>,
    /// The shares and broken glasses behind it.
    pub granted: Vec<Uuid>,
    /// As of when was asked.
    pub as_of: Option<String>,
    /// What a command was told, in fixed words.
    pub scope: Vec<String>,
    /// From which address.
    pub address: Option<String>,
    /// From which machine, for a command.
    pub host: Option<String>,
    /// The id of the request.
    pub request: Option<String>,
    /// How many lines were shown.
    pub rows: u64,
    /// Of how many cases.
    pub cases: u64,
    /// `<process>.<boot>`: the chain that it stands in.
    pub chain: String,
    /// Version of the program.
    pub build: String,
    /// Its message in the audit stream.
    pub sequence: u64,
    #[serde(skip)]
    item: u32,
}

/// A page of accesses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The newest first.
    pub accesses: Vec<Access>,
    /// Where the next page begins; absent on the last.
    pub next: Option<Cursor>,
    /// Messages of the audit stream that could not be read and are missing here.
    pub incomplete: u64,
}

/// Reads the access log. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Reader {
    pool: Pool,
    schema: String,
}

impl Reader {
    /// Reads the live tables of this version.
    #[must_use]
    pub fn new(pool: Pool) -> Self {
        Self { pool, schema: schema() }
    }

    /// Waits until the access log shows message `sequence` of the audit stream.
    ///
    /// # Errors
    /// [`AccessLogError::Behind`] after `limit`.
    pub async fn wait_for(&self, sequence: u64, limit: Duration) -> Result<(), AccessLogError> {
        let until = Instant::now() + limit;
        loop {
            let client = self.pool.get().await?;
            let reached = match load::place(&**client, &self.schema).await {
                Ok((reached, _)) => reached,
                Err(AccessLogError::Database(error)) if is_unbuilt(&error) => 0,
                Err(error) => return Err(error),
            };
            if reached >= sequence {
                return Ok(());
            }
            if Instant::now() > until {
                return Err(AccessLogError::Behind { reached, wanted: sequence });
            }
            drop(client);
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// The accesses that a question asks for.
    ///
    /// # Errors
    /// When PostgreSQL is away, or nobody wrote the tables yet.
    pub async fn ask(&self, question: &Question) -> Result<Page, AccessLogError> {
        let client = self.pool.get().await?;
        let subject = question.subject.as_ref().map(|subject| subject.as_str());
        let operator = question.operator.as_ref().map(|operator| operator.as_str());
        let centre = question.centre.map(|centre| centre.0);
        let (sequence, item) =
            question.cursor.map_or((i64::MAX, i32::MAX), |at| (at.sequence as i64, at.item as i32));
        let limit = i64::from(question.limit);
        // A statement of its own each time: the planner then sees which of the values are there.
        let sql = SQL.replace("$schema", &format!("\"{}\"", self.schema));
        let sql = sql.replace("$tables", if question.case.is_some() { OF_CASE } else { OF_ALL });
        let sql = sql.replace("$schema", &format!("\"{}\"", self.schema));
        let parameters: [&(dyn ToSql + Sync); 12] = [
            &sequence,
            &item,
            &question.case,
            &question.record,
            &subject,
            &operator,
            &centre,
            &question.outcome,
            &question.from,
            &question.to,
            &limit,
            &question.openly,
        ];
        let rows = client.query(&sql, &parameters).await?;
        let accesses: Vec<Access> = rows.iter().map(access).collect();
        let next = accesses
            .last()
            .filter(|_| accesses.len() == question.limit as usize)
            .map(|last| Cursor { sequence: last.sequence, item: last.item });
        let unreadable = format!("SELECT count(*) FROM \"{}\".unreadable", self.schema);
        let incomplete = client.query_one(&unreadable, &[]).await?.get::<_, i64>(0) as u64;
        Ok(Page { accesses, next, incomplete })
    }
}

const OF_ALL: &str = "$schema.access a WHERE $3::uuid IS NULL";
const OF_CASE: &str = "$schema.access_case c JOIN $schema.access a USING (recorded_seq, item)
    WHERE c.case_id = $3 AND (c.recorded_seq, c.item) < ($1, $2)";
const SQL: &str =
    "SELECT at, subject, role, operator, system_user, call, action, kind, record, centre, outcome, problem,
       because, under, granted, as_of, scope, address, host, request, rows, cases, process, boot, build,
       a.recorded_seq, a.item
    FROM $tables
    AND (a.recorded_seq, a.item) < ($1, $2)
    AND ($4::uuid IS NULL OR record = $4)
    AND ($5::text IS NULL OR subject = $5)
    AND ($6::text IS NULL OR operator = $6)
    AND ($7::uuid IS NULL OR centre = $7)
    AND ($8::text IS NULL OR outcome = $8)
    AND ($9::timestamptz IS NULL OR at >= $9)
    AND ($10::timestamptz IS NULL OR at < $10)
    AND NOT (confidential AND $12)
    ORDER BY a.recorded_seq DESC, a.item DESC LIMIT $11";

fn access(row: &Row) -> Access {
    Access {
        at: row.get(0),
        subject: row.get(1),
        role: row.get(2),
        operator: row.get(3),
        system_user: row.get(4),
        call: row.get(5),
        action: row.get(6),
        kind: row.get(7),
        record: row.get(8),
        centre: row.get(9),
        outcome: row.get(10),
        problem: row.get(11),
        because: row.get(12),
        under: row.get(13),
        granted: row.get(14),
        as_of: row.get(15),
        scope: row.get(16),
        address: row.get(17),
        host: row.get(18),
        request: row.get(19),
        rows: row.get::<_, i64>(20) as u64,
        cases: row.get::<_, i32>(21) as u64,
        chain: format!("{}.{}", row.get::<_, &str>(22), row.get::<_, &str>(23)),
        build: row.get(24),
        sequence: row.get::<_, i64>(25) as u64,
        item: row.get::<_, i32>(26) as u32,
    }
}

/// Whether PostgreSQL answered that the tables are not there: nobody wrote them yet.
fn is_unbuilt(error: &tokio_postgres::Error) -> bool {
    error
        .code()
        .is_some_and(|code| *code == SqlState::UNDEFINED_TABLE || *code == SqlState::INVALID_SCHEMA_NAME)
}
