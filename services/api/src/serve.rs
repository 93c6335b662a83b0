//! The service: its router, and its life from the first call to the last.

use std::future::IntoFuture;
use std::net::SocketAddr;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::serve::ListenerExt;
use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::route::{Routes, fallback, method_fallback};
use crate::state::ApiState;
use crate::{docs, operations, read, write};

/// Every call of the interface.
pub(crate) fn table() -> Routes {
    let mut routes = Routes::default();
    read::routes(&mut routes);
    write::routes(&mut routes);
    routes
}

/// The whole interface over `state`.
pub fn router(state: ApiState) -> Router {
    let routes = table();
    state.metrics().name(routes.lines().iter().map(|route| format!("{} {}", route.method, route.path)));
    Router::new()
        .merge(docs::routes(&routes))
        .merge(operations::routes())
        .merge(routes.into_router())
        .fallback(fallback)
        .method_not_allowed_fallback(method_fallback)
        .layer(DefaultBodyLimit::max(state.limits().body))
        .with_state(state)
}

/// Serves until `shutdown`: then takes no new connection, lets calls under way end, and after the soft limit drops
/// what is left. Streams end at once; their readers resume elsewhere.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    listener: TcpListener,
    state: ApiState,
    shutdown: CancellationToken,
) -> std::io::Result<()> {
    let soft_stop = state.limits().soft_stop;
    let stopping = state.stopping().clone();
    // Small answers leave at once.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps its delay");
        }
    });
    let told = {
        let shutdown = shutdown.clone();
        async move {
            shutdown.cancelled().await;
            stopping.cancel();
        }
    };
    let auditor = state.auditor().clone();
    let service = router(state).into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener, service).with_graceful_shutdown(told).into_future();
    let hard_stop = async {
        shutdown.cancelled().await;
        tokio::time::sleep(soft_stop).await;
    };
    let ended = tokio::select! {
        ended = serving => ended,
        () = hard_stop => Ok(()),
    };
    if let Err(error) = auditor.end(Timestamp::now()).await {
        tracing::warn!(%error, "the chain of audit records has no end mark: {error}");
    }
    ended
}
