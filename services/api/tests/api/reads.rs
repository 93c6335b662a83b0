//! What a team writes it reads back; what others may not read they do not.

use crate::common::Api;
use nabij_model::{CentreId, Role};
use serde_json::{Value, json};

const STORY: &str = "zwijgt sinds de brand";
const SCREEN: &str = "nachtmerries elke nacht";
const HELPS: &str = "een wandeling helpt";
const NAME: &str = "Mohibullah Testpersoon";

/// A case in `centre` with a word at each level.
async fn case(api: &Api, centre: CentreId) -> (String, u64) {
    let team = api.token("psy", Role::Psychosocial, &[centre]);
    let body = json!({
        "centre": centre, "birth_date": "2012-05-01", "languages": ["ps"], "arrived_on": "2026-01-10",
        "resident": {"name": NAME},
    });
    let case = api.post(&team, "/v1/cases", body).await.is(201).get("id");
    let guidance = json!({"triggers": ["sirenes"], "helps": [HELPS], "agreed_with": "resident"});
    api.done(&team, &format!("/v1/cases/{case}/guidance"), guidance).await;
    let level = json!({"level": 2, "reason": SCREEN});
    api.done(&team, &format!("/v1/cases/{case}/support-level"), level).await;
    let reporter = api.token("reception", Role::Frontline, &[centre]);
    let signal = json!({"centre": centre, "note": STORY, "cases": [{"case": case, "role": "affected"}]});
    let signal = api.post(&reporter, "/v1/signals", signal).await.is(201);
    (case, signal.json()["sequence"].as_u64().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn each_role_reads_its_levels_and_no_other_centre() {
    let api = Api::start().await;
    let (here, there) = (api.centre("here").await, api.centre("there").await);
    let (case, sequence) = case(&api, here).await;
    let file = format!("/v1/cases/{case}?min_sequence={sequence}");
    let timeline = format!("/v1/cases/{case}/timeline?min_sequence={sequence}");
    let read = async |role: Role, centre: CentreId, path: &str| {
        api.get(&api.token("reader", role, &[centre]), path).await
    };

    let psychosocial = read(Role::Psychosocial, here, &file).await.is(200);
    for word in [STORY, SCREEN, HELPS, NAME, "2012-05-01"] {
        assert!(psychosocial.text.contains(word), "{word} is not in {}", psychosocial.text);
    }
    let school = read(Role::School, here, &timeline).await.is(200);
    assert!(school.text.contains(STORY) && !school.text.contains(SCREEN), "{}", school.text);
    assert!(school.text.contains(r#"{"withheld":"psychosocial"}"#), "{}", school.text);
    let duty = read(Role::Frontline, here, &file).await.is(200);
    assert!(duty.text.contains(HELPS), "{}", duty.text);
    for word in [STORY, SCREEN, NAME, "2012-05-01", "sealed"] {
        assert!(!duty.text.contains(word), "{word} is in {}", duty.text);
    }

    // Nobody of another centre, no headquarters, no analyst, no machine reads a file.
    for (role, centre) in [
        (Role::Frontline, there),
        (Role::Psychosocial, there),
        (Role::Director, there),
        (Role::OperatorHq, here),
        (Role::NetworkHq, here),
        (Role::Analyst, here),
        (Role::Auditor, here),
        (Role::Service, here),
    ] {
        let signal = format!("/v1/centres/{here}/worklist");
        for path in [&file, &timeline, &signal] {
            let answer = read(role, centre, path).await;
            assert_eq!(answer.status, 403, "{role} read {path}: {}", answer.text);
        }
    }
    let list = format!("/v1/cases?min_sequence={sequence}");
    assert_eq!(read(Role::Companion, here, &list).await.is(200).json()["cases"].as_array().unwrap().len(), 1);
    assert_eq!(read(Role::Companion, there, &list).await.is(200).json()["cases"], json!([]));
    let on_duty = read(Role::Frontline, here, "/v1/cases").await.is(200).json()["cases"][0].clone();
    assert_eq!(on_duty, json!({"case": case, "status": "present", "centre": here, "safety_centre": here}));
    read(Role::Companion, there, &format!("/v1/cases?centre={here}")).await.problem(403, "not-yours");
    let contact = format!("/v1/cases/{case}/contacts");
    api.post(&api.token("x", Role::Frontline, &[there]), &contact, json!({})).await.problem(403, "not-yours");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reporter_follows_the_own_signal_and_a_confidential_one_stays_with_the_safeguarding_person() {
    let api = Api::start().await;
    let here = api.centre("here").await;
    let reporter = api.token("reception", Role::Frontline, &[here]);
    let body = json!({"centre": here, "note": STORY, "concerns_staff": true, "route": "confidential"});
    let signal = api.post(&reporter, "/v1/signals", body).await.is(201);
    let path = format!("/v1/signals/{}", signal.get("id"));
    assert!(api.get(&reporter, &path).await.is(200).text.contains(STORY));
    for role in [Role::Director, Role::Coordinator, Role::Psychosocial, Role::Frontline] {
        let colleague = api.token("colleague", role, &[here]);
        let answer = api.get(&colleague, &path).await;
        assert!([403, 404].contains(&answer.status.as_u16()), "{role}: {}", answer.text);
        let assess = json!({"severity": "high", "blind": true});
        let answer = api.post(&colleague, &format!("{path}/assessments"), assess).await;
        assert!([403, 404].contains(&answer.status.as_u16()), "{role}: {}", answer.text);
    }
    let safe = api.token("safe", Role::SafeguardingPerson, &[]);
    assert!(api.get(&safe, &path).await.is(200).text.contains(STORY));
    let feedback = json!({"to": "reporter", "kind": "action_taken", "note": "we hebben gesproken"});
    api.post(&safe, &format!("{path}/feedback"), feedback).await.is(200);
    let heard = api.get(&reporter, &path).await.is(200).json();
    let told = heard["events"].as_array().unwrap().last().unwrap();
    assert_eq!(told["body"]["kind"], "action_taken");
    assert_eq!(told["body"]["note"], "we hebben gesproken", "the reporter was told, and may not read it");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_earlier_moment_shows_what_was_known_then() {
    let api = Api::start().await;
    let here = api.centre("here").await;
    let (case, sequence) = case(&api, here).await;
    let team = api.token("psy", Role::Psychosocial, &[here]);
    let contact = format!("/v1/cases/{case}/contacts");
    let later = api.done(&team, &contact, json!({"note": "we dronken thee"})).await;
    let entries = async |query: &str| -> Value {
        api.get(&team, &format!("/v1/cases/{case}/timeline?{query}")).await.is(200).json()["entries"].clone()
    };
    let now = entries(&format!("min_sequence={later}")).await;
    assert_eq!(now.as_array().unwrap().len(), 5);
    assert_eq!(now[0]["event_type"], "nabij.case.contact_noted.v1");
    let then = entries(&format!("as_of={sequence}")).await;
    assert_eq!(then.as_array().unwrap(), &now.as_array().unwrap()[1..]);
    let at = now[0]["recorded_at"].as_str().unwrap();
    assert_eq!(entries(&format!("as_of={at}")).await, now);

    // A page at a time gives the same.
    let mut paged = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = format!("/v1/cases/{case}/timeline?limit=2{cursor}");
        let page = api.get(&team, &page).await.is(200).json();
        paged.extend(page["entries"].as_array().unwrap().clone());
        match page["next"].as_u64() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(Value::Array(paged), now);
    api.get(&team, &format!("/v1/cases/{case}?as_of=yesterday")).await.problem(400, "bad-query");
    // Nobody waits for what was never written.
    for ahead in ["min_sequence=999999", "as_of=999999", "min_sequence=18446744073709551615"] {
        api.get(&team, &format!("/v1/cases/{case}?{ahead}")).await.problem(400, "no-such-sequence");
    }

    // Nothing new, nothing sent.
    let file = api.get(&team, &format!("/v1/cases/{case}")).await.is(200);
    let request = api.request(reqwest::Method::GET, &format!("/v1/cases/{case}")).bearer_auth(&team);
    let again = api.send(request.header("if-none-match", &file.headers["etag"])).await.is(304);
    assert_eq!(again.text, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_team_sees_its_work() {
    let api = Api::start().await;
    let here = api.centre("here").await;
    let (_, sequence) = case(&api, here).await;
    let team = api.token("psy", Role::Psychosocial, &[here]);
    let view = async |name: &str| {
        api.get(&team, &format!("/v1/centres/{here}/{name}?min_sequence={sequence}")).await.is(200).json()
    };
    let worklist = view("worklist").await;
    assert!(worklist["items"].as_array().is_some_and(|items| !items.is_empty()), "{worklist}");
    let agenda = view("agenda").await;
    assert_eq!(agenda["cases"].as_array().unwrap().len(), 1, "{agenda}");
    let board = view("board").await;
    assert_eq!(board["cases"]["present"], 1, "{board}");
    let centres = api.get(&team, "/v1/centres").await.is(200).json();
    assert_eq!(centres["centres"][0]["code"], "here");
    let service = api.token("service", Role::Service, &[]);
    let count = json!({"as_at": "2026-02-01T08:00:00Z", "residents": 120, "minors": 40});
    let counted = api.done(&service, &format!("/v1/centres/{here}/occupancy"), count).await;
    let counts =
        api.get(&team, &format!("/v1/centres/{here}/occupancy?min_sequence={counted}")).await.is(200).json();
    assert_eq!(counts["counts"][0]["residents"], 120);
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_come_as_json_and_csv_to_who_may_count() {
    let api = Api::start().await;
    let (here, there) = (api.centre("here").await, api.centre("there").await);
    let service = api.token("service", Role::Service, &[]);
    let entry = json!({
        "centre": here, "source": "register", "register_number": "1-A", "incident_type": "violence",
        "level": "major", "occurred_at": "2026-01-05T10:00:00Z",
    });
    let written = api.post(&service, "/v1/incidents", entry.clone()).await;
    let written = written.is(201);
    api.post(&service, "/v1/incidents", entry).await.problem(409, "incident-exists");
    let sequence = written.json()["sequence"].as_u64().unwrap();
    let period = format!("from=2026-01-01&to=2026-02-01&min_sequence={sequence}");
    let analyst = api.token("counter", Role::Analyst, &[]);
    for name in [
        "underreporting",
        "reporting-rates",
        "silences",
        "register-gaps",
        "delays",
        "non-registration-reasons",
        "register-counts",
        "feedback",
        "protocols",
    ] {
        let path = format!("/v1/analytics/{name}?{period}");
        assert_eq!(api.get(&analyst, &path).await.is(200).json()["about"]["from"], "2026-01-01", "{name}");
        let csv = api.get(&analyst, &format!("{path}&format=csv")).await.is(200);
        assert!(csv.text.starts_with("report,figure,"), "{name}: {}", csv.text);
    }
    let alone = format!("{period}&accompaniment=unaccompanied&certainty=disclosed");
    let of_children =
        api.get(&analyst, &format!("/v1/analytics/underreporting?{alone}")).await.is(200).json();
    assert_eq!(of_children["about"]["accompaniment"], "unaccompanied");
    api.get(&analyst, &format!("/v1/analytics/silences?{alone}")).await.problem(400, "bad-query");
    for of in ["accompaniment=unaccompanied", "minors=true"] {
        let path = format!("/v1/analytics/protocols?{period}&{of}");
        api.get(&analyst, &path).await.problem(400, "bad-query");
    }
    let counts = format!("/v1/analytics/register-counts?{period}");
    assert_eq!(api.get(&analyst, &counts).await.json()["total"]["count"], 1);
    let team = api.token("team", Role::Coordinator, &[here]);
    assert_eq!(
        api.get(&team, &counts).await.is(200).json()["total"],
        json!({"count": null, "suppressed": true})
    );
    api.get(&team, &format!("{counts}&centre={there}")).await.problem(403, "not-yours");
    let hq = api.token("hq", Role::OperatorHq, &[]);
    api.get(&hq, &counts).await.is(200);
    api.get(&hq, &format!("{counts}&operator=other")).await.problem(403, "not-yours");
    api.get(&analyst, "/v1/analytics/delays?from=2026-02-01&to=2026-01-01")
        .await
        .problem(400, "empty-period");
}
