//! Who looked: in the audit stream before the answer is there, with what was shown and why.

use std::collections::BTreeSet;

use futures::future::join_all;
use futures::{StreamExt, TryStreamExt};
use nabij_log::{AuditGroup, AuditOutcome, AuditRecord, Ground, GroupContent};
use nabij_model::{CentreId, Role};
use nabij_testkit::{PATIENCE, connect, eventually};
use reqwest::Method;
use serde_json::json;

use crate::common::{Answer, Api};

/// Words that nobody may find in the audit stream.
const PLANTED: &str = "Zevenslaper";

impl Api {
    /// Everything in the audit stream up to now.
    pub(crate) async fn audited(&self) -> Vec<AuditRecord> {
        self.audit_groups().await.iter().flat_map(|group| group.records().to_vec()).collect()
    }

    async fn audit_groups(&self) -> Vec<AuditGroup> {
        let end = usize::try_from(self.log.audit_head().await.unwrap().sequence).unwrap();
        let raws: Vec<_> = self.log.read_audit(1).await.unwrap().take(end).try_collect().await.unwrap();
        raws.iter().map(|raw| AuditGroup::decode(raw).unwrap()).collect()
    }

    /// The only record of this request.
    async fn record_of(&self, answer: &Answer) -> AuditRecord {
        let request = answer.headers["x-request-id"].to_str().unwrap();
        let sequence: u64 = answer.headers["nabij-audit-sequence"].to_str().unwrap().parse().unwrap();
        let groups = self.audit_groups().await;
        let group = groups.iter().find(|group| group.sequence == sequence).expect("the group is stored");
        let mut found = group.records().iter().filter(|record| record.request.as_deref() == Some(request));
        let record = found.next().expect("the record is in it").clone();
        assert!(found.next().is_none());
        record
    }
}

async fn case(api: &Api, centre: CentreId) -> String {
    let team = api.token("psy", Role::Psychosocial, &[centre]);
    let body = json!({"centre": centre, "birth_date": "2012-05-01", "resident": {"name": PLANTED}});
    let answer = api.post(&team, "/v1/cases", body).await.is(201);
    let sequence = answer.json()["sequence"].as_u64().unwrap();
    api.get(&team, &format!("/v1/cases?min_sequence={sequence}")).await.is(200);
    answer.get("id")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answered_read_is_there_with_who_what_why_and_from_where() {
    let api = Api::start().await;
    let centre = api.centre("here").await;
    let (one, other) = (case(&api, centre).await, case(&api, centre).await);
    let reader = api.token("reader", Role::Psychosocial, &[centre]);
    let answer = api.get(&reader, &format!("/v1/cases/{one}")).await.is(200);
    let record = api.record_of(&answer).await;
    let who = record.who.unwrap();
    assert_eq!((who.subject.as_str(), who.role), ("reader", Role::Psychosocial));
    assert_eq!(record.call, "GET /v1/cases/{id}");
    assert_eq!(record.record.unwrap().id.to_string(), one);
    assert!(record.cases.len() == 1 && record.cases[0].to_string() == one);
    assert_eq!((record.rows, record.outcome), (1, AuditOutcome::Allowed));
    let because: Vec<&str> = record.because.iter().map(String::as_str).collect();
    assert!(because.contains(&"the team reads the files of its own centre"), "{because:?}");
    assert!(record.under.is_empty(), "{:?}", record.under);
    assert_eq!(record.centre, Some(centre));
    assert!(record.address.is_some_and(|address| address.is_loopback()));

    // Who is not of the centre reads under what they were granted, and that stands there too.
    let night = api.token("night", Role::Frontline, &[api.centre("there").await]);
    let glass = json!({"reason": "danger_to_child", "why": "hij staat op het dak"});
    let broken = api.post(&night, &format!("/v1/cases/{one}/break-glass"), glass).await.is(200);
    let read = format!("/v1/cases/{one}?min_sequence={}", broken.json()["sequence"]);
    let record = api.record_of(&api.get(&night, &read).await.is(200)).await;
    let under: Vec<_> = record.under.iter().map(|under| (under.why, under.id.unwrap().to_string())).collect();
    assert_eq!(under, [(Ground::BreakGlass, broken.get("glass"))]);
    assert!(
        record.because.iter().any(|policy| policy.starts_with("who broke the glass reads")),
        "{record:?}"
    );

    // A list names every case that it shows.
    let list = api.get(&reader, "/v1/cases").await.is(200);
    let record = api.record_of(&list).await;
    let mut expected = [one, other];
    expected.sort();
    assert_eq!(record.cases.iter().map(ToString::to_string).collect::<Vec<_>>(), expected);
    assert_eq!(record.rows, 2);

    // Figures, as JSON and as CSV.
    let analyst = api.token("analyst", Role::Analyst, &[]);
    for format in ["json", "csv"] {
        let path = format!("/v1/analytics/register-counts?from=2026-01-01&to=2026-02-01&format={format}");
        let record = api.record_of(&api.get(&analyst, &path).await.is(200)).await;
        assert!(record.cases.is_empty() && record.asked.is_some());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_are_there_with_their_reason() {
    let api = Api::start().await;
    let (here, there) = (api.centre("here").await, api.centre("there").await);
    let case = case(&api, here).await;
    let file = format!("/v1/cases/{case}");
    let stranger = api.token("stranger", Role::Psychosocial, &[there]);
    let analyst = api.token("analyst", Role::Analyst, &[]);
    for (token, path, status, code, outcome) in [
        (&stranger, file.as_str(), 403, "not-yours", AuditOutcome::Refused),
        (&analyst, file.as_str(), 403, "role-not-allowed", AuditOutcome::Refused),
        (
            &stranger,
            "/v1/cases/01890000-0000-7000-8000-00000000dead",
            404,
            "case-unknown",
            AuditOutcome::NotFound,
        ),
        (&stranger, "/v1/cases/nobody", 400, "bad-id", AuditOutcome::Refused),
    ] {
        let answer = api.get(token, path).await.problem(status, code);
        let record = api.record_of(&answer).await;
        assert_eq!((record.problem.as_deref(), record.outcome), (Some(code), outcome));
        assert_eq!((record.rows, record.cases.len()), (0, 0));
    }
    // A refused write as well; a done one is an event already.
    let before = api.audited().await.len();
    let contact = format!("/v1/cases/{case}/contacts");
    let answer = api.post(&stranger, &contact, json!({})).await.problem(403, "not-yours");
    assert_eq!(api.record_of(&answer).await.call, "POST /v1/cases/{id}/contacts");
    let duty = api.token("duty", Role::Frontline, &[here]);
    api.post(&duty, &contact, json!({})).await.is(200);
    assert_eq!(api.audited().await.len(), before + 1);
    // A call without a token is written down beside its answer, and names nobody.
    api.send(api.request(Method::GET, &file)).await.problem(401, "token-missing");
    let unnamed = || async { Some(api.audited().await).filter(|records| records.len() >= before + 2) };
    let records = eventually(unnamed).await.expect("it was not written down");
    let nobodys = records.into_iter().filter(|record| record.who.is_none()).collect::<Vec<_>>();
    assert_eq!(nobodys.len(), 1);
    assert_eq!(nobodys[0].problem.as_deref(), Some("token-missing"));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_word_of_a_caller_lands_in_the_stream() {
    let api = Api::start().await;
    let centre = api.centre("here").await;
    let reader = api.token("reader", Role::Psychosocial, &[centre]);
    drop(case(&api, centre).await);
    // It finds her, and what was typed is nowhere.
    api.get(&reader, &format!("/v1/cases?name={PLANTED}")).await.is(200);
    api.get(&reader, &format!("/v1/cases?as_of={PLANTED}")).await.is(400);
    api.get(&reader, &format!("/v1/cases/{PLANTED}")).await.is(400);
    let named = api.request(Method::GET, "/v1/cases").header("x-request-id", PLANTED).bearer_auth(&reader);
    api.send(named).await.is(200);
    let agent = api.request(Method::GET, "/v1/cases").header("user-agent", PLANTED).bearer_auth(&reader);
    api.send(agent).await.is(200);
    let end = usize::try_from(api.log.audit_head().await.unwrap().sequence).unwrap();
    let raws: Vec<_> = api.log.read_audit(1).await.unwrap().take(end).try_collect().await.unwrap();
    assert!(raws.len() >= 5);
    for raw in raws {
        let text = format!("{} {:?} {}", raw.subject, raw.headers, String::from_utf8_lossy(&raw.body));
        assert!(!text.to_lowercase().contains(&PLANTED.to_lowercase()), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_written_down_is_not_shown() {
    let api = Api::start().await;
    let centre = api.centre("here").await;
    let case = case(&api, centre).await;
    let reader = api.token("reader", Role::Psychosocial, &[centre]);
    let file = format!("/v1/cases/{case}");
    assert!(api.get(&reader, &file).await.is(200).text.contains(PLANTED));
    let admin = async_nats::jetstream::new(connect(&nabij_testkit::stack().nats_admin_url).await);
    admin.delete_stream(api.log.config().audit()).await.unwrap();
    let read = async |path: &str| api.send(api.request(Method::GET, path).bearer_auth(&reader)).await;
    let refused = read(&file).await.problem(503, "audit-away");
    assert!(refused.headers.contains_key("retry-after"));
    assert!(!refused.text.contains(PLANTED) && !refused.text.contains(&case), "{}", refused.text);
    for path in ["/v1/cases", &format!("/v1/centres/{centre}/worklist"), "/v1/escalations/stream"] {
        read(path).await.problem(503, "audit-away");
    }
    // What team members write is taken all the same, and who runs it still sees whether it lives.
    let note = json!({"centre": centre, "note": "stil"});
    api.post(&reader, "/v1/signals", note).await.is(201);
    api.send(api.request(Method::GET, "/livez")).await.is(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_of_many_parallel_reads_is_written_down_once() {
    let api = Api::start().await;
    let centre = api.centre("here").await;
    let case = case(&api, centre).await;
    let reader = api.token("reader", Role::Psychosocial, &[centre]);
    let file = format!("/v1/cases/{case}");
    api.get(&reader, &file).await.is(200);
    let answers = join_all((0..10).flat_map(|_| (0..64).map(|_| api.get(&reader, &file)))).await;
    assert!(answers.iter().all(|answer| answer.status == 200));
    let id = |answer: &Answer| answer.headers["x-request-id"].to_str().unwrap().to_owned();
    let answered: BTreeSet<String> = answers.iter().map(id).collect();
    assert_eq!(answered.len(), 640);
    let written = api.audited().await.into_iter().filter_map(|record| record.request);
    let mut written: Vec<String> = written.filter(|request| answered.contains(request)).collect();
    written.sort();
    assert!(written.iter().eq(&answered), "{} records of 640 reads", written.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_is_written_down_when_it_opens_for_each_event_and_when_it_ends() {
    let api = Api::start().await;
    let centre = api.centre("here").await;
    let director = api.token("director", Role::Director, &[centre]);
    let request = api.request(Method::GET, "/v1/escalations/stream?after=0").bearer_auth(&director);
    let mut heard = request.send().await.unwrap().bytes_stream();
    let psy = api.token("psy", Role::Psychosocial, &[centre]);
    let case = case(&api, centre).await;
    let cases = json!([{"case": case, "role": "affected"}]);
    let signal = json!({"centre": centre, "note": PLANTED, "severity": "acute", "cases": cases});
    api.post(&psy, "/v1/signals", signal).await.is(201);
    let came = async {
        let mut text = String::new();
        while !text.contains("data:") {
            text.push_str(&String::from_utf8_lossy(&heard.next().await.unwrap().unwrap()));
        }
    };
    tokio::time::timeout(PATIENCE, came).await.expect("no event came");
    let of = |records: &[AuditRecord], scope: &str| -> Vec<AuditRecord> {
        let of_stream = records.iter().filter(|record| record.call == "GET /v1/escalations/stream");
        of_stream.filter(|record| record.scope.iter().any(|word| word == scope)).cloned().collect()
    };
    let records = api.audited().await;
    assert!(
        records
            .iter()
            .any(|record| record.call.ends_with("/stream") && record.scope.is_empty() && record.rows == 0)
    );
    let event = &of(&records, "stream=event")[0];
    assert_eq!(event.record.as_ref().unwrap().kind, "escalation");
    assert_eq!(event.cases.iter().map(ToString::to_string).collect::<Vec<_>>(), [case]);
    assert!(event.who.as_ref().is_some_and(|who| who.subject.as_str() == "director"));
    drop(heard);
    let ended = || async { of(&api.audited().await, "stream=ended").into_iter().next() };
    let ended = eventually(ended).await.expect("no end was written");
    assert!(ended.rows >= 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_ask_who_looked_is_told_and_the_question_is_written_down() {
    let api = Api::start().await;
    let (here, there) = (api.centre("here").await, api.centre("there").await);
    let case = case(&api, here).await;
    let file = format!("/v1/cases/{case}");
    api.get(&api.token("reader", Role::Psychosocial, &[here]), &file).await.is(200);
    let refused = api.get(&api.token("stranger", Role::Psychosocial, &[there]), &file).await.is(403);
    let sequence = refused.headers["nabij-audit-sequence"].to_str().unwrap();
    let log = format!("/v1/cases/{case}/access-log?min_sequence={sequence}");
    let director = api.token("director", Role::Director, &[here]);
    let answer = api.get(&director, &log).await.is(200);
    let told = answer.json();
    let of = |subject: &str, call: &str| {
        let accesses = told["accesses"].as_array().unwrap();
        accesses.iter().find(|one| one["subject"] == subject && one["call"] == call).cloned()
    };
    assert_eq!(of("reader", "GET /v1/cases/{id}").unwrap()["outcome"], "allowed");
    let stranger = of("stranger", "GET /v1/cases/{id}").unwrap();
    assert_eq!(
        (stranger["outcome"].as_str(), stranger["problem"].as_str()),
        (Some("refused"), Some("not-yours"))
    );
    // The list that the helper read showed the case too.
    assert_eq!(of("psy", "GET /v1/cases").unwrap()["rows"], 1);
    assert!(!answer.text.contains(PLANTED));

    // Asking is a read as well.
    let asked = answer.headers["nabij-audit-sequence"].to_str().unwrap();
    let auditor = api.token("auditor", Role::Auditor, &[]);
    let again = api.get(&auditor, &format!("/v1/cases/{case}/access-log?min_sequence={asked}")).await.is(200);
    assert_eq!(again.json()["accesses"][0]["call"], "GET /v1/cases/{id}/access-log");
    assert_eq!(again.json()["accesses"][0]["subject"], "director");

    // The auditor asks by person and outcome, and pages; nobody else does.
    let by = api.get(&auditor, "/v1/audit?subject=stranger&outcome=refused").await.is(200).json();
    assert_eq!(by["accesses"].as_array().unwrap().len(), 1);
    let page = api.get(&auditor, &format!("/v1/audit?centre={here}&limit=1")).await.is(200).json();
    let next = page["next"].as_str().unwrap();
    let more =
        api.get(&auditor, &format!("/v1/audit?centre={here}&limit=1&cursor={next}")).await.is(200).json();
    assert_ne!(page["accesses"], more["accesses"]);
    let csv = api.get(&auditor, "/v1/audit?format=csv&subject=stranger").await.is(200);
    assert_eq!(csv.headers["content-type"], "text/csv; charset=utf-8");
    assert!(
        csv.text.starts_with("at,subject,") && csv.text.contains(",stranger,psychosocial,"),
        "{}",
        csv.text
    );
    api.get(&auditor, "/v1/audit?cursor=x").await.problem(400, "bad-query");
    api.get(&director, "/v1/audit").await.problem(403, "role-not-allowed");
    api.get(&api.token("other", Role::Director, &[there]), &log).await.problem(403, "not-yours");

    // Who wrote a signal may ask who asked for it.
    let reporter = api.token("reception", Role::Frontline, &[here]);
    let body = json!({"centre": here, "note": "stil", "cases": [{"case": case, "role": "affected"}]});
    let signal = api.post(&reporter, "/v1/signals", body).await.is(201).get("id");
    let read = api.get(&director, &format!("/v1/signals/{signal}")).await.is(200);
    let sequence = read.headers["nabij-audit-sequence"].to_str().unwrap();
    let log = format!("/v1/signals/{signal}/access-log?min_sequence={sequence}");
    let told = api.get(&reporter, &log).await.is(200).json();
    assert_eq!(told["accesses"][0]["subject"], "director");
    api.get(&api.token("colleague", Role::Frontline, &[here]), &log).await.is(403);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_stops_in_good_order_marks_the_end_of_its_chain() {
    let api = Api::start().await;
    let centre = api.centre("here").await;
    drop(case(&api, centre).await);
    api.stop();
    let ended = || async {
        let groups = api.audit_groups().await;
        groups.into_iter().find(|group| matches!(group.content, GroupContent::Ended { .. }))
    };
    eventually(ended).await.expect("no end mark");
    let verified = api.log.verify_audit(|_| {}).await.unwrap();
    assert!(verified.is_clean(), "{:?}", verified.findings);
    assert!(verified.open.is_empty());
}
