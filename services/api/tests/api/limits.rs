//! What the interface lets one caller, one address and one connection do, on a running one.

use std::time::Duration;

use nabij_api::{Limits, Rate, Rates};
use nabij_model::{CentreId, Role};
use nabij_testkit::{PATIENCE, eventually};
use reqwest::{Method, header};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::common::{Api, limits};

const FEW: Rate = Rate { per_second: 1, burst: 3 };
/// None comes back while a test runs, however slow the machine.
const NONE_BACK: Rate = Rate { per_second: 1, burst: 200 };

/// A connection of its own, on which a test writes what no client would.
async fn connect(api: &Api) -> TcpStream {
    TcpStream::connect(api.address.strip_prefix("http://").unwrap()).await.unwrap()
}

/// Everything that is answered until the other end closes; empty when it just closes.
async fn answered(mut connection: TcpStream) -> String {
    let mut bytes = Vec::new();
    let read = connection.read_to_end(&mut bytes);
    // Longer than any limit of these tests: a connection that is kept open fails here.
    let ended = tokio::time::timeout(PATIENCE, read).await;
    // A reset is an end as well.
    drop(ended.expect("the connection stays open"));
    String::from_utf8_lossy(&bytes).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_calls_too_often_is_told_when_to_come_back_and_nobody_else_is() {
    let rates = Rates { reads: FEW, ..limits().rates };
    let api = Api::start_within(Limits { rates, ..limits() }).await;
    let centre = api.centre("one").await;
    let wild = api.token("wild", Role::Psychosocial, &[centre]);
    let mut refused = None;
    for _ in 0..100 {
        let answer = api.get(&wild, "/v1/cases").await;
        assert_eq!(answer.headers["ratelimit-policy"], "\"reads\";q=3;w=3");
        let left = answer.headers["ratelimit"].to_str().unwrap().to_owned();
        assert!(left.starts_with("\"reads\";r="), "{left}");
        if answer.status == 429 {
            assert!(left.starts_with("\"reads\";r=0;t="), "{left}");
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("a hundred calls and none too many").problem(429, "too-many-calls");
    let wait: u64 = refused.headers[header::RETRY_AFTER].to_str().unwrap().parse().unwrap();
    assert!((1..=3).contains(&wait), "{wait}");
    let calm = api.token("calm", Role::Psychosocial, &[centre]);
    api.get(&calm, "/v1/cases").await.is(200);
    // A signal has room of its own, whatever its reporter did before.
    let signal = json!({"centre": centre, "note": "he cries at night"});
    let logged = api.post(&wild, "/v1/signals", signal).await.is(201);
    assert_eq!(logged.headers["ratelimit-policy"], "\"signals\";q=200;w=10");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_has_its_own_budget_and_signals_still_get_through() {
    let rates = Rates { address_calls: FEW, ..limits().rates };
    let api = Api::start_within(Limits { rates, ..limits() }).await;
    let centre = CentreId(uuid::Uuid::now_v7());
    let mut refused = None;
    for number in 0..100 {
        // Another caller each time: it is the address that is counted.
        let token = api.token(&format!("staff-{number}"), Role::Psychosocial, &[centre]);
        let answer = api.get(&token, "/v1/centres").await;
        if answer.status == 429 {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("a hundred calls and none too many").problem(429, "too-many-calls");
    assert!(refused.headers.contains_key(header::RETRY_AFTER));
    assert_eq!(refused.headers["ratelimit-policy"], "\"address\";q=3;w=3");
    assert!(refused.json()["detail"].as_str().unwrap().contains("address"));
    let token = api.token("worker", Role::Frontline, &[centre]);
    let signal = json!({"centre": centre, "note": "he cries at night"});
    let answer = api.post(&token, "/v1/signals", signal).await;
    assert_ne!(answer.status, 429, "{}", answer.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_tokens_ends_and_a_good_token_is_still_taken() {
    let rates = Rates { address_failures: NONE_BACK, ..limits().rates };
    let api = Api::start_within(Limits { rates, ..limits() }).await;
    let centre = api.centre("one").await;
    let mut refused = None;
    for number in 0..1_000 {
        let answer = api.get(&format!("guess-{number}"), "/v1/cases").await;
        if answer.status == 429 {
            refused = Some(answer);
            break;
        }
        answer.problem(401, "token-refused");
    }
    let refused = refused.expect("a thousand guesses").problem(429, "too-many-failures");
    assert!(refused.headers.contains_key(header::RETRY_AFTER));
    let token = api.token("worker", Role::Psychosocial, &[centre]);
    api.get(&token, "/v1/cases").await.is(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_or_a_body_that_is_too_large_is_refused_and_named() {
    let api = Api::start().await;
    let centre = api.centre("one").await;
    let token = api.token("worker", Role::Frontline, &[centre]);
    let long = format!("/v1/cases?colour={}", "x".repeat(3_000));
    api.get(&token, &long).await.problem(414, "address-too-long");
    let filled = api.request(Method::GET, "/v1/cases").bearer_auth(&token);
    let filled = filled.header("x-filled", "x".repeat(20_000));
    api.send(filled).await.problem(431, "headers-too-large");
    let head = api.log.head().await.unwrap().sequence;
    let body = json!({"centre": centre, "note": "x".repeat(1 << 20)});
    api.post(&token, "/v1/signals", body).await.problem(413, "body-too-large");
    assert_eq!(api.log.head().await.unwrap().sequence, head, "something was written");

    // What does not even fit in the buffer of a head ends the connection, with a status that says why.
    let mut connection = connect(&api).await;
    let huge = format!("GET /livez HTTP/1.1\r\nhost: x\r\nx-filled: {}\r\n\r\n", "x".repeat(1 << 20));
    drop(connection.write_all(huge.as_bytes()).await);
    let answer = answered(connection).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
    let mut connection = connect(&api).await;
    let many: String = (0..150).map(|number| format!("x-{number}: y\r\n")).collect();
    connection.write_all(format!("GET /livez HTTP/1.1\r\nhost: x\r\n{many}\r\n").as_bytes()).await.unwrap();
    let answer = answered(connection).await;
    assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
    // The interface itself goes on.
    api.get(&token, "/v1/my/signals").await.is(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_too_slowly_is_not_waited_for() {
    let slow = Duration::from_secs(1);
    // A head that never ends: the connection does.
    let api = Api::start_within(Limits { head: slow, ..limits() }).await;
    let mut connection = connect(&api).await;
    connection.write_all(b"GET /v1/cases HTTP/1.1\r\nhost: x\r\n").await.unwrap();
    let answer = answered(connection).await;
    assert!(!answer.contains("200 OK"), "{answer}");

    // A body that never ends is answered: 408, and nothing is written.
    let api = Api::start_within(Limits { body_wait: slow, ..limits() }).await;
    let token = api.token("worker", Role::Frontline, &[CentreId(uuid::Uuid::now_v7())]);
    let head = api.log.head().await.unwrap().sequence;
    let mut connection = connect(&api).await;
    let start = format!(
        "POST /v1/signals HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\n\
         content-length: 500\r\n\r\n{{\"centre\":"
    );
    connection.write_all(start.as_bytes()).await.unwrap();
    let answer = answered(connection).await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(answer.contains("urn:nabij:problem:body-too-slow"), "{answer}");
    assert_eq!(api.log.head().await.unwrap().sequence, head, "something was written");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_holds_so_many_connections_and_closing_one_makes_room() {
    let api = Api::start_within(Limits { connections: 3, ..limits() }).await;
    let mut held = Vec::new();
    for _ in 0..3 {
        let mut connection = connect(&api).await;
        connection.write_all(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        let mut first = [0; 12];
        connection.read_exact(&mut first).await.unwrap();
        assert_eq!(&first, b"HTTP/1.1 200");
        held.push(connection);
    }
    let answer = answered(connect(&api).await).await;
    assert!(answer.starts_with("HTTP/1.1 429"), "{answer}");
    assert!(answer.contains("retry-after: 5") && answer.contains("too-many-connections"), "{answer}");
    drop(held.pop());
    // The other end notices in its own time.
    let room = || async {
        let mut connection = connect(&api).await;
        drop(connection.write_all(b"GET /livez HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await);
        answered(connection).await.starts_with("HTTP/1.1 200").then_some(())
    };
    eventually(room).await.expect("no room was made");
}
