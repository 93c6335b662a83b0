//! A receiver of webhooks that behaves as it is told, call after call.

use std::collections::{BTreeMap, VecDeque};
use std::future::ready;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use nabij_testkit::eventually;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What it does with a call.
#[derive(Debug, Clone)]
pub(crate) enum Behaviour {
    /// Answers at once: the status, and more headers.
    Answer(u16, &'static str),
    /// Answers with this status after a while.
    Slowly(Duration, u16),
    /// Never answers.
    Hang,
    /// Reads the call and breaks off.
    BreakOff,
}

/// A call that came.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) path: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
    pub(crate) came: Instant,
    /// When it was answered, if that was put off.
    pub(crate) answered: Option<Instant>,
}

/// A real HTTP server on a loopback port.
#[derive(Debug, Clone)]
pub(crate) struct Receiver {
    pub(crate) address: String,
    calls: Arc<Mutex<Vec<Call>>>,
    next: Arc<Mutex<VecDeque<Behaviour>>>,
}

impl Receiver {
    /// Behaves so, call after call, and then answers 200.
    pub(crate) async fn start(behaviours: impl IntoIterator<Item = Behaviour>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/hook", listener.local_addr().unwrap());
        let next = Arc::new(Mutex::new(behaviours.into_iter().collect::<VecDeque<_>>()));
        let receiver = Self { address, calls: Arc::default(), next };
        let own = receiver.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(own.clone().answer(stream));
            }
        });
        receiver
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }

    /// Waits for so many calls.
    pub(crate) async fn wait(&self, count: usize) -> Vec<Call> {
        let came = eventually(|| ready(Some(self.calls()).filter(|calls| calls.len() >= count)));
        came.await.unwrap_or_else(|| panic!("not {count} calls came: {:?}", self.calls()))
    }

    async fn answer(self, mut stream: TcpStream) {
        while let Some(call) = read(&mut stream).await {
            let number = {
                let mut calls = self.calls.lock().unwrap();
                calls.push(call);
                calls.len() - 1
            };
            let behaviour = self.next.lock().unwrap().pop_front().unwrap_or(Behaviour::Answer(200, ""));
            let (status, more) = match behaviour {
                Behaviour::Answer(status, more) => (status, more),
                Behaviour::Slowly(pause, status) => {
                    tokio::time::sleep(pause).await;
                    self.calls.lock().unwrap()[number].answered = Some(Instant::now());
                    (status, "")
                }
                Behaviour::Hang => return std::future::pending().await,
                Behaviour::BreakOff => return,
            };
            let answer = format!("HTTP/1.1 {status} x\r\ncontent-length: 0\r\n{more}\r\n");
            if stream.write_all(answer.as_bytes()).await.is_err() {
                return;
            }
        }
    }
}

async fn read(stream: &mut TcpStream) -> Option<Call> {
    let mut bytes = Vec::new();
    let head = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let text = String::from_utf8(bytes[..head].to_vec()).unwrap();
    let mut lines = text.lines();
    let path = lines.next()?.split(' ').nth(1)?.to_owned();
    let headers: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let length: usize = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    while bytes.len() < head + 4 + length {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    let body = String::from_utf8(bytes[head + 4..head + 4 + length].to_vec()).unwrap();
    Some(Call { path, headers, body, came: Instant::now(), answered: None })
}
