//! Who looked: at a case, at what one wrote oneself, and, for the auditor, at anything. Asking is written down like any read.

use axum::http::header;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use nabij_accesslog::{Access, AccessLogError, Cursor, Page, Question};
use nabij_log::AuditOutcome;
use nabij_model::signal::Signal;
use nabij_model::text::{Code, StaffId};
use nabij_model::{CaseId, CentreId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::limit;
use super::moment::written;
use crate::access::{Action, Denial, Place};
use crate::audit::Seen;
use crate::input::query;
use crate::problem::Problem;
use crate::route::{Answer, Call, Routes, schema_of};
use crate::state::ApiState;
use crate::write::Placed;

#[rustfmt::skip]
pub(super) fn routes(routes: &mut Routes) {
    let answer = Answer { status: 200, media: &["application/json", "text/csv"], schema: schema_of::<Accesses> };
    let of_one = schema_of::<OneQuery>;
    routes.read("/v1/cases/{id}/access-log", Action::ReadAccessLog, "Who read something of a case, or was refused; the newest first", of_one, answer, of_case);
    routes.read("/v1/signals/{id}/access-log", Action::ReadAccessLog, "Who asked for a signal, or was refused: also for who wrote it; the newest first", of_one, answer, of_signal);
    routes.read("/v1/audit", Action::ReadAudit, "Every access, the newest first", schema_of::<AuditQuery>, answer, of_all);
}

/// `json` or `csv`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Format {
    #[default]
    Json,
    Csv,
}

/// What became of an access.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Ended {
    Allowed,
    Refused,
    NotFound,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct OneQuery {
    /// From this moment on.
    from: Option<Timestamp>,
    /// Before this moment.
    to: Option<Timestamp>,
    /// Only what ended so.
    outcome: Option<Ended>,
    /// Wait until this access shows: the header `nabij-audit-sequence` of a read.
    min_sequence: Option<u64>,
    /// At most so many, 1 to 200.
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// `json` or `csv`.
    #[serde(default)]
    format: Format,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AuditQuery {
    /// Only by this person.
    subject: Option<StaffId>,
    /// Only by people of this operator.
    operator: Option<Code>,
    /// Only about this centre.
    centre: Option<CentreId>,
    /// Only what showed this case, or was about it.
    case: Option<Uuid>,
    /// Only what asked for this record.
    record: Option<Uuid>,
    /// From this moment on.
    from: Option<Timestamp>,
    /// Before this moment.
    to: Option<Timestamp>,
    /// Only what ended so.
    outcome: Option<Ended>,
    /// Wait until this access shows: the header `nabij-audit-sequence` of a read.
    min_sequence: Option<u64>,
    /// At most so many, 1 to 200.
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// `json` or `csv`.
    #[serde(default)]
    format: Format,
}

/// A page of accesses.
#[derive(Debug, Serialize, JsonSchema)]
struct Accesses {
    /// The newest first.
    accesses: Vec<Access>,
    /// Give it as `cursor` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    /// Messages of the audit stream that could not be read and are missing here.
    #[serde(skip_serializing_if = "Option::is_none")]
    incomplete: Option<u64>,
}

async fn of_case(state: ApiState, call: Call) -> Result<Response, Problem> {
    let (case, asked) = (CaseId(call.parameters.id()?), query::<OneQuery>(&call.address)?);
    // An erased case keeps its log: that somebody looked stays provable.
    let place = super::cases::place(&state, case).await?;
    call.allow(&state, place.clone()).await?;
    // Who read a confidential signal about a resident would tell the centre that there is one, and perhaps who wrote it.
    let hidden = Place { confidential: true, ..place.clone() };
    let all = call.allow_to(&state, Action::ReadAudit, place).await.is_ok()
        || call.allow_to(&state, Action::ReadConfidential, hidden).await.is_ok();
    let question = Question { case: Some(case.0), openly: !all, ..asked.question()? };
    show(&state, asked.min_sequence, &question, asked.format).await
}

async fn of_signal(state: ApiState, call: Call) -> Result<Response, Problem> {
    let (signal, asked) = (call.parameters.id()?, query::<OneQuery>(&call.address)?);
    let root = state.log().load::<Signal>(signal).await?;
    call.allow(&state, Signal::found(signal, &root)?).await?;
    let question = Question { record: Some(signal), ..asked.question()? };
    show(&state, asked.min_sequence, &question, asked.format).await
}

async fn of_all(state: ApiState, call: Call) -> Result<Response, Problem> {
    let asked: AuditQuery = query(&call.address)?;
    call.allow(&state, asked.centre.map_or_else(Place::default, Place::centre)).await?;
    // An auditor of one operator sees what its people did anywhere, and what anybody did in its centres.
    let own = call.actor.operator.clone().filter(|_| asked.centre.is_none());
    let operator = match (own, asked.operator) {
        (Some(own), Some(other)) if own != other => return Err(Denial::Elsewhere.into()),
        (own, asked) => asked.or(own),
    };
    let question = Question {
        case: asked.case,
        record: asked.record,
        subject: asked.subject,
        operator,
        centre: asked.centre,
        outcome: asked.outcome.map(Ended::word),
        from: asked.from,
        to: asked.to,
        cursor: cursor(asked.cursor.as_deref())?,
        openly: false,
        limit: limit(asked.limit)?,
    };
    show(&state, asked.min_sequence, &question, asked.format).await
}

impl OneQuery {
    fn question(&self) -> Result<Question, Problem> {
        Ok(Question {
            outcome: self.outcome.map(Ended::word),
            from: self.from,
            to: self.to,
            cursor: cursor(self.cursor.as_deref())?,
            limit: limit(self.limit)?,
            ..Question::default()
        })
    }
}

impl Ended {
    fn word(self) -> &'static str {
        match self {
            Self::Allowed => AuditOutcome::Allowed,
            Self::Refused => AuditOutcome::Refused,
            Self::NotFound => AuditOutcome::NotFound,
        }
        .as_str()
    }
}

fn cursor(text: Option<&str>) -> Result<Option<Cursor>, Problem> {
    let parsed = text.map(str::parse).transpose();
    parsed.map_err(|error: nabij_accesslog::NoCursor| Problem::bad_request("bad-query", error.to_string()))
}

async fn show(
    state: &ApiState,
    min_sequence: Option<u64>,
    question: &Question,
    format: Format,
) -> Result<Response, Problem> {
    let log = state.access_log();
    if let Some(sequence) = min_sequence {
        written(sequence, state.log().audit_head().await?.sequence)?;
        log.wait_for(sequence, state.limits().wait).await?;
    }
    let page = log.ask(question).await?;
    let seen = Seen::rows(page.accesses.len());
    let next = page.next.map(|cursor| cursor.to_string());
    let not_kept = (header::CACHE_CONTROL, "no-store");
    if format == Format::Csv {
        let content_type = (header::CONTENT_TYPE, "text/csv; charset=utf-8");
        let mut response = ([content_type, not_kept], lines(&page)).into_response();
        if let Some(next) = next.and_then(|next| next.parse().ok()) {
            response.headers_mut().insert("nabij-next", next);
        }
        return Ok(seen.on(response));
    }
    let incomplete = Some(page.incomplete).filter(|missing| *missing > 0);
    let accesses = Accesses { accesses: page.accesses, next, incomplete };
    Ok(seen.on(([not_kept], axum::Json(accesses)).into_response()))
}

/// One line an access. Every field is a code, an id or a time: nothing needs quoting but the lists, which are joined by spaces.
fn lines(page: &Page) -> String {
    let mut text = String::from(
        "at,subject,role,operator,system_user,call,action,kind,record,centre,outcome,problem,under,granted,as_of,address,host,request,rows,cases,chain,sequence\n",
    );
    for access in &page.accesses {
        let optional = |text: &Option<String>| text.clone().unwrap_or_default();
        let id = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
        let granted: Vec<String> = access.granted.iter().map(ToString::to_string).collect();
        let fields = [
            access.at.to_string(),
            optional(&access.subject),
            optional(&access.role),
            optional(&access.operator),
            optional(&access.system_user),
            access.call.clone(),
            optional(&access.action),
            optional(&access.kind),
            id(access.record),
            id(access.centre),
            access.outcome.clone(),
            optional(&access.problem),
            access.under.join(" "),
            granted.join(" "),
            optional(&access.as_of),
            optional(&access.address),
            optional(&access.host),
            optional(&access.request),
            access.rows.to_string(),
            access.cases.to_string(),
            access.chain.clone(),
            access.sequence.to_string(),
        ];
        text.push_str(&fields.map(|field| plain(&field)).join(","));
        text.push('\n');
    }
    text
}

/// Quoted where a separator or quote stands in it.
fn plain(field: &str) -> String {
    if field.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}

impl From<AccessLogError> for Problem {
    fn from(error: AccessLogError) -> Self {
        match error {
            AccessLogError::Behind { .. } => Self::unavailable("not-visible-yet", error.to_string(), 1),
            AccessLogError::Log(error) => error.into(),
            AccessLogError::Database(ref source) => Self::views_away(source),
            error => Self::views_away(&error),
        }
    }
}
