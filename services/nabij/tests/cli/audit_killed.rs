//! A process that is killed in the middle of its work: whatever it had answered is in the audit stream.

use std::collections::BTreeSet;
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use nabij_testkit::{eventually, free_address};
use reqwest::{Client, StatusCode};
use uuid::Uuid;

use crate::audit::{log, records};
use crate::place::Place;

/// Reads that must be answered before the process is killed.
const ANSWERED: usize = 300;

/// Ends with this value.
struct Service(Child);

impl Drop for Service {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn serve(place: &Place, service: &str, listen: &str) -> Service {
    let mut command = place.command(&["serve", service]);
    command.env("NABIJ_API__LISTEN", listen).env("NABIJ_TELEMETRY__FILTER", "warn");
    Service(command.stdout(Stdio::null()).spawn().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn no_answered_read_is_missing_after_a_kill() {
    let place = Place::new().await;
    let listen = free_address().to_string();
    let _projector = serve(&place, "projector", &listen);
    let mut api = serve(&place, "api", &listen);
    let centre = Uuid::now_v7().to_string();
    let token =
        place.nabij(&["token", "--role", "companion", "--centre", &centre]).exits(0).out.trim().to_owned();
    let client = Client::new();
    let address = format!("http://{listen}/v1/cases");
    let ready = || async {
        let asked = client.get(&address).bearer_auth(&token).send().await.ok()?;
        (asked.status() == StatusCode::OK).then_some(())
    };
    eventually(ready).await.expect("the interface does not become ready");

    let count = Arc::new(AtomicUsize::new(0));
    let readers: Vec<_> = (0..16)
        .map(|_| {
            let (client, address, token, count) =
                (client.clone(), address.clone(), token.clone(), Arc::clone(&count));
            tokio::spawn(async move {
                let mut answered = Vec::new();
                loop {
                    let request = Uuid::now_v7().to_string();
                    let asked = client
                        .get(&address)
                        .bearer_auth(&token)
                        .header("x-request-id", &request)
                        .send()
                        .await;
                    match asked {
                        Ok(answer) if answer.status() == StatusCode::OK => answered.push(request),
                        // On a machine that stalls: it was not written down in time, and nothing was shown.
                        Ok(answer) if answer.status() == StatusCode::SERVICE_UNAVAILABLE => continue,
                        Ok(answer) => panic!("a read was answered with {}", answer.status()),
                        Err(_) => return answered,
                    }
                    count.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    while count.load(Ordering::Relaxed) < ANSWERED {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    api.0.kill().unwrap();
    let mut answered = Vec::new();
    for reader in readers {
        answered.extend(reader.await.unwrap());
    }
    assert!(answered.len() >= ANSWERED);

    let log = log(&place).await;
    let written: BTreeSet<String> =
        records(&log).await.into_iter().filter_map(|record| record.request).collect();
    let missing: Vec<&String> = answered.iter().filter(|request| !written.contains(*request)).collect();
    assert!(missing.is_empty(), "{} of {} answered reads are missing", missing.len(), answered.len());
    let verified = log.verify_audit(|_| {}).await.unwrap();
    assert!(verified.is_clean(), "{:?}", verified.findings);
    let open: Vec<&String> = verified.open.iter().filter(|chain| chain.starts_with("api.")).collect();
    assert_eq!(open.len(), 1, "the killed process has no end mark: {:?}", verified.open);
    place.end().await;
}
