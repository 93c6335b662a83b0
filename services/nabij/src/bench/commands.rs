//! Single commands over HTTP at 64 connections, everything on, against raw publish with 64 in flight, taking turns: what a machine
//! gives changes from one minute to the next.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use axum::body::Bytes;
use deadpool_postgres::Pool;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use nabij_engine::wait_for;
use nabij_log::Log;
use nabij_projector::projections;
use reqwest::Client;
use tokio::net::TcpStream;
use tokio::sync::Mutex;

use super::calls::{self, Turn};
use super::network::Network;
use super::raw;
use super::report::{Figure, Target};

/// Connections, and messages in flight of the raw publish.
const CONNECTIONS: usize = 64;

/// Turns that each of both gets.
const TURNS: usize = 8;
/// How long the views may take to catch up with a turn.
const CATCH_UP: Duration = Duration::from_secs(25);

pub(super) async fn measure(network: &Network, count: usize) -> Result<Figure> {
    let log = network.log().await?;
    let address = free_address()?;
    let _projector = network.serve("projector")?;
    let _api = network.serve_api(&address)?;
    let client = Client::builder().pool_max_idle_per_host(CONNECTIONS).build()?;
    ready(&client, &address).await?;
    let views = Views::of(&log, network.pool("cli")?);
    let target = network.raw().await?;
    let mut again = raw::Again::default();

    let mut connections = Vec::with_capacity(CONNECTIONS);
    for _ in 0..CONNECTIONS {
        connections.push(Connection::open(&address).await?);
    }
    let (mut ours, mut limit) = (Needed::default(), Needed::default());
    let mut ratios: Vec<f64> = Vec::with_capacity(TURNS);
    for turn in calls::of(&network.issuer()?, &address, count, TURNS)? {
        let refused = refused(&connections);
        let sent = turn.len();
        let turn = Arc::new(Mutex::new(turn));
        let start = Instant::now();
        let under_way: Vec<_> =
            connections.drain(..).map(|one| tokio::spawn(one.send(Arc::clone(&turn)))).collect();
        for connection in under_way {
            connections.push(connection.await??);
        }
        let done = sent + refused - self::refused(&connections);
        let here = ours.add(done, start.elapsed().as_secs_f64());

        // The raw limit is that of servers that have nothing else to do.
        views.catch_up(&log).await?;
        let messages = again.next(&log, usize::MAX).await?;
        let sent = messages.len();
        let there = limit.add(sent, raw::publish(target.client(), messages, CONNECTIONS).await?);
        ratios.push(here / there);
    }
    let refused = refused(&connections);
    ensure!(refused * 10 < count, "{refused} of {count} commands were refused: this measures refusals");
    let each: Vec<String> = ratios.iter().map(|ratio| format!("{ratio:.2}")).collect();
    Ok(Figure::new(
        "single commands over HTTP",
        "commands/s",
        ours.per_second(),
        (limit.per_second(), "publish, 64 in flight"),
        Target::AtLeast(0.12),
        format!(
            "{CONNECTIONS} connections; in {TURNS} turns: {}; {refused} of {count} refused by a rule; the projector runs along",
            each.join(", ")
        ),
    ))
}

/// What one of both needed.
#[derive(Default)]
struct Needed {
    done: usize,
    seconds: f64,
}

impl Needed {
    /// Adds a turn; gives how many a second it did.
    fn add(&mut self, done: usize, seconds: f64) -> f64 {
        self.done += done;
        self.seconds += seconds;
        done as f64 / seconds
    }

    fn per_second(&self) -> f64 {
        self.done as f64 / self.seconds
    }
}

/// The views that the projector keeps current.
struct Views {
    pool: Pool,
    schemas: Vec<String>,
}

impl Views {
    fn of(log: &Log, pool: Pool) -> Self {
        Self { pool, schemas: projections(log).iter().map(|projection| projection.schema()).collect() }
    }

    /// Waits until they show everything that `log` holds.
    async fn catch_up(&self, log: &Log) -> Result<()> {
        let schemas: Vec<&str> = self.schemas.iter().map(String::as_str).collect();
        Ok(wait_for(&self.pool, &schemas, log.head().await?.sequence, CATCH_UP).await?)
    }
}

/// A connection that stays open from turn to turn. The caller shares the cores with what it measures: it does no more than HTTP
/// needs.
struct Connection {
    sender: http1::SendRequest<Full<Bytes>>,
    /// Calls that a rule refused.
    refused: usize,
}

impl Connection {
    async fn open(address: &str) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Self { sender, refused: 0 })
    }

    /// Makes calls of `turn`, one after another, until none is left for it.
    async fn send(mut self, turn: Arc<Mutex<Turn>>) -> Result<Self> {
        loop {
            let next = turn.lock().await.next()?;
            let Some((life, call)) = next else { return Ok(self) };
            let path = call.uri().clone();
            self.sender.ready().await?;
            let answer = self.sender.send_request(call.map(Full::new)).await?;
            let status = answer.status();
            let body = answer.into_body().collect().await?.to_bytes();
            if !status.is_success() {
                let text = String::from_utf8_lossy(&body);
                ensure!(!status.is_server_error(), "{path} answered {status}: {text}");
                self.refused += 1;
                tracing::debug!(%status, %path, "refused: {text}");
            }
            turn.lock().await.answered(life, body);
        }
    }
}

fn refused(connections: &[Connection]) -> usize {
    connections.iter().map(|connection| connection.refused).sum()
}

pub(super) fn free_address() -> Result<String> {
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    Ok(format!("127.0.0.1:{port}"))
}

pub(super) async fn ready(client: &Client, address: &str) -> Result<()> {
    for _ in 0..300 {
        let asked = client.get(format!("http://{address}/readyz")).send().await;
        if asked.is_ok_and(|answer| answer.status().is_success()) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    None.context("the interface does not become ready")
}
