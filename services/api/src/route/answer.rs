//! What happens to every call around its own handler: identity, limits, panics, counting.

use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use axum::body::Bytes;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{FromRequest, RawPathParams, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, request};
use axum::response::{IntoResponse, Response};
use futures::FutureExt;
use jiff::Timestamp;
use uuid::Uuid;

use super::authenticate::authenticate;
use super::call::Call;
use super::client::client_address;
use super::table::Route;
use crate::access::{Place, Trail};
use crate::audit::{self, Notes, Reading, Seen};
use crate::input::Parameters;
use crate::limits::Left;
use crate::problem::Problem;
use crate::state::ApiState;

/// What stands in the path, if it is text.
pub(super) type RawParameters = Result<RawPathParams, RawPathParamsRejection>;

/// Bytes of all headers together: a token of the largest size, and as much again.
const HEAD: usize = 16 * 1024;
/// Bytes of a query.
const QUERY: usize = 2 * 1024;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const AUDIT_SEQUENCE: HeaderName = HeaderName::from_static("nabij-audit-sequence");

/// Answers one call of the `number`th line of the table.
pub(super) async fn answer(
    state: ApiState,
    route: Arc<Route>,
    number: usize,
    raw: RawParameters,
    request: Request,
) -> Response {
    let start = Instant::now();
    let request_id = request_id(request.headers());
    let limit = state.limits().request;
    let reading = Reading {
        method: route.method.clone(),
        path: route.path,
        action: route.action,
        request: header_text(&request_id).to_owned(),
        notes: Notes::default(),
        trail: Trail::default(),
    };
    let left = Arc::new(OnceLock::new());
    let client = client_address(request.extensions(), request.headers(), &state.limits().proxies);
    let around = Around { client, reading: reading.clone(), left: Arc::clone(&left) };
    // On the heap: it is large, and what is wrapped around it moves.
    let handled = handle(state.clone(), Arc::clone(&route), raw, request, around).boxed();
    let handled = AssertUnwindSafe(handled).catch_unwind();
    let result = match tokio::time::timeout(limit, handled).await {
        Ok(Ok(result)) => result,
        Ok(Err(_)) => Err(Problem::internal()),
        Err(_) => Err(Problem::unavailable(
            "too-slow",
            "no answer within the time limit: repeat the call, a write with the same Idempotency-Key",
            2,
        )),
    };
    let mut code = None;
    let refusal = |problem: Problem| {
        if problem.document().status >= 500 {
            // No detail: it may quote what somebody wrote.
            tracing::error!(request_id = %header_text(&request_id), route = route.path, code = problem.code(), "call {} failed", route.path);
        }
        problem.into_response()
    };
    let mut response = result.unwrap_or_else(|problem| {
        code = Some(problem.code().to_owned());
        refusal(problem)
    });
    let problem = code.as_deref().unwrap_or_default();
    let turned_away = audit::at_the_door(&state, &reading, response.status(), client, problem).await;
    response = turned_away.map_or_else(&refusal, |()| response);
    // Nothing leaves before it is written down who looked.
    let (status, seen) = (response.status(), response.extensions_mut().remove::<Seen>());
    let mut response = match audit::written(&state, &reading, status, seen, code.as_deref()).await {
        Ok(None) => response,
        Ok(Some(sequence)) => marked(response, sequence),
        Err(problem) => refusal(problem),
    };
    state.metrics().record(number, response.status().as_u16(), start.elapsed());
    if let Some(left) = left.get() {
        left.write(response.headers_mut());
    }
    response.headers_mut().insert(REQUEST_ID, request_id);
    response
}

/// Says under which sequence of the audit stream the call stands: `min_sequence` for who reads the access log next.
fn marked(mut response: Response, sequence: u64) -> Response {
    response.headers_mut().insert(AUDIT_SEQUENCE, HeaderValue::from(sequence));
    response
}

/// What is known of a call before it is looked at, and what is told of it afterwards.
struct Around {
    client: IpAddr,
    reading: Reading,
    left: Arc<OnceLock<Left>>,
}

async fn handle(
    state: ApiState,
    route: Arc<Route>,
    raw: RawParameters,
    request: Request,
    around: Around,
) -> Result<Response, Problem> {
    let Around { client, reading, left } = around;
    let (mut head, body) = request.into_parts();
    let now = Timestamp::now();
    check_size(&head)?;
    state.budgets().address(client, route.action)?;
    let caller = authenticate(&state, &head, client, now, &reading.notes).await?;
    // Before anything is written down: a script that runs wild must not fill the audit with its refusals.
    let budgets = state.budgets();
    let spent = budgets.caller(&caller.actor.subject, caller.actor.role, route.action, &route.method);
    let spent = spent.inspect_err(|_| reading.notes.turned_away(caller.actor.clone()))?;
    let _first = left.set(spent);
    reading.notes.caller(caller.actor.clone(), now, client, &head.uri);
    if caller.scope.as_ref().is_some_and(|scope| !scope.allows(route.action.name())) {
        let detail = "this account does not do this: see its `actions` in the settings";
        return Err(Problem::forbidden("action-not-allowed", detail));
    }
    let parameters = match &raw {
        Ok(raw) => Parameters::read(raw),
        Err(_) => Err(Problem::bad_request("bad-id", "the address is not UTF-8: ids are plain UUIDs")),
    };
    if let Some(id) = parameters.as_ref().ok().and_then(|parameters| parameters.id().ok()) {
        reading.notes.record(id);
    }
    let verdict = state.access().check_role(caller.actor.role, route.action);
    reading.trail.note(route.action, &Place::default(), &verdict);
    verdict.ok()?;
    let parameters = parameters?;
    let body = if route.method == Method::GET {
        Bytes::new()
    } else {
        // The limit travels in the extensions.
        let mut rest = Request::new(body);
        *rest.extensions_mut() = std::mem::take(&mut head.extensions);
        read_body(&state, rest).await?
    };
    let call = Call {
        actor: caller.actor,
        action: route.action,
        parameters,
        address: head.uri,
        headers: head.headers,
        body,
        now,
        until: caller.until,
        scope: caller.scope,
        trail: reading.trail.clone(),
        reading,
    };
    (route.handler)(state, call).await
}

/// A head larger than any real one is refused before anything else of it is looked at.
fn check_size(head: &request::Parts) -> Result<(), Problem> {
    if head.uri.query().is_some_and(|query| query.len() > QUERY) {
        let detail = format!(
            "the part of the address after `?` is longer than {QUERY} bytes: no call takes that much"
        );
        return Err(Problem::new(StatusCode::URI_TOO_LONG, "address-too-long", detail));
    }
    let size: usize = head.headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if size > HEAD {
        let detail = format!(
            "the headers are larger than {HEAD} bytes together: leave out what is not for this interface"
        );
        return Err(Problem::new(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "headers-too-large", detail));
    }
    Ok(())
}

async fn read_body(state: &ApiState, request: Request) -> Result<Bytes, Problem> {
    let read = tokio::time::timeout(state.limits().body_wait, Bytes::from_request(request, &()));
    let Ok(read) = read.await else {
        let detail = "the body came too slowly: nothing was done, send it again over a better connection";
        return Err(Problem::new(StatusCode::REQUEST_TIMEOUT, "body-too-slow", detail));
    };
    read.map_err(|rejection| {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            let limit = state.limits().body;
            let detail = format!("the body is larger than {limit} bytes: split it into several commands");
            return Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body-too-large", detail);
        }
        Problem::bad_request("body-broke-off", "the body ended before all of it arrived: send it again")
    })
}

/// The caller's request id when it is a short plain one, else a fresh one.
fn request_id(headers: &HeaderMap) -> HeaderValue {
    let plain = |value: &&HeaderValue| {
        let bytes = value.as_bytes();
        (1..=64).contains(&bytes.len())
            && bytes.iter().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(b))
    };
    headers.get(REQUEST_ID).filter(plain).cloned().unwrap_or_else(|| {
        let mut text = Uuid::encode_buffer();
        let text = Uuid::now_v7().hyphenated().encode_lower(&mut text);
        HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static("none"))
    })
}

fn header_text(value: &HeaderValue) -> &str {
    value.to_str().unwrap_or_default()
}

/// Answers an address that no line of the table has.
pub(crate) async fn fallback(State(state): State<ApiState>) -> Problem {
    state.metrics().record(usize::MAX, 404, std::time::Duration::ZERO);
    Problem::not_found("no-such-address", "nothing answers at this address: /openapi.json lists what does")
}

/// Answers a method that the address does not take.
pub(crate) async fn method_fallback(State(state): State<ApiState>) -> Problem {
    state.metrics().record(usize::MAX, 405, std::time::Duration::ZERO);
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method-not-allowed",
        "this address takes another method: see the header `allow` and /openapi.json",
    )
}
