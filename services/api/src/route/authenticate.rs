//! Who calls, and in which role.

use std::net::IpAddr;

use axum::http::{HeaderName, HeaderValue, StatusCode, header, request};
use jiff::Timestamp;
use nabij_model::Actor;

use crate::audit::Notes;
use crate::problem::Problem;
use crate::state::ApiState;
use crate::tokens::{Identity, Scope, TokenError, Unmapped};

/// Names one of the roles that the token carries.
const ROLE: HeaderName = HeaderName::from_static("nabij-role");

/// Who calls.
pub(super) struct Caller {
    pub(super) actor: Actor,
    /// How far a machine's account reaches.
    pub(super) scope: Option<Scope>,
    /// When the token runs out, seconds since 1970.
    pub(super) until: i64,
}

/// Reads the bearer token of a request, and the role that the call asks for. `notes` hears of whom a genuine token
/// names and who does not come in.
///
/// # Errors
/// 401 when there is no token, or none that this interface accepts; 403 when it stands for nothing here; 429 after too many
/// bad ones from `client`; 503 when the keys to check it are not to be had.
pub(super) async fn authenticate(
    state: &ApiState,
    head: &request::Parts,
    client: IpAddr,
    now: Timestamp,
    notes: &Notes,
) -> Result<Caller, Problem> {
    let token = head.headers.get(header::AUTHORIZATION).and_then(bearer).ok_or_else(|| {
        let detail = "send `authorization: Bearer <token>`, a token of your identity provider";
        Problem::new(StatusCode::UNAUTHORIZED, "token-missing", detail)
    })?;
    let verifier = state.verifier();
    let verified = match verifier.verify(token, now, false).await {
        // Before an issuer is asked for a key that may be made up, the address pays for a failure.
        Err(TokenError::UnknownKey) => {
            state.budgets().failure(client)?;
            verifier.verify(token, now, true).await
        }
        Err(TokenError::Invalid) => {
            state.budgets().failure(client)?;
            Err(TokenError::Invalid)
        }
        verified => verified,
    };
    let identity = verified.map_err(refusal)?;
    let asked = head.headers.get(ROLE).map(|value| value.to_str().unwrap_or("?").trim());
    let turned_away = |problem| {
        if let Ok(actor) = identity.actor(None) {
            notes.turned_away(actor);
        }
        problem
    };
    let mut actor = identity.actor(asked).map_err(|why| turned_away(unmapped(why)))?;
    check_operator(state, &identity, &mut actor).await.map_err(turned_away)?;
    Ok(Caller { actor, scope: identity.scope.clone(), until: identity.until })
}

fn bearer(value: &HeaderValue) -> Option<&str> {
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// An issuer that speaks for one operator speaks for that one's centres. One that nobody registered yet is nobody's: it is
/// left out until it is.
async fn check_operator(state: &ApiState, identity: &Identity, actor: &mut Actor) -> Result<(), Problem> {
    let Some(bound) = &identity.bound else { return Ok(()) };
    let mut registered = Vec::with_capacity(actor.centres.len());
    for centre in &actor.centres {
        match state.operator_of(*centre).await? {
            Some(operator) if operator == *bound => registered.push(*centre),
            Some(_) => return Err(unmapped(Unmapped::OtherOperator)),
            None => {}
        }
    }
    actor.centres = registered;
    Ok(())
}

fn refusal(error: TokenError) -> Problem {
    match error {
        TokenError::KeysAway { retry_after } => {
            Problem::unavailable("identity-away", error.to_string(), retry_after)
        }
        TokenError::KeyUnpublished { retry_after } => {
            Problem::unavailable("key-unpublished", error.to_string(), retry_after)
        }
        TokenError::Unmapped(why) => unmapped(why),
        error => Problem::new(StatusCode::UNAUTHORIZED, "token-refused", error.to_string()),
    }
}

fn unmapped(why: Unmapped) -> Problem {
    Problem::forbidden(why.code(), why.to_string())
}
