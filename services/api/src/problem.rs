//! What went wrong, as RFC 9457 problem documents: a stable type, and a sentence that a person can act on.

use std::borrow::Cow;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use nabij_model::{Refusal, RefusalKind};
use schemars::JsonSchema;
use serde::Serialize;

use crate::limits::Left;

/// A problem document, `application/problem+json`.
///
/// Its `type` is `urn:nabij:problem:<code>`; codes are for ever, details may be reworded.
#[derive(Debug, Clone)]
pub struct Problem(Box<Document>);

/// The members of a problem document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Document {
    /// `urn:nabij:problem:<code>`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The code in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What was wrong and what to do.
    pub detail: Cow<'static, str>,
    /// JSON pointer to the field it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pointer: Option<Cow<'static, str>>,
    /// Line of the body, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// Column in that line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
    /// Seconds after which a repeat makes sense; also the header `Retry-After`.
    #[serde(skip)]
    pub retry_after: Option<u32>,
    /// The budget that was spent, of a call too many; only in headers.
    #[serde(skip)]
    pub(crate) left: Option<Left>,
}

impl Problem {
    /// A problem of this status and code.
    #[must_use]
    pub fn new(status: StatusCode, code: &str, detail: impl Into<Cow<'static, str>>) -> Self {
        let mut title = code.replace('-', " ");
        if let Some(first) = title.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        Self(Box::new(Document {
            kind: format!("urn:nabij:problem:{code}"),
            title,
            status: status.as_u16(),
            detail: detail.into(),
            pointer: None,
            line: None,
            column: None,
            retry_after: None,
            left: None,
        }))
    }

    /// The request is not readable: 400.
    pub fn bad_request(code: &str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, detail)
    }

    /// The field at `pointer` is wrong: 422.
    pub fn invalid(
        code: &str,
        detail: impl Into<Cow<'static, str>>,
        pointer: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail).at(pointer)
    }

    /// The caller may not: 403.
    pub fn forbidden(code: &str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::FORBIDDEN, code, detail)
    }

    /// There is no such thing: 404.
    pub fn not_found(code: &str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, detail)
    }

    /// Something that this service needs is away: 503 with `Retry-After`, and nothing was written.
    pub fn unavailable(code: &str, detail: impl Into<Cow<'static, str>>, retry_after: u32) -> Self {
        let mut problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, code, detail);
        problem.0.retry_after = Some(retry_after);
        problem
    }

    /// The same problem, which may be over after so many seconds.
    #[must_use]
    pub fn after(mut self, seconds: u32) -> Self {
        self.0.retry_after = Some(seconds);
        self
    }

    /// The same problem, with what the headers say of the budget that was spent.
    #[must_use]
    pub(crate) fn of_budget(mut self, left: Left) -> Self {
        self.0.left = Some(left);
        self
    }

    /// A mistake of ours: 500. The request id leads to the log line.
    #[must_use]
    pub fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal-error",
            "something went wrong here, not with your request: repeat it with the same Idempotency-Key, and quote x-request-id if it stays",
        )
    }

    /// The same problem, about the field at `pointer`.
    #[must_use]
    pub fn at(mut self, pointer: impl Into<Cow<'static, str>>) -> Self {
        let pointer = pointer.into();
        self.0.pointer = (!pointer.is_empty()).then_some(pointer);
        self
    }

    /// The same problem, at a line and column of the body.
    #[must_use]
    pub fn at_line(mut self, line: usize, column: usize) -> Self {
        self.0.line = Some(line);
        self.0.column = Some(column);
        self
    }

    /// Its members.
    #[must_use]
    pub fn document(&self) -> &Document {
        &self.0
    }

    /// Its code: the tail of its type.
    #[must_use]
    pub fn code(&self) -> &str {
        self.0.kind.rsplit(':').next().unwrap_or_default()
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let status = match refusal.kind {
            RefusalKind::NotFound => StatusCode::NOT_FOUND,
            RefusalKind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            RefusalKind::Conflict => StatusCode::CONFLICT,
            RefusalKind::Forbidden => StatusCode::FORBIDDEN,
        };
        Self::new(status, refusal.code, refusal.detail).at(refusal.pointer.unwrap_or_default())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self.0).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if status == StatusCode::UNAUTHORIZED {
            // RFC 6750, section 3.1: no error code for who brought no token.
            let challenge =
                if self.code() == "token-missing" { "Bearer" } else { "Bearer error=\"invalid_token\"" };
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        if let Some(seconds) = self.0.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(left) = self.0.left {
            left.write(headers);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_keeps_its_code_sentence_and_field() {
        let problem =
            Problem::from(Refusal::invalid("impossible-date", "it ends before it begins", "/occurred"));
        assert_eq!(
            serde_json::to_value(problem.document()).unwrap(),
            serde_json::json!({
                "type": "urn:nabij:problem:impossible-date",
                "title": "Impossible date",
                "status": 422,
                "detail": "it ends before it begins",
                "pointer": "/occurred",
            })
        );
    }

    #[test]
    fn what_is_away_says_when_to_come_back() {
        let response = Problem::unavailable("log-away", "the log is away", 2).into_response();
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers()["retry-after"], "2");
        assert_eq!(response.headers()["content-type"], "application/problem+json");
    }
}
