//! The calls of the demo issuer: discovery, keys, tokens, rotation.

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Form, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use super::DemoIssuer;
use super::accounts::AccountKind;

/// Bytes of a request for a token.
const LARGEST: usize = 16 * 1024;

/// All of them.
pub fn router(issuer: Arc<DemoIssuer>) -> Router {
    Router::new()
        .route("/.well-known/openid-configuration", get(discovery))
        .route("/keys", get(keys))
        .route("/token", post(token))
        .route("/rotate", post(rotate))
        .layer(DefaultBodyLimit::max(LARGEST))
        .with_state(issuer)
}

async fn discovery(State(issuer): State<Arc<DemoIssuer>>) -> Response {
    let address = &issuer.address;
    let document = json!({
        "issuer": address,
        "jwks_uri": format!("{address}/keys"),
        "token_endpoint": format!("{address}/token"),
        "response_types_supported": ["token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["EdDSA"],
        "grant_types_supported": ["client_credentials", "password"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
    });
    (kept(&issuer), Json(document)).into_response()
}

async fn keys(State(issuer): State<Arc<DemoIssuer>>) -> Response {
    (kept(&issuer), Json(issuer.keyring.published(Timestamp::now()))).into_response()
}

fn kept(issuer: &DemoIssuer) -> [(header::HeaderName, String); 1] {
    [(header::CACHE_CONTROL, format!("public, max-age={}", issuer.max_age))]
}

#[derive(Deserialize)]
struct Asked {
    grant_type: String,
    client_id: Option<String>,
    client_secret: Option<String>,
    username: Option<String>,
    password: Option<String>,
}

async fn token(
    State(issuer): State<Arc<DemoIssuer>>,
    headers: HeaderMap,
    Form(asked): Form<Asked>,
) -> Response {
    let (kind, name, secret) = match asked.grant_type.as_str() {
        "client_credentials" => {
            let (name, secret) = basic(&headers)
                .unwrap_or((asked.client_id.unwrap_or_default(), asked.client_secret.unwrap_or_default()));
            (AccountKind::Client, name, secret)
        }
        "password" => {
            (AccountKind::Person, asked.username.unwrap_or_default(), asked.password.unwrap_or_default())
        }
        _ => return refused(StatusCode::BAD_REQUEST, "unsupported_grant_type"),
    };
    let Some(claims) = issuer.accounts.claims(kind, &name, &secret) else {
        let code = if kind == AccountKind::Client { "invalid_client" } else { "invalid_grant" };
        return refused(StatusCode::UNAUTHORIZED, code);
    };
    let now = Timestamp::now();
    let signed = issuer.keyring.signer().and_then(|signer| signer.sign(claims, now, issuer.lifetime).ok());
    match signed {
        Some(token) => {
            let lives = issuer.lifetime.as_secs();
            let answer = json!({"access_token": token, "token_type": "Bearer", "expires_in": lives});
            ([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response()
        }
        None => refused(StatusCode::INTERNAL_SERVER_ERROR, "server_error"),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rotation {
    /// Drop every older key too, though tokens of theirs are still about: what one does when a key was stolen.
    #[serde(default)]
    withdraw: bool,
}

async fn rotate(
    State(issuer): State<Arc<DemoIssuer>>,
    Query(rotation): Query<Rotation>,
    headers: HeaderMap,
) -> Response {
    let brought = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let brought = brought.and_then(|text| text.strip_prefix("Bearer ")).unwrap_or_default();
    if !issuer.rotation.as_ref().is_some_and(|secret| secret.is(brought)) {
        return refused(StatusCode::UNAUTHORIZED, "invalid_client");
    }
    if issuer.keyring.rotate(Timestamp::now()).is_err() {
        return refused(StatusCode::INTERNAL_SERVER_ERROR, "server_error");
    }
    if rotation.withdraw {
        issuer.keyring.withdraw_replaced();
    }
    StatusCode::NO_CONTENT.into_response()
}

fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let encoded = headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Basic ")?;
    let text = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
    text.split_once(':').map(|(name, secret)| (name.to_owned(), secret.to_owned()))
}

fn refused(status: StatusCode, code: &str) -> Response {
    let mut response = (status, Json(json!({"error": code}))).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
