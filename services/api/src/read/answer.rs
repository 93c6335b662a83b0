//! What a read answers: JSON, the moment it shows, a weak ETag, and whether anything is missing.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use nabij_model::CaseId;
use serde::Serialize;
use serde_json::Value;

use super::moment::Moment;
use crate::audit::Seen;
use crate::problem::Problem;

/// An answer on its way.
pub(crate) struct Shown {
    body: Value,
    highest: u64,
    about: Vec<CaseId>,
}

impl Shown {
    /// `view` as of `moment`: `as_of` goes into the answer, and into the ETag unless [`highest`](Self::highest) says
    /// otherwise.
    ///
    /// # Errors
    /// Never for a view that is JSON.
    pub(crate) fn new(view: &impl Serialize, moment: Moment) -> Result<Self, Problem> {
        let mut body = serde_json::to_value(view).map_err(|_| Problem::internal())?;
        if let Some(fields) = body.as_object_mut() {
            fields.insert("as_of".into(), moment.sequence.into());
        }
        Ok(Self { body, highest: moment.sequence, about: Vec::new() })
    }

    /// The body, to open what may be opened.
    pub(crate) fn body(&mut self) -> &mut Value {
        &mut self.body
    }

    /// Only events up to `sequence` show in this answer.
    pub(crate) fn highest(mut self, sequence: u64) -> Self {
        self.highest = sequence;
        self
    }

    /// Something of these cases is shown, though the answer does not name them.
    pub(crate) fn about(mut self, cases: impl IntoIterator<Item = CaseId>) -> Self {
        self.about.extend(cases);
        self
    }

    /// Says how many events could not be taken in, when there are any.
    pub(crate) fn incomplete(mut self, events: u64) -> Self {
        if events > 0
            && let Some(fields) = self.body.as_object_mut()
        {
            fields.insert("incomplete".into(), events.into());
        }
        self
    }

    /// The answer; 304 without a body when the caller has it already.
    pub(crate) fn respond(self, asked: &HeaderMap) -> Response {
        let etag = format!("W/\"{}\"", self.highest);
        let known = asked.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == etag.as_bytes());
        let mut headers = HeaderMap::with_capacity(3);
        if let Ok(etag) = HeaderValue::from_str(&etag) {
            headers.insert(header::ETAG, etag);
        }
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
        let mut seen = Seen::of(&self.body);
        seen.cases.extend(self.about);
        if known {
            // Who learns that nothing changed has looked as well.
            return seen.on((StatusCode::NOT_MODIFIED, headers).into_response());
        }
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        seen.on((headers, self.body.to_string()).into_response())
    }
}
