//! A wire between the log and its server that can be cut in the middle of an answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// Forwards bytes to a server.
pub(crate) struct Proxy {
    pub(crate) address: String,
    swallow: Arc<AtomicBool>,
    cut: Arc<Notify>,
}

impl Proxy {
    /// A wire to the server at `host:port`.
    pub(crate) async fn to(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (swallow, cut) = (Arc::new(AtomicBool::new(false)), Arc::new(Notify::new()));
        let proxy = Self { address, swallow: swallow.clone(), cut: cut.clone() };
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let Ok(server) = TcpStream::connect(&server).await else { continue };
                tokio::spawn(forward(client, server, swallow.clone(), cut.clone()));
            }
        });
        proxy
    }

    /// From now on the server hears everything and nobody hears the server.
    pub(crate) fn swallow_answers(&self) {
        self.swallow.store(true, Ordering::SeqCst);
    }

    /// Cuts the wire; the next connection works again.
    pub(crate) fn cut(&self) {
        self.swallow.store(false, Ordering::SeqCst);
        self.cut.notify_waiters();
    }
}

async fn forward(client: TcpStream, server: TcpStream, swallow: Arc<AtomicBool>, cut: Arc<Notify>) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let answers = async {
        let mut bytes = vec![0; 1 << 16];
        // Once an answer was swallowed the connection is of no use any more.
        let mut deaf = false;
        while let Ok(count @ 1..) = from_server.read(&mut bytes).await {
            deaf |= swallow.load(Ordering::SeqCst);
            if !deaf && to_client.write_all(&bytes[..count]).await.is_err() {
                break;
            }
        }
    };
    tokio::select! {
        () = answers => {}
        _ = tokio::io::copy(&mut from_client, &mut to_server) => {}
        () = cut.notified() => {}
    }
}
