//! A wire between the log and its server that can be cut in the middle of an answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};

/// Forwards bytes to a server.
pub(crate) struct Proxy {
    pub(crate) address: String,
    wire: Arc<Wire>,
}

/// What is done to the answers.
#[derive(Default)]
struct Wire {
    swallow: AtomicBool,
    hold: watch::Sender<bool>,
    cut: Notify,
}

impl Proxy {
    /// A wire to the server at `host:port`.
    pub(crate) async fn to(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let wire = Arc::<Wire>::default();
        let proxy = Self { address, wire: wire.clone() };
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let Ok(server) = TcpStream::connect(&server).await else { continue };
                tokio::spawn(forward(client, server, wire.clone()));
            }
        });
        proxy
    }

    /// From now on the server hears everything and nobody hears the server.
    pub(crate) fn swallow_answers(&self) {
        self.wire.swallow.store(true, Ordering::SeqCst);
    }

    /// Cuts the wire; the next connection works again.
    pub(crate) fn cut(&self) {
        self.wire.swallow.store(false, Ordering::SeqCst);
        self.wire.cut.notify_waiters();
    }

    /// From now on the server hears everything, and its answers wait.
    pub(crate) fn hold_answers(&self) {
        self.wire.hold.send_replace(true);
    }

    /// Every answer that waits goes on.
    pub(crate) fn release_answers(&self) {
        self.wire.hold.send_replace(false);
    }
}

async fn forward(client: TcpStream, server: TcpStream, wire: Arc<Wire>) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let answers = async {
        let mut bytes = vec![0; 1 << 16];
        // Once an answer was swallowed the connection is of no use any more.
        let mut deaf = false;
        let mut held = wire.hold.subscribe();
        while let Ok(count @ 1..) = from_server.read(&mut bytes).await {
            // It cannot fail: the wire lives as long as this.
            drop(held.wait_for(|held| !held).await);
            deaf |= wire.swallow.load(Ordering::SeqCst);
            if !deaf && to_client.write_all(&bytes[..count]).await.is_err() {
                break;
            }
        }
    };
    tokio::select! {
        () = answers => {}
        _ = tokio::io::copy(&mut from_client, &mut to_server) => {}
        () = wire.cut.notified() => {}
    }
}
