//! What the interface says about itself; everybody may read it.

mod asyncapi;
mod openapi;

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use nabij_model::Event;
use serde_json::Value;

use crate::problem::Problem;
use crate::route::Routes;
use crate::state::ApiState;

/// The OpenAPI 3.1 document of the interface, as `/openapi.json` serves it.
#[must_use]
pub fn openapi() -> Value {
    openapi::document(&crate::serve::table())
}

/// `/openapi.json`, `/asyncapi.json` and `/schemas/{type}`, written once at start.
pub(crate) fn routes(table: &Routes) -> Router<ApiState> {
    let openapi = document(&openapi::document(table));
    let asyncapi = document(&asyncapi::document());
    let schemas: HashMap<String, Bytes> = Event::catalogue()
        .into_iter()
        .map(|entry| (entry.event_type.to_string(), document(entry.schema.as_value())))
        .collect();
    let schemas = Arc::new(schemas);
    Router::new()
        .route("/openapi.json", get(move || async move { json(openapi) }))
        .route("/asyncapi.json", get(move || async move { json(asyncapi) }))
        .route(
            "/schemas/{type}",
            get(move |name: Result<Path<String>, PathRejection>| async move {
                let schema = name.ok().and_then(|Path(name)| schemas.get(&name).cloned());
                schema.map(json).ok_or_else(|| {
                    Problem::not_found(
                        "unknown-event-type",
                        "no event has this type; /asyncapi.json lists all of them, nabij.case.opened.v1 for example",
                    )
                })
            }),
        )
}

fn document(value: &Value) -> Bytes {
    value.to_string().into()
}

fn json(body: Bytes) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}
