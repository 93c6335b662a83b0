//! The service: its router, and its life from the first call to the last.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Request};
use hyper::server::conn::http1::Builder;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use jiff::Timestamp;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::limits::Connections;
use crate::route::{Routes, fallback, method_fallback};
use crate::state::ApiState;
use crate::{docs, find, operations, read, write};

/// Bytes that a connection may hold of a head; what is smaller than this but too large is answered with a problem.
const HEAD_BUFFER: usize = 64 * 1024;
/// Lines of a head.
const HEADERS: usize = 100;
/// Budgets of who has not called for long are dropped this often.
const FORGET: Duration = Duration::from_secs(60);
/// After an error of the listener (no file handles left) it is tried again.
const BREATH: Duration = Duration::from_millis(100);
/// What a connection too many is answered, whatever it asks.
const TOO_MANY: &str = "HTTP/1.1 429 Too Many Requests\r\ncontent-type: application/problem+json\r\nretry-after: 5\r\n\
    connection: close\r\n\r\n{\"type\":\"urn:nabij:problem:too-many-connections\",\"title\":\"Too many connections\",\
    \"status\":429,\"detail\":\"your address holds too many connections open: use those you have, or close some\"}";

/// Every call of the interface.
pub(crate) fn table() -> Routes {
    let mut routes = Routes::default();
    read::routes(&mut routes);
    write::routes(&mut routes);
    routes
}

/// The whole interface over `state`.
fn router(state: ApiState) -> Router {
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
/// Never once it listens: what fails on a connection ends that connection.
pub async fn serve(
    listener: TcpListener,
    state: ApiState,
    shutdown: CancellationToken,
) -> std::io::Result<()> {
    let limits = state.limits();
    let soft_stop = limits.soft_stop;
    let connections = Connections::new(limits.connections, limits.proxies.clone());
    let builder = connection_builder(limits.head);
    let router = router(state.clone());
    let graceful = GracefulShutdown::new();
    let mut forget = tokio::time::interval(FORGET);
    state.verifier().keep_fresh();
    find::keep_current(&state);
    loop {
        let (stream, address) = tokio::select! {
            () = shutdown.cancelled() => break,
            _ = forget.tick() => {
                state.budgets().forget();
                continue;
            }
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "no connection can be taken now");
                    tokio::time::sleep(BREATH).await;
                    continue;
                }
            },
        };
        let Some(place) = connections.place(address.ip()) else {
            turn_away(&stream);
            continue;
        };
        // Small answers leave at once.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps its delay");
        }
        let service = service(router.clone(), address);
        let connection = builder.serve_connection(TokioIo::new(stream), service);
        let served = graceful.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = served.await {
                tracing::debug!(%error, "a connection broke off");
            }
            drop(place);
        });
    }
    drop(listener);
    state.stopping().cancel();
    tokio::select! {
        () = graceful.shutdown() => {}
        () = tokio::time::sleep(soft_stop) => {}
    }
    if let Err(error) = state.auditor().end(Timestamp::now()).await {
        tracing::warn!(%error, "the chain of audit records has no end mark: {error}");
    }
    Ok(())
}

/// Heads that come too slowly or grow too large end the connection. It lives as long between two calls. HTTP/1.1 only: what
/// stands before the interface may speak HTTP/2 to the world.
fn connection_builder(head: Duration) -> Builder {
    let mut builder = Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(head).max_headers(HEADERS).max_buf_size(HEAD_BUFFER);
    builder
}

/// The router, told who is at the other end.
fn service(
    router: Router,
    address: SocketAddr,
) -> TowerToHyperService<
    impl tower::Service<
        Request<hyper::body::Incoming>,
        Response = axum::response::Response,
        Error = std::convert::Infallible,
        Future: Send,
    > + Clone
    + Send
    + 'static,
> {
    TowerToHyperService::new(router.map_request(move |request: Request<hyper::body::Incoming>| {
        let mut request = request.map(axum::body::Body::new);
        request.extensions_mut().insert(ConnectInfo(address));
        request
    }))
}

fn turn_away(stream: &TcpStream) {
    // Best effort: whoever holds that many connections open need not read it.
    drop(stream.try_write(TOO_MANY.as_bytes()));
}
