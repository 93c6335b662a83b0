//! For those who run it: whether it lives, whether it is ready, and what it counts.

mod health;
mod metrics;
mod servers;

use axum::Router;
use axum::routing::get;

pub(crate) use self::servers::Said;
use crate::state::ApiState;

/// `/livez`, `/readyz`, `/metrics`: counts and names of routes only, nothing about anybody.
pub(crate) fn routes() -> Router<ApiState> {
    Router::new()
        .route("/livez", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::scrape))
}
