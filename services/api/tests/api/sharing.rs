//! Who reads along in a file: by a share, by trust, as a guardian, behind broken glass; and when that ends.

use std::sync::Arc;

use nabij_log::Submission;
use nabij_model::case::{Case, CaseCommand};
use nabij_model::{CentreId, Policies, Role};
use serde_json::{Value, json};

use crate::common::Api;

const PLAN: &str = "samen naar de bib";
const STORY: &str = "hij sliep op de gang";
const SECRET: &str = "droomt van de brand";
const HELPS: &str = "rustig praten";

/// A case of a minor on their own with a word of each kind, all of it in the views: the team's token and the case.
async fn case(api: &Api, centre: CentreId) -> (String, String) {
    let team = api.token("psy", Role::Psychosocial, &[centre]);
    let body = json!({
        "centre": centre, "birth_date": "2011-05-01", "arrived_on": "2026-01-10", "languages": ["ps"],
        "accompaniment": "unaccompanied",
    });
    let case = api.post(&team, "/v1/cases", body).await.is(201).get("id");
    let file = format!("/v1/cases/{case}");
    let guidance = json!({"helps": [HELPS], "agreed_with": "resident"});
    api.done(&team, &format!("{file}/guidance"), guidance).await;
    let action = json!({"what": PLAN, "role": "companion", "due_on": "2030-01-01"});
    api.done(&team, &format!("{file}/plan-actions"), action).await;
    api.done(&team, &format!("{file}/support-level"), json!({"level": 2, "reason": SECRET})).await;
    let signal = json!({"centre": centre, "note": STORY, "cases": [{"case": case, "role": "affected"}]});
    let signal = api.post(&team, "/v1/signals", signal).await.is(201);
    api.get(&team, &format!("{file}?min_sequence={}", signal.json()["sequence"])).await.is(200);
    (team, file)
}

fn share(reader: Value, what: &[&str]) -> Value {
    json!({
        "with": "network", "reader": reader, "what": what, "ground": "shared_secrecy",
        "conditions": {"same_mission": true, "necessary": true, "person_informed": true},
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_share_opens_what_it_names_to_whom_it_names_until_it_ends() {
    let api = Api::start().await;
    let (here, there) = (api.centre("here").await, api.centre("there").await);
    let (team, file) = case(&api, here).await;
    let friend = api.token("friend", Role::Psychosocial, &[there]);
    let stranger = api.token("stranger", Role::Psychosocial, &[there]);
    api.get(&friend, &file).await.problem(403, "not-yours");
    let shared =
        api.post(&team, &format!("{file}/shares"), share(json!({"person": "friend"}), &["plan"])).await;
    let shared = shared.is(200);
    let read = format!("{file}?min_sequence={}", shared.json()["sequence"]);
    let seen = api.get(&friend, &read).await.is(200);
    assert_eq!(seen.json()["part"], "granted");
    assert_eq!(seen.json()["parts"], json!(["plan"]));
    assert!(seen.text.contains(PLAN), "{}", seen.text);
    for closed in [STORY, SECRET, HELPS, "2011-05-01"] {
        assert!(!seen.text.contains(closed), "{closed}: {}", seen.text);
    }
    api.get(&stranger, &read).await.problem(403, "not-yours");
    let nurses = json!({"role": {"role": "medical", "centre": there}});
    api.post(&team, &format!("{file}/shares"), share(nurses, &["signals"])).await.is(200);
    let nurse = api.get(&api.token("nurse", Role::Medical, &[there]), &read).await.is(200);
    assert!(nurse.text.contains(STORY) && !nurse.text.contains(PLAN), "{}", nurse.text);
    // Whoever reads along writes nothing.
    api.post(&friend, &format!("{file}/contacts"), json!({})).await.problem(403, "not-yours");
    let end = format!("{file}/shares/{}/end", shared.get("share"));
    api.post(&friend, &end, json!({"reason": "not_needed"})).await.problem(403, "not-yours");
    api.post(&team, &end, json!({"reason": "person_asked"})).await.is(200);
    api.get(&friend, &file).await.problem(403, "not-yours");
    api.post(&team, &end, json!({"reason": "person_asked"})).await.problem(409, "share-ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_share_ends_at_once_with_its_consent_and_two_do_not_add_up() {
    let api = Api::start().await;
    let (here, there) = (api.centre("here").await, api.centre("there").await);
    let (team, file) = case(&api, here).await;
    let consent = json!({"by": "self", "capable": true, "scope": ["network"], "interpreter": "professional"});
    let consent = api.post(&team, &format!("{file}/consents"), consent).await.is(200).get("consent");
    let mut on_consent = share(json!({"person": "friend"}), &["screenings"]);
    on_consent["ground"] = "consent".into();
    on_consent["consent"] = consent.clone().into();
    on_consent["levels"] = json!(["psychosocial"]);
    api.post(&team, &format!("{file}/shares"), on_consent).await.is(200);
    let other =
        api.post(&team, &format!("{file}/shares"), share(json!({"person": "friend"}), &["plan"])).await;
    let read = format!("{file}?min_sequence={}", other.is(200).json()["sequence"]);
    let friend = api.token("friend", Role::Companion, &[there]);
    let seen = api.get(&friend, &read).await.is(200);
    assert!(seen.text.contains(SECRET) && seen.text.contains(PLAN), "{}", seen.text);
    api.post(&team, &format!("{file}/consents/{consent}/withdrawals"), json!({})).await.is(200);
    let seen = api.get(&friend, &read).await.is(200);
    assert!(!seen.text.contains(SECRET) && seen.text.contains(PLAN), "{}", seen.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_opens_a_file_to_themselves_or_further_than_they_read_it() {
    let api = Api::start().await;
    let here = api.centre("here").await;
    let (team, file) = case(&api, here).await;
    let director = api.token("director", Role::Director, &[here]);
    let shares = format!("{file}/shares");
    let up_to = |reader: &str, levels: &[&str]| {
        let mut body = share(json!({"person": reader}), &["plan"]);
        body["levels"] = json!(levels);
        body
    };
    api.post(&director, &shares, up_to("director", &["team"])).await.problem(403, "reader-is-yourself");
    let refused = api.post(&director, &shares, up_to("friend", &["team", "psychosocial"])).await;
    assert_eq!(refused.problem(403, "not-yours-to-give").json()["pointer"], "/levels/1");
    let trusted = format!("{file}/trusted-persons");
    let names =
        |colleague: &str| json!({"colleague": colleague, "shows": ["signals"], "levels": ["psychosocial"]});
    api.post(&director, &trusted, names("cook")).await.problem(403, "not-yours-to-give");
    api.post(&team, &trusted, names("psy")).await.problem(403, "trusted-is-yourself");
    // A psychologist shares the plan with the director, psychosocial words and all: the plan, and not the story of the rest.
    let done = api.done(&team, &shares, up_to("director", &["team", "psychosocial"])).await;
    for read in [format!("{file}?min_sequence={done}"), format!("{file}/timeline")] {
        let seen = api.get(&director, &read).await.is(200);
        assert!(seen.text.contains(PLAN) && !seen.text.contains(SECRET), "{}", seen.text);
    }
    let mut wider = up_to("director", &["psychosocial"]);
    wider["what"] = json!(["screenings"]);
    let done = api.done(&team, &shares, wider).await;
    for read in [format!("{file}?min_sequence={done}"), format!("{file}/timeline")] {
        let seen = api.get(&director, &read).await.is(200);
        assert!(seen.text.contains(SECRET), "{}", seen.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_reads_one_file_by_a_grant_learns_of_no_other_resident() {
    let api = Api::start().await;
    let (here, there) = (api.centre("here").await, api.centre("there").await);
    let (team, file) = case(&api, here).await;
    let body = json!({"centre": here, "birth_year": 2012, "arrived_on": "2026-01-10", "languages": ["ps"]});
    let other = api.post(&team, "/v1/cases", body).await.is(201).get("id");
    let own = file.rsplit('/').next().unwrap();
    let cases = json!([{"case": own, "role": "affected"}, {"case": other, "role": "alleged_actor"}]);
    api.post(&team, "/v1/signals", json!({"centre": here, "note": "geduwd", "cases": cases})).await.is(201);
    let done =
        api.done(&team, &format!("{file}/shares"), share(json!({"person": "friend"}), &["signals"])).await;
    let friend = api.token("friend", Role::Psychosocial, &[there]);
    for read in [format!("{file}?min_sequence={done}"), format!("{file}/timeline")] {
        let seen = api.get(&friend, &read).await.is(200);
        assert!(seen.text.contains("geduwd") && !seen.text.contains(&other), "{}", seen.text);
        assert!(seen.json().get("version").is_none(), "{}", seen.text);
    }
    assert!(api.get(&team, &file).await.is(200).text.contains(&other), "the team reads who else was there");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_accusation_that_nobody_looked_at_takes_no_line_of_anybodys_page() {
    let api = Api::start().await;
    let (here, there) = (api.centre("here").await, api.centre("there").await);
    let (team, file) = case(&api, here).await;
    let own = file.rsplit('/').next().unwrap();
    let accused = json!([{"case": own, "role": "alleged_actor"}]);
    let accused = json!({"centre": here, "note": "hij zou geduwd hebben", "cases": accused});
    api.post(&team, "/v1/signals", accused).await.is(201);
    let done =
        api.done(&team, &format!("{file}/shares"), share(json!({"person": "friend"}), &["signals"])).await;
    let companion = api.token("companion", Role::Companion, &[here]);
    let friend = api.token("friend", Role::Psychosocial, &[there]);
    let coordinator = api.token("coordinator", Role::Coordinator, &[here]);
    for (reader, sees) in [(&companion, false), (&friend, false), (&coordinator, true)] {
        for order in ["newest", "oldest"] {
            let (mut pages, mut cursor) = (Vec::new(), String::new());
            loop {
                let page = format!("{file}/timeline?min_sequence={done}&order={order}&limit=1{cursor}");
                let page = api.get(reader, &page).await.is(200);
                assert_eq!(page.json()["entries"].as_array().unwrap().len(), 1, "{}", page.text);
                pages.push(page.text.clone());
                let Some(next) = page.json()["next"].as_u64() else { break };
                cursor = format!("&cursor={next}");
            }
            assert_eq!(pages.iter().any(|page| page.contains("geduwd")), sees, "{pages:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cook_reads_what_the_resident_lets_the_cook_read() {
    let api = Api::start().await;
    let here = api.centre("here").await;
    let (team, file) = case(&api, here).await;
    let cook = api.token("cook", Role::Frontline, &[here]);
    let before = api.get(&cook, &file).await.is(200);
    assert!(before.text.contains(HELPS) && !before.text.contains(PLAN), "{}", before.text);
    let named = json!({"colleague": "cook", "role": "frontline", "shows": ["plan"]});
    let named = api.done(&team, &format!("{file}/trusted-persons"), named).await;
    let seen = api.get(&cook, &format!("{file}?min_sequence={named}")).await.is(200);
    assert!(seen.text.contains(HELPS) && seen.text.contains(PLAN), "{}", seen.text);
    assert!(!seen.text.contains(STORY) && !seen.text.contains(SECRET), "{}", seen.text);
    api.done(&team, &format!("{file}/trusted-persons/ends"), json!({"colleague": "cook"})).await;
    let after = api.get(&cook, &file).await.is(200);
    assert!(after.text.contains(HELPS) && !after.text.contains(PLAN), "{}", after.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_a_resident_trusts_reads_what_that_grants_whatever_their_role() {
    let api = Api::start().await;
    let here = api.centre("here").await;
    let (team, file) = case(&api, here).await;
    for (who, role) in [("voogd", Role::Guardian), ("counts", Role::Analyst), ("watches", Role::Auditor)] {
        let trusted = api.token(who, role, &[]);
        assert_eq!(api.get(&trusted, &file).await.status, 403, "{role}");
        let named = json!({"colleague": who, "role": role, "shows": ["plan"]});
        let named = api.done(&team, &format!("{file}/trusted-persons"), named).await;
        let seen = api.get(&trusted, &format!("{file}?min_sequence={named}")).await.is(200);
        assert!(seen.text.contains(PLAN), "{role}: {}", seen.text);
        assert!(!seen.text.contains(STORY) && !seen.text.contains(SECRET), "{role}: {}", seen.text);
        let stranger = api.token("somebody", role, &[]);
        assert_eq!(api.get(&stranger, &file).await.status, 403, "{role}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guardian_reads_of_their_minor_what_is_not_kept_from_them() {
    let api = Api::start().await;
    let here = api.centre("here").await;
    let (team, file) = case(&api, here).await;
    let guardian = api.token("voogd-1", Role::Guardian, &[]);
    api.get(&guardian, &file).await.problem(403, "role-not-allowed");
    let named = api.done(&team, &format!("{file}/guardian"), json!({"guardian": "voogd-1"})).await;
    let seen = api.get(&guardian, &format!("{file}?min_sequence={named}")).await.is(200);
    assert!(seen.text.contains(STORY) && seen.text.contains(PLAN), "{}", seen.text);
    assert!(!seen.text.contains(SECRET), "clinical words: {}", seen.text);
    api.get(&api.token("voogd-2", Role::Guardian, &[]), &file).await.problem(403, "role-not-allowed");
    let signal = seen.json()["signals"][0]["steps"][0]["event_id"].as_str().unwrap().to_owned();
    let keep = json!({"kept": {
        "from": ["guardian"], "reason": "asked_not_to", "note": "bang voor ruzie", "review_on": "2030-01-01",
    }});
    let kept = api.done(&team, &format!("{file}/statements/{signal}/keep"), keep).await;
    let seen = api.get(&guardian, &format!("{file}?min_sequence={kept}")).await.is(200);
    assert!(!seen.text.contains(STORY) && seen.text.contains(PLAN), "{}", seen.text);
    let seen = api.get(&guardian, &format!("{file}/timeline")).await.is(200);
    assert!(!seen.text.contains(STORY) && seen.text.contains(PLAN), "{}", seen.text);
    // Nor by asking for the day before it was kept.
    for earlier in ["", "/timeline"] {
        let day = format!("{file}{earlier}?as_of={named}");
        api.get(&guardian, &day).await.problem(403, "now-only");
    }
    assert!(api.get(&team, &file).await.is(200).text.contains(STORY), "the team goes on reading it");
    let released =
        api.done(&team, &format!("{file}/statements/{signal}/release"), json!({"agreed": true})).await;
    let seen = api.get(&guardian, &format!("{file}?min_sequence={released}")).await.is(200);
    assert!(seen.text.contains(STORY), "{}", seen.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_child_keeps_from_the_parents_stands_on_no_page_of_the_family() {
    let api = Api::start().await;
    let here = api.centre("here").await;
    let team = api.token("psy", Role::Psychosocial, &[here]);
    let body = json!({
        "centre": here, "birth_date": "2012-05-01", "arrived_on": "2026-01-10", "languages": ["ps"],
        "accompaniment": "parents", "household": "01890000-0000-7000-8000-0000000000aa",
    });
    let case = api.post(&team, "/v1/cases", body.clone()).await.is(201).get("id");
    let sibling = api.post(&team, "/v1/cases", body).await.is(201).get("id");
    let file = format!("/v1/cases/{case}");
    let (told, kept) = ("ik wil voetballen", "zeg het niet aan papa");
    api.done(&team, &format!("{file}/responses"), json!({"words": told})).await;
    let words =
        json!({"words": kept, "kept": {"from": ["parents"], "reason": "danger", "review_on": "2030-01-01"}});
    let sequence = api.done(&team, &format!("{file}/responses"), words).await;
    let parents =
        api.get(&team, &format!("{file}/family?reader=parents&min_sequence={sequence}")).await.is(200);
    assert!(parents.text.contains(told) && !parents.text.contains(kept), "{}", parents.text);
    assert!(!parents.text.contains("kept"), "not even that something is kept: {}", parents.text);
    let guardian = api.get(&team, &format!("{file}/family?reader=guardian")).await.is(200);
    assert!(guardian.text.contains(kept), "it is kept from the parents only: {}", guardian.text);
    // A line holds nobody's words. Whoever adds some also says what becomes of those that are kept from the reader.
    let line = [
        "accompaniment",
        "case",
        "centre",
        "last_written_at",
        "recorded_seq",
        "safety_centre",
        "status",
        "support_level",
    ];
    for page in [format!("{file}/household"), format!("/v1/cases/{sibling}/household")] {
        let household = api.get(&team, &page).await.is(200).json();
        let cases = household["cases"].as_array().unwrap();
        assert_eq!(cases.len(), 1, "{household}");
        let mut fields: Vec<&str> = cases[0].as_object().unwrap().keys().map(String::as_str).collect();
        fields.sort_unstable();
        assert_eq!(fields, line);
    }
    let own = api.get(&team, &format!("{file}/timeline")).await.is(200);
    assert!(own.text.contains(kept), "the team reads it: {}", own.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_glass_is_broken_with_a_reason_and_an_auditor_looks_at_it() {
    let api = Api::start().await;
    let (here, there) = (api.centre("here").await, api.centre("there").await);
    let (team, file) = case(&api, here).await;
    let night = api.token("night", Role::Frontline, &[there]);
    api.get(&night, &file).await.problem(403, "not-yours");
    let glass = format!("{file}/break-glass");
    let blank = json!({"reason": "danger_to_child", "why": " "});
    api.post(&night, &glass, blank).await.problem(422, "words-needed");
    api.post(&night, &glass, json!({"reason": "danger_to_child"})).await.problem(422, "missing-field");
    let why = "hij staat op het dak van het station";
    let broken = api.post(&night, &glass, json!({"reason": "danger_to_child", "why": why})).await.is(200);
    let json = broken.json();
    assert_eq!(json["reviewed_afterwards"], true);
    let until: jiff::Timestamp = broken.get("until").parse().unwrap();
    let hours = until.duration_since(jiff::Timestamp::now()).as_secs_f64() / 3600.0;
    assert!((2.9..=3.0).contains(&hours), "it closes at {until}");
    let read = format!("{file}?min_sequence={}", json["sequence"]);
    let seen = api.get(&night, &read).await.is(200);
    for word in [STORY, SECRET, HELPS, PLAN] {
        assert!(seen.text.contains(word), "{word}: {}", seen.text);
    }
    api.get(&api.token("other", Role::Frontline, &[there]), &read).await.problem(403, "not-yours");
    // Who watches sees why, and nothing of the file.
    let auditor = api.token("auditor", Role::Auditor, &[]);
    api.get(&auditor, &file).await.problem(403, "role-not-allowed");
    let due = api.get(&auditor, "/v1/break-glass?due=true").await.is(200);
    let line = due.json()["glasses"][0].clone();
    assert_eq!(
        (&line["by"], &line["why"], &line["review_due"]),
        (&json!("night"), &json!(why), &json!(true))
    );
    assert!(!due.text.contains(STORY), "{}", due.text);
    api.get(&team, "/v1/break-glass").await.problem(403, "role-not-allowed");
    let review = format!("{glass}/{}/review", broken.get("glass"));
    api.post(&team, &review, json!({"verdict": "justified"})).await.problem(403, "role-not-allowed");
    let reviewed = api.done(&auditor, &review, json!({"verdict": "justified", "note": "terecht"})).await;
    let open = api.get(&auditor, &format!("/v1/break-glass?due=true&min_sequence={reviewed}")).await.is(200);
    assert_eq!(open.json()["glasses"], json!([]));
    let done = api.get(&auditor, "/v1/break-glass?due=false").await.is(200).json();
    assert_eq!(done["glasses"][0]["reviews"][0]["verdict"], "justified");
    // It closes by itself: somebody broke it four hours ago.
    let before = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(4);
    let by = nabij_model::Actor {
        subject: "earlier".parse().unwrap(),
        role: Role::Frontline,
        centres: vec![there],
        operator: None,
    };
    let earlier = Submission::new(before, by, Arc::new(Policies::shipped()));
    let glass_of_then = json!({"glass": uuid::Uuid::now_v7(), "reason": "danger_to_child", "why": why});
    let command = CaseCommand::BreakGlass(serde_json::from_value(glass_of_then).unwrap());
    let id = file.rsplit('/').next().unwrap().parse().unwrap();
    api.log.execute::<Case>(id, command, &earlier).await.unwrap();
    api.get(&api.token("earlier", Role::Frontline, &[there]), &file).await.problem(403, "not-yours");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_share_shows_of_the_timeline_what_it_names_in_pages_of_their_own() {
    let api = Api::start().await;
    let (here, there) = (api.centre("here").await, api.centre("there").await);
    let (team, file) = case(&api, here).await;
    let timeline = format!("{file}/timeline");
    let friend = api.token("friend", Role::Psychosocial, &[there]);
    api.get(&friend, &timeline).await.problem(403, "not-yours");
    let other = json!({"what": "naar de tandarts", "role": "companion", "due_on": "2030-01-02"});
    api.done(&team, &format!("{file}/plan-actions"), other).await;
    let shared =
        api.post(&team, &format!("{file}/shares"), share(json!({"person": "friend"}), &["plan"])).await;
    let shared = shared.is(200);
    let seen = api.get(&friend, &format!("{timeline}?min_sequence={}", shared.json()["sequence"])).await;
    let seen = seen.is(200);
    assert!(seen.text.contains(PLAN) && seen.text.contains("tandarts"), "{}", seen.text);
    for closed in [STORY, SECRET, HELPS, "2011-05-01", "nabij.signal", "information_shared"] {
        assert!(!seen.text.contains(closed), "{closed}: {}", seen.text);
    }
    assert_eq!(seen.json()["part"], "granted");
    let newest = seen.json()["entries"].as_array().unwrap().clone();
    assert_eq!((newest.len(), &seen.json()["next"]), (2, &Value::Null));
    // What is not shown takes no line of a page.
    let first = api.get(&friend, &format!("{timeline}?limit=1")).await.is(200).json();
    assert_eq!(first["entries"], json!([newest[0]]));
    let second =
        api.get(&friend, &format!("{timeline}?limit=1&cursor={}", first["next"])).await.is(200).json();
    assert_eq!((&second["entries"], &second["next"]), (&json!([newest[1]]), &Value::Null));
    let oldest = api.get(&friend, &format!("{timeline}?limit=1&order=oldest")).await.is(200).json();
    assert_eq!(oldest["entries"], json!([newest[1]]));
    // The team goes on reading all of it.
    let whole = api.get(&team, &timeline).await.is(200);
    assert!(whole.text.contains(STORY) && whole.json()["part"].is_null(), "{}", whole.text);
    let end = format!("{file}/shares/{}/end", shared.get("share"));
    api.post(&team, &end, json!({"reason": "not_needed"})).await.is(200);
    api.get(&friend, &timeline).await.problem(403, "not-yours");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guardian_reads_the_timeline_until_the_minor_comes_of_age() {
    let api = Api::start().await;
    let here = api.centre("here").await;
    let (team, file) = case(&api, here).await;
    let timeline = format!("{file}/timeline");
    let guardian = api.token("voogd-1", Role::Guardian, &[]);
    assert_eq!(api.get(&guardian, &timeline).await.status, 403);
    let named = api.done(&team, &format!("{file}/guardian"), json!({"guardian": "voogd-1"})).await;
    let read = async |sequence: u64| api.get(&guardian, &format!("{timeline}?min_sequence={sequence}")).await;
    let seen = read(named).await.is(200);
    assert!(seen.text.contains(STORY) && seen.text.contains(PLAN), "{}", seen.text);
    assert!(!seen.text.contains(SECRET), "clinical words: {}", seen.text);
    let entries = seen.json()["entries"].as_array().unwrap().clone();
    let signal = entries.iter().find(|entry| entry["kind"] == "signal").unwrap();
    let (event, signal) = (signal["event_id"].as_str().unwrap(), signal["aggregate"].as_str().unwrap());
    let assessed = json!({"severity": "moderate", "blind": true, "note": "ze vertelt het rustig"});
    let colleague = api.token("psy-2", Role::Psychosocial, &[here]);
    api.post(&colleague, &format!("/v1/signals/{signal}/assessments"), assessed).await.is(200);
    let keep = json!({"kept": {
        "from": ["guardian"], "reason": "asked_not_to", "note": "bang voor ruzie", "review_on": "2030-01-01",
    }});
    let kept = api.done(&team, &format!("{file}/statements/{event}/keep"), keep).await;
    let seen = read(kept).await.is(200);
    // Not a step of the signal is left: an assessment would tell that there was something to assess.
    assert!(!seen.text.contains(signal) && seen.text.contains(PLAN), "{}", seen.text);
    // While the age is in dispute the person counts as a minor; when it is settled otherwise, the grant ends of itself.
    let disputed = json!({"by": "immigration_office"});
    let disputed = api.post(&team, &format!("{file}/age-disputes"), disputed).await.is(200);
    read(disputed.json()["sequence"].as_u64().unwrap()).await.is(200);
    let settled = json!({"by": "guardianship_service", "birth_year": 1999});
    let settled = api.post(&team, &format!("{file}/age-settlements"), settled).await.is(200);
    let after = read(settled.json()["sequence"].as_u64().unwrap()).await;
    assert_eq!(after.status, 403, "{}", after.text);
    assert_eq!(api.get(&guardian, &file).await.status, 403);
}
