//! A team follows residents up over HTTP: from the first signal to a transfer with its handover, and an analyst looks
//! back. Then every copy of what was written is searched for what must not be readable there.

use std::path::Path;

use nabij_testkit::PATIENCE;
use nabij_tests::{Network, Token};
use serde_json::{Value, json};
use uuid::Uuid;

const PLANTED: &str = "zilverreiger-on-the-roof-4711";
const NAME: &str = "Zemzem Planted-Surname";
const NUMBER: &str = "OV-987654321";

/// Two centres of two operators, and who works there.
struct Centres {
    sending: Uuid,
    receiving: Uuid,
    hq: Token,
    frontline: Token,
    companion: Token,
    psychologist: Token,
    director: Token,
    receiver: Token,
}

async fn centres(network: &Network) -> Centres {
    let hq = network.token("network_hq", "hq-1", None, None);
    let register = async |code: &str, operator: &str| {
        let body = json!({"code": code, "name": format!("Centre {code}"), "operator": operator, "languages": ["nl", "fr"]});
        network.post(&hq, "/v1/centres", body).await.ok().id()
    };
    let sending = register("de-linde", "fedasil").await;
    let receiving = register("le-tilleul", "croix-rouge").await;
    let staff =
        |role: &str, sub: &str, centre, operator| network.token(role, sub, Some(centre), Some(operator));
    Centres {
        sending,
        receiving,
        hq,
        frontline: staff("frontline", "night-7", sending, "fedasil"),
        companion: staff("companion", "companion-3", sending, "fedasil"),
        psychologist: staff("psychosocial", "psy-1", sending, "fedasil"),
        director: staff("director", "director-1", sending, "fedasil"),
        receiver: staff("psychosocial", "psy-9", receiving, "croix-rouge"),
    }
}

async fn open_case(network: &Network, centres: &Centres) -> Uuid {
    let body = json!({
        "centre": centres.sending, "birth_date": "2014-05-02", "accompaniment": "one_parent",
        "languages": ["ps", "en"], "arrived_on": "2026-01-10",
        "resident": {"name": NAME, "official_number": NUMBER},
    });
    network.post(&centres.companion, "/v1/cases", body).await.ok().id()
}

/// Logs a signal, has it assessed, discusses it, refers and transfers; answers the case and the last sequence.
async fn follow_up(network: &Network, centres: &Centres) -> (Uuid, Uuid, u64) {
    let case = open_case(network, centres).await;
    let signal = json!({
        "centre": centres.sending, "note": format!("he sits on the stairs at night, {PLANTED}"),
        "category": "withdrawal", "cases": [{"case": case, "role": "affected"}], "involves_minor": true,
    });
    let signal = network.post(&centres.frontline, "/v1/signals", signal).await.ok().id();
    let assessed = json!({"severity": "high", "certainty": "suspected", "blind": true, "note": PLANTED});
    network.post(&centres.psychologist, &format!("/v1/signals/{signal}/assessments"), assessed).await.ok();

    let transfer = json!({
        "to_centre": centres.receiving, "kind": "medical", "requested_by": "centre", "who_moves": "household",
        "reason": "closer to the clinic", "alternatives": "a taxi twice a week", "resident_view": "wants to stay near school",
        "handover": format!("calls his aunt on Fridays, {PLANTED}"),
    });
    let path = format!("/v1/cases/{case}/transfers");
    let asked = network.post(&centres.companion, &path, transfer).await.ok().json();
    let transfer = transfer_of(&asked);
    let approve = format!("{path}/{transfer}/approve");
    // The director reads the summary as it stands, and names it.
    let read = async |sequence: u64| -> Value {
        let path = format!("{path}/{transfer}/summary?min_sequence={sequence}");
        network.get(&centres.director, &path).await.ok().json()["version"].clone()
    };
    let asked = asked["sequence"].as_u64().expect("a write answers its sequence");
    let hasty = json!({"basis": "planned", "summary_version": read(asked).await});
    network.post(&centres.director, &approve, hasty).await.problem(403, "hasty-transfer");

    let held = json!({
        "centre": centres.sending, "kind": "multidisciplinary", "held_at": "2026-02-01T09:00:00Z",
        "cases": [case], "signals": [signal], "participants": ["psychosocial", "companion", "school"],
        "strengths": ["plays the daf"], "needs": ["sleep"], "decisions": [{"text": "evening walk", "role": "companion"}],
        "voice": {"child": "heard", "parents": "heard"},
    });
    let held = network.post(&centres.psychologist, "/v1/discussions", held).await;
    // Held months before the signal: it is no discussion of it.
    let held = held.ok();
    let version = read(held.sequence()).await;
    let basis = json!({"basis": {"discussion": held.id()}, "summary_version": version});
    network.post(&centres.director, &approve, basis).await.problem(403, "hasty-transfer");
    let now = json!({
        "centre": centres.sending, "kind": "case_conference", "held_at": now(), "cases": [case], "signals": [signal],
        "participants": ["psychosocial", "director"], "needs": [PLANTED], "voice": {"child": "heard"},
    });
    let discussion = network.post(&centres.psychologist, "/v1/discussions", now).await.ok().id();

    let referral = json!({
        "centre": centres.sending, "case": case, "provider": "the clinic", "provider_kind": "mental_health_centre",
        "urgency": "soon", "reason": PLANTED, "consent": {"given": {"by": "parent"}},
    });
    let referral = network.post(&centres.psychologist, "/v1/referrals", referral).await.ok().id();
    let accept = format!("/v1/referrals/{referral}/accept");
    let accepted = network.post(&centres.psychologist, &accept, json!({})).await.ok();

    let version = read(accepted.sequence()).await;
    let basis = json!({"basis": {"discussion": discussion}, "summary_version": version});
    network.post(&centres.director, &approve, basis).await.ok();
    network.post(&centres.companion, &format!("{path}/{transfer}/depart"), json!({})).await.ok();
    network.post(&centres.receiver, &format!("{path}/{transfer}/arrive"), json!({})).await.ok();
    let taken =
        network.post(&centres.receiver, &format!("{path}/{transfer}/acknowledge"), json!({})).await.ok();
    (case, signal, taken.sequence())
}

fn transfer_of(asked: &Value) -> String {
    asked["transfer"].as_str().unwrap_or_else(|| panic!("no transfer in {asked}")).to_owned()
}

fn now() -> String {
    jiff::Timestamp::now().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_team_follows_a_case_from_the_first_signal_to_the_handover() {
    let network = Network::new().await;
    let _services = network.serve_all().await;
    let centres = centres(&network).await;
    let (case, _, last) = follow_up(&network, &centres).await;

    let file = format!("/v1/cases/{case}?min_sequence={last}");
    let read = network.get(&centres.receiver, &file).await.ok();
    assert_eq!(read.json()["centre"], json!(centres.receiving), "{}", read.text);
    network.get(&centres.companion, &file).await.problem(403, "");

    let timeline = network.get(&centres.receiver, &format!("/v1/cases/{case}/timeline?limit=100")).await.ok();
    for happened in
        ["case.opened", "signal.logged", "signal.assessed", "discussion.held", "referral.requested"]
    {
        assert!(timeline.text.contains(happened), "{happened} is not in {}", timeline.text);
    }
    assert!(timeline.text.contains(PLANTED), "the psychologist reads what was handed over");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_child_is_a_child_though_the_reporter_did_not_say_so() {
    let network = Network::new().await;
    let _services = network.serve_all().await;
    let centres = centres(&network).await;
    let case = open_case(&network, &centres).await;
    let unsaid = json!({
        "centre": centres.sending, "category": "conflict", "cases": [{"case": case, "role": "witness"}],
    });
    let logged = network.post(&centres.frontline, "/v1/signals", unsaid).await.ok();
    let read = network.get(&centres.psychologist, &format!("/v1/signals/{}", logged.id())).await.ok();
    assert!(read.text.contains(r#""involves_minor":true"#), "{}", read.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_past_reads_as_it_was() {
    let network = Network::new().await;
    let _services = network.serve_all().await;
    let centres = centres(&network).await;
    let case = open_case(&network, &centres).await;
    let path = format!("/v1/cases/{case}");
    let level = json!({"level": 3, "review_on": "2027-01-01"});
    let raised =
        network.post(&centres.psychologist, &format!("{path}/support-level"), level).await.ok().sequence();
    let then =
        network.get(&centres.companion, &format!("{path}/timeline?min_sequence={raised}")).await.ok().json();
    let lowered = json!({"level": 1});
    let lowered =
        network.post(&centres.psychologist, &format!("{path}/support-level"), lowered).await.ok().sequence();
    let now =
        network.get(&centres.companion, &format!("{path}/timeline?min_sequence={lowered}")).await.ok().json();
    assert_ne!(then, now);
    let past = network.get(&centres.companion, &format!("{path}/timeline?as_of={raised}")).await.ok().json();
    // Between the two calls the services may write events of their own, which concern nobody's case.
    let without_moment = |mut answer: Value| {
        answer.as_object_mut().unwrap().remove("as_of");
        answer
    };
    assert_eq!(without_moment(then), without_moment(past));
    let file = network.get(&centres.companion, &format!("{path}?as_of={raised}")).await.ok().json();
    assert_eq!(file.get("support_level"), Some(&json!(3)), "{file}");
}

#[tokio::test(flavor = "multi_thread")]
async fn headquarters_hears_of_an_acute_signal_once_and_somebody_takes_it_up() {
    let network = Network::new().await;
    let services = network.serve_all().await;
    let centres = centres(&network).await;
    let hq = network.token("operator_hq", "hq-2", None, Some("fedasil"));
    let mut stream = network.stream(&hq, "/v1/escalations/stream").await;
    let acute = json!({"centre": centres.sending, "note": PLANTED, "severity": "acute"});
    network.post(&centres.frontline, "/v1/signals", acute).await.ok();
    let mut heard = String::new();
    while !heard.contains("acute-signal") {
        let chunk = tokio::time::timeout(PATIENCE, stream.chunk()).await;
        let chunk = chunk.expect("nothing is heard").expect("the stream holds").expect("it does not end");
        heard.push_str(&String::from_utf8_lossy(&chunk));
    }
    assert!(!heard.contains(PLANTED), "headquarters hears that, not what: {heard}");

    // Whatever crashes, it is raised once.
    let [projector, alerts, api] = services;
    alerts.kill();
    let _alerts = network.serve("alerts");
    let sequence = heard.lines().find_map(|line| line.strip_prefix("id: ")).unwrap();
    let listed = network.get(&hq, &format!("/v1/escalations?min_sequence={sequence}")).await.ok().json();
    let raised = listed["escalations"].as_array().unwrap();
    assert_eq!(raised.len(), 1, "{listed}");
    let escalation = format!("/v1/escalations/{}", raised[0]["id"].as_str().unwrap());
    let done = json!({"outcome": "spoke with everybody"});
    network.post(&hq, &format!("{escalation}/resolve"), done.clone()).await.problem(409, "");
    network.post(&hq, &format!("{escalation}/acknowledge"), json!({"will_do": "call the centre"})).await.ok();
    network.post(&hq, &format!("{escalation}/resolve"), done).await.ok();
    drop((projector, api));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_word_is_readable_in_the_stream_in_postgresql_or_in_a_log_line() {
    // Servers of its own: their files are searched.
    let servers = nabij_testkit::private_stack(1).await;
    let network = Network::on(servers.stack()).await;
    let services = network.serve_all().await;
    let centres = centres(&network).await;
    let (case, _, last) = follow_up(&network, &centres).await;
    network.get(&centres.receiver, &format!("/v1/cases/{case}?min_sequence={last}")).await.ok();
    // Nor does a search for the resident leave behind what was looked for.
    for asked in ["name=zemzm", "number=ov987654321"] {
        let found =
            network.get(&centres.receiver, &format!("/v1/cases?{asked}&min_sequence={last}")).await.ok();
        assert_eq!(found.json()["cases"][0]["case"], json!(case), "{}", found.text);
    }
    let nobody = network.get(&centres.companion, "/v1/cases?name=zemzem&closed=true").await.ok().json();
    assert_eq!(nobody["cases"], json!([]), "the file left this centre");
    // A refused body is no reason to repeat it in a log.
    let wrong = json!({"centre": centres.sending, "note": PLANTED, "no_such_field": PLANTED});
    network.post(&centres.frontline, "/v1/signals", wrong).await.problem(422, "");
    drop(services);
    servers.stop_nats(1).await;
    servers.stop_postgres().await;

    let mut searched = 0;
    for planted in [PLANTED, NAME, NUMBER, "2014-05-02", "zemzm", "ov987654321", "OV987654321"] {
        assert!(!network.logs().contains(planted), "{planted} is in a log line");
        searched += search(servers.dir(), planted.as_bytes());
    }
    assert!(searched > 100, "only {searched} files were there to be searched");
    let logs = network.logs();
    assert!(logs.contains("the interface listens on"), "there are no log lines to be searched");
    let Centres { hq, frontline, companion, psychologist, director, receiver, .. } = &centres;
    for token in [hq, frontline, companion, psychologist, director, receiver] {
        let signature = token.signature();
        assert!(signature.len() > 40, "{} letters are no signature", signature.len());
        assert!(!logs.contains(signature), "a token is in a log line");
    }
}

/// How many files below `folder` were searched; none may hold `planted`.
fn search(folder: &Path, planted: &[u8]) -> usize {
    let mut searched = 0;
    for entry in std::fs::read_dir(folder).expect("the test may read its own servers' files") {
        let path = entry.expect("an entry").path();
        // PostgreSQL's data folder may be a link to one that its user can reach.
        if path.is_dir() {
            searched += search(&path, planted);
        } else if let Ok(bytes) = std::fs::read(&path) {
            let found = bytes.windows(planted.len()).any(|window| window == planted);
            assert!(!found, "{} is readable in {}", String::from_utf8_lossy(planted), path.display());
            searched += 1;
        }
    }
    searched
}
