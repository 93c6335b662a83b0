//! Server-sent events: resumed wherever they broke off, with no gap and no double, and proof that somebody saw them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};
use nabij_log::{KnownAt, Submission};
use nabij_model::escalation::{Channel, Escalation, EscalationCommand, EscalationEvent, Recipient, id_of};
use nabij_model::text::StaffId;
use nabij_model::{Actor, AggregateId, AggregateKind, CentreId, Event, EventId, Policies, Role};
use nabij_testkit::{PATIENCE, eventually, private_stack};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpSocket;
use uuid::Uuid;

use crate::common::Api;

async fn command(api: &Api, escalation: Uuid, command: EscalationCommand) {
    let subject = StaffId::new("service:alerts").unwrap();
    let actor = Actor { subject, role: Role::Service, centres: Vec::new(), operator: None };
    let submission = Submission::new(Timestamp::now(), actor, Arc::new(Policies::shipped()));
    api.log.execute::<Escalation>(escalation, command, &submission).await.unwrap();
}

/// Raises one with `more` than the usual fields.
pub(crate) async fn raise_with(api: &Api, centre: CentreId, more: Value) -> Uuid {
    let (trigger, rule) = (EventId(Uuid::now_v7()), "acute-signal".parse().unwrap());
    let id = id_of(&rule, trigger);
    let mut raised = json!({
        "rule": rule, "rule_version": 1, "severity": "acute", "trigger": trigger, "title": rule, "step": 0,
        "subject": {"centre": centre}, "recipients": ["director"],
        "acknowledge_by": Timestamp::now() + SignedDuration::from_hours(9),
    });
    raised.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    command(api, id.0, EscalationCommand::Raise(serde_json::from_value(raised).unwrap())).await;
    id.0
}

async fn raise(api: &Api, centre: CentreId) -> Uuid {
    raise_with(api, centre, json!({})).await
}

/// One line of the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Line {
    sequence: u64,
    name: String,
    escalation: Uuid,
}

fn line(text: &str) -> Option<Line> {
    let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name));
    let data: Value = serde_json::from_str(field("data: ")?).unwrap();
    Some(Line {
        sequence: field("id: ")?.parse().unwrap(),
        name: field("event: ")?.to_owned(),
        escalation: data["escalation"].as_str().unwrap().parse().unwrap(),
    })
}

/// A connection to the stream.
struct Connection {
    response: reqwest::Response,
    text: String,
}

impl Connection {
    async fn open(api: &Api, token: &str, last: u64) -> Self {
        let opened = || async {
            let request = api.request(Method::GET, "/v1/escalations/stream").bearer_auth(token);
            let response = request.header("last-event-id", last).send().await.unwrap();
            Some(response).filter(|response| response.status() != 503)
        };
        let response = eventually(opened).await.expect("the stream opens");
        assert_eq!(response.status().as_u16(), 200);
        Self { response, text: String::new() }
    }

    /// The next line; `None` when the server ended it.
    async fn next(&mut self) -> Option<Line> {
        let next = tokio::time::timeout(PATIENCE, self.read());
        next.await.expect("the stream says something, or ends: it hangs in silence")
    }

    async fn read(&mut self) -> Option<Line> {
        loop {
            while let Some((event, rest)) = self.text.split_once("\n\n") {
                let line = line(event);
                self.text = rest.to_owned();
                if line.is_some() {
                    return line;
                }
            }
            let chunk = self.response.chunk().await.ok()??;
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }
}

/// So many lines behind `last`; whatever comes behind them is lost with the connection. A line that is not written down in time, on a
/// machine that stalls, ends the stream: the reader comes back with its last id.
async fn lines(api: &Api, token: &str, last: u64, count: usize) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let read = async {
        loop {
            let last = lines.last().map_or(last, |line| line.sequence);
            let mut open = Connection::open(api, token, last).await;
            while lines.len() < count {
                let Some(line) = open.next().await else { break };
                lines.push(line);
            }
            if lines.len() == count {
                return;
            }
        }
    };
    tokio::time::timeout(PATIENCE, read).await.expect("the stream ends again and again");
    lines
}

/// Which member of staff the log says saw which step, and how often it says so.
async fn seen(api: &Api, escalation: Uuid) -> BTreeMap<(String, u32), usize> {
    let raws = api.log.history(AggregateId::new(AggregateKind::Escalation, escalation)).await.unwrap();
    let mut seen = BTreeMap::new();
    for raw in raws {
        let recorded = raw.decode(&mut KnownAt::default()).unwrap();
        if let Event::Escalation(EscalationEvent::Notified(notified)) = recorded.event
            && let (Channel::Sse, Recipient::Staff(staff)) = (notified.channel, notified.to)
        {
            assert_eq!(recorded.meta.actor.subject, staff, "nobody says it for another");
            *seen.entry((staff.to_string(), notified.step)).or_default() += 1;
        }
    }
    seen
}

/// Waits until so many pairs of staff and step are proven.
async fn proven(api: &Api, escalation: Uuid, count: usize) -> BTreeMap<(String, u32), usize> {
    let proven = || async { Some(seen(api, escalation).await).filter(|seen| seen.len() >= count) };
    match eventually(proven).await {
        Some(seen) => seen,
        None => panic!("not {count} of {escalation}: {:?}", seen(api, escalation).await),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_breaks_off_anywhere_gets_everything_once_in_order_and_its_proof_is_written_once() {
    let api = Api::start().await;
    let here = api.centre("here").await;
    let director = api.token("director", Role::Director, &[here]);
    let mut raised = Vec::new();
    for _ in 0..40 {
        raised.push(raise(&api, here).await);
    }
    let mut state = 7_u64;
    let (mut last, mut got) = (0, Vec::new());
    while got.len() < raised.len() {
        // Any number of lines, none among them: it breaks off before it has the first one.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let count = usize::try_from(state >> 62).unwrap().min(raised.len() - got.len());
        let lines = lines(&api, &director, last, count).await;
        last = lines.last().map_or(last, |line| line.sequence);
        got.extend(lines);
        // Something goes on meanwhile.
        if raised.len() < 60 {
            raised.push(raise(&api, here).await);
        }
    }
    assert!(got.is_sorted_by(|a, b| a.sequence < b.sequence), "{got:?}");
    assert_eq!(got.iter().map(|line| line.escalation).collect::<Vec<_>>(), raised);
    // Once more from the start: shown again, written once; and no proof is itself a line.
    let again = lines(&api, &director, 0, raised.len()).await;
    assert_eq!(again, got);
    let once = BTreeMap::from([(("director".to_owned(), 0), 1)]);
    for escalation in &raised {
        assert_eq!(proven(&api, *escalation, 1).await, once);
    }
    let after = raise(&api, here).await;
    let next = lines(&api, &director, last, 1).await;
    assert_eq!(next[0].escalation, after, "nothing but what happened stands on the line: {next:?}");
    api.get(&director, "/v1/escalations/stream?after=999999999").await.problem(400, "last-event-id-ahead");
}

/// A connection on which everything up to `handed_up` came.
async fn behind_handed_up(api: &Api, token: &str) -> Connection {
    loop {
        let mut open = Connection::open(api, token, 0).await;
        while let Some(line) = open.next().await {
            if line.name == "handed_up" {
                return open;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_person_who_was_shown_a_step_is_written_down_and_no_machine_and_nobody_who_missed_it() {
    let api = Api::start().await;
    let here = api.centre("here").await;
    let escalation = raise(&api, here).await;
    // Twenty screens at one moment: twenty events on one subject.
    let names: Vec<String> = (0..20).map(|number| format!("director-{number}")).collect();
    let tokens: Vec<String> = names.iter().map(|name| api.token(name, Role::Director, &[here])).collect();
    let first = join_all(tokens.iter().map(|token| lines(&api, token, 0, 1)));
    assert!(first.await.iter().flatten().all(|line| line.escalation == escalation));
    let expected: BTreeMap<(String, u32), usize> = names.iter().map(|name| ((name.clone(), 0), 1)).collect();
    assert_eq!(proven(&api, escalation, 20).await, expected);

    let handed_up = json!({
        "step": 1, "recipients": ["network_hq"], "missed": ["director"],
        "acknowledge_by": Timestamp::now() + SignedDuration::from_hours(9),
    });
    let handed_up = EscalationCommand::HandUp(serde_json::from_value(handed_up).unwrap());
    command(&api, escalation, handed_up).await;
    let hq = api.token("hq", Role::NetworkHq, &[]);
    let mut open = Vec::new();
    for token in [&tokens[0], &hq] {
        // It stays open: the next question is what proves the line before it.
        open.push(behind_handed_up(&api, token).await);
    }
    let seen = proven(&api, escalation, 21).await;
    drop(open);
    assert_eq!(seen.len(), 21, "who missed it sees that, and answers for no step of it: {seen:?}");
    assert_eq!(seen[&("hq".to_owned(), 1)], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_goes_on_behind_its_last_line_when_the_broker_was_killed_and_started_again() {
    let private = private_stack(1).await;
    let api = Api::start_on(private.stack()).await;
    let here = api.centre("here").await;
    let director = api.token("director", Role::Director, &[here]);
    let mut raised = vec![raise(&api, here).await, raise(&api, here).await];
    // One that had a line before it broke, and one that never had any: it waits behind the second.
    let (mut open, first, second) = loop {
        let mut open = Connection::open(&api, &director, 0).await;
        if let Some(first) = open.next().await
            && let Some(second) = open.next().await
        {
            break (open, first, second);
        }
    };
    assert_eq!([first.escalation, second.escalation], raised[..]);
    let mut silent = Connection::open(&api, &director, second.sequence).await;
    for _ in 0..2 {
        private.kill_nats(1).await;
        private.start_nats(1).await;
        raised.push(raise(&api, here).await);
        for line in [&mut open, &mut silent] {
            // It may end: then the reader comes back with its last id, here the one before.
            let next = line.next().await.expect("it goes on by itself");
            assert_eq!(next.escalation, *raised.last().unwrap(), "no gap, and nothing again: {next:?}");
        }
    }
    let all = lines(&api, &director, 0, 4).await;
    assert_eq!(all.iter().map(|line| line.escalation).collect::<Vec<_>>(), raised);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_read_ahead_of_a_reader_who_does_not_read_nor_said_to_have_been_shown() {
    const MANY: usize = 400;
    let api = Api::start().await;
    let here = api.centre("here").await;
    let director = api.token("director", Role::Director, &[here]);
    // Long lines, more of them than the buffers of a connection hold.
    let ladder = vec![json!({"to": ["director"], "acknowledge_within_seconds": 86_400}); 500];
    let mut raised = Vec::new();
    for _ in 0..MANY {
        raised.push(raise_with(&api, here, json!({"ladder": &ladder})).await);
    }
    let address = api.address.trim_start_matches("http://");
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(8 * 1024).unwrap();
    let mut reader = socket.connect(address.parse().unwrap()).await.unwrap();
    let head = format!(
        "GET /v1/escalations/stream HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {director}\r\nlast-event-id: 0\r\n\r\n"
    );
    reader.write_all(head.as_bytes()).await.unwrap();
    let shown = async || {
        let all = join_all(raised.iter().map(|escalation| seen(&api, *escalation))).await;
        all.iter().filter(|seen| !seen.is_empty()).count()
    };
    // Until no more is shown.
    let mut before = None;
    loop {
        let now = shown().await;
        if before == Some(now) && now > 0 {
            break;
        }
        before = Some(now);
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let stalled = before.unwrap();
    assert!(stalled < MANY / 2, "{stalled} of {MANY} are said to have been shown to somebody who reads none");
    let mut buffer = vec![0; 1 << 20];
    let last = raised.last().unwrap().to_string();
    let mut tail = String::new();
    while !tail.contains(&last) {
        let read = tokio::time::timeout(PATIENCE, reader.read(&mut buffer)).await.unwrap().unwrap();
        assert!(read > 0, "it ended");
        let keep = tail.len().saturating_sub(100);
        tail = format!("{}{}", &tail[keep..], String::from_utf8_lossy(&buffer[..read]));
    }
    for escalation in &raised {
        proven(&api, *escalation, 1).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_confidential_one_is_on_the_line_of_the_safeguarding_person_alone() {
    let api = Api::start().await;
    let here = api.centre("here").await;
    // Whoever its rule would tell.
    let told =
        json!({"confidential": true, "recipients": ["director", "operator_hq", "safeguarding_person"]});
    let (hidden, open) = (raise_with(&api, here, told).await, raise(&api, here).await);
    let first = async |role: Role, centres: &[CentreId]| {
        let token = api.token(role.as_str(), role, centres);
        lines(&api, &token, 0, 1).await[0].escalation
    };
    assert_eq!(first(Role::SafeguardingPerson, &[]).await, hidden);
    assert_eq!(first(Role::Director, &[here]).await, open);
}
