//! From the log to the mailbox: letters of a real SMTP server, and what the log says of them.

use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use nabij_alerts::deliver::{EmailSender, Login, SmtpSettings, SmtpTls};
use nabij_model::case::{Case, CaseCommand};
use nabij_model::centre::{Centre, CentreCommand};
use nabij_model::signal::{Signal, SignalCommand};
use nabij_model::{Actor, AggregateId, AggregateKind, Role};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::mail_server::MailServer;
use crate::place::{CENTRE, Place, names};

fn sender(server: &MailServer) -> EmailSender {
    EmailSender::new(SmtpSettings {
        host: "localhost".into(),
        port: server.port,
        tls: SmtpTls::Implicit,
        authority: Some(server.authority.clone()),
        login: Some(Login { user: "nabij".into(), password: "correct horse".to_owned().into() }),
        from: "nabij@example.org".into(),
        timeout: Duration::from_secs(20),
        zone: TimeZone::UTC,
    })
    .unwrap()
}

/// Directors with these addresses, and HQ with its own.
fn roster(directors: &[(&str, &str)]) -> String {
    let mut text = "timezone = \"Europe/Brussels\"\n".to_owned();
    for (number, (address, language)) in directors.iter().enumerate() {
        text +=
            &format!("[[person]]\nid = \"d{number}\"\nlanguage = \"{language}\"\nemail = \"{address}\"\n");
    }
    let all: Vec<String> = (0..directors.len()).map(|number| format!("\"d{number}\"")).collect();
    text + "[[shared]]\nname = \"hq\"\nlanguage = \"en\"\nemail = \"hq@example.org\"\n"
        + "[[duty]]\nrole = \"network_hq\"\nshared = [\"hq\"]\n"
        + &format!("[[duty]]\nrole = \"director\"\npersons = [{}]\n", all.join(", "))
}

async fn place(server: &MailServer, directors: &[(&str, &str)]) -> Place {
    Place::with(&roster(directors)).await.mailing(sender(server))
}

fn staff(name: &str, role: Role) -> Actor {
    Actor { subject: name.parse().unwrap(), role, centres: Vec::new(), operator: None }
}

fn header<'l>(letter: &'l Value, name: &str) -> &'l str {
    letter["headers"][name].as_str().unwrap()
}

/// Everything of a letter, as it lies in the mailbox and as it is read.
fn whole(letter: &Value) -> String {
    ["raw", "text", "html"].map(|part| letter[part].as_str().unwrap().to_lowercase()).concat()
        + &letter["headers"].to_string().to_lowercase()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_acute_signal_is_a_letter_in_three_languages_that_names_nobody_and_nothing() {
    let server = MailServer::start(false);
    let directors = [("nl@example.org", "nl"), ("fr@example.org", "fr"), ("en@example.org", "en")];
    let place = place(&server, &directors).await;
    let (case, signal) = (Uuid::now_v7(), Uuid::now_v7());
    let registered =
        json!({"code": "kapellen", "name": "Kapellestraat", "operator": "fedasil", "languages": ["nl"]});
    let command = CentreCommand::Register(serde_json::from_value(registered).unwrap());
    place.done::<Centre>(CENTRE.parse().unwrap(), command, staff("admin", Role::Service)).await;
    let opened = json!({
        "centre": CENTRE, "birth_date": "2015-04-17", "languages": ["fa"],
        "resident": {"name": "Zarathustra Osei", "official_number": "0497123456"},
    });
    let command = CaseCommand::Open(serde_json::from_value(opened).unwrap());
    place.done::<Case>(case, command, staff("admin", Role::Coordinator)).await;
    let logged = json!({
        "centre": CENTRE, "category": "violence", "severity": "acute", "cases": [{"case": case, "role": "affected"}],
        "note": "Zarathustra said that the knife is in the locker",
    });
    let command = SignalCommand::Log(serde_json::from_value(logged).unwrap());
    place.done::<Signal>(signal, command, staff("night-7", Role::Companion)).await;
    let stop = place.start();
    let mut subjects = Vec::new();
    for _ in directors {
        let letter = server.letter();
        let whole = whole(&letter);
        let (case, signal) = (case.to_string(), signal.to_string());
        let secrets = [
            "zarathustra",
            "osei",
            "0497",
            "knife",
            "2015",
            "kapelle",
            "fedasil",
            "night-7",
            "violence",
            CENTRE,
            &case,
            &signal,
        ];
        for secret in secrets {
            assert!(!whole.contains(secret), "{secret} in {letter:#}");
        }
        assert!(whole.contains("https://nabij.example/escalations/"), "{letter:#}");
        subjects.push((letter["to"][0].as_str().unwrap().to_owned(), header(&letter, "Subject").to_owned()));
    }
    subjects.sort();
    let subject = |to: &str, subject: &str| (to.to_owned(), subject.to_owned());
    let expected = [
        subject("en@example.org", "Nabij: ACUTE - Acute signal"),
        subject("fr@example.org", "Nabij: AIGU - Signal aigu"),
        subject("nl@example.org", "Nabij: ACUUT - Acuut signaal"),
    ];
    assert_eq!(subjects, expected);
    // Each is an event of its own, and names an address by the roster's word for it.
    let escalation = raised_on(&place).await;
    let told = place.told(escalation, 3).await;
    assert_eq!(names(&told), ["notified"; 3]);
    assert!(told.iter().all(|(_, body)| body["channel"] == "email" && body["attempt"] == 1), "{told:?}");
    assert!(!format!("{told:?}").contains('@'), "no address stands in the log: {told:?}");
    stop.cancel();
    place.names.cleanup().await;
}

/// The only escalation that a rule raised as an alarm.
async fn raised_on(place: &Place) -> Uuid {
    let mut found = Vec::new();
    let end = place.log.head().await.unwrap().sequence;
    for sequence in 1..=end {
        let raw = place.log.event_at(sequence).await.unwrap().unwrap();
        let aggregate = raw.aggregate().unwrap();
        if aggregate.kind == AggregateKind::Escalation && raw.event_type().unwrap().contains("raised") {
            let body: Value = serde_json::from_slice(&raw.body).unwrap();
            found.extend((body["rule"] == "acute-signal").then_some(aggregate));
        }
    }
    let [AggregateId { id, .. }] = found[..] else { panic!("one alarm: {found:?}") };
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_busy_gets_it_again_and_what_it_refuses_for_good_is_parked_and_told_above() {
    let server = MailServer::start(false);
    let place = place(&server, &[("busy-1@example.org", "nl"), ("gone-1@example.org", "nl")]).await;
    let escalation = place.raise().await;
    let stop = place.start();
    let told = place.told(escalation, 4).await;
    let mut outcomes: Vec<(String, Value, Value)> =
        told.iter().map(|(name, body)| (name.clone(), body["to"].clone(), body["attempt"].clone())).collect();
    outcomes.sort_by_key(|(name, to, _)| (name.clone(), to.to_string()));
    let outcome = |name: &str, to: Value, attempt: Value| (name.to_owned(), to, attempt);
    let director = |number: u32| json!({"staff": format!("d{number}")});
    let expected = [
        outcome("notification_failed", director(0), json!(1)),
        outcome("notification_parked", director(1), Value::Null),
        outcome("notified", json!({"role": "network_hq"}), json!(1)),
        outcome("notified", director(0), json!(2)),
    ];
    assert_eq!(outcomes, expected, "{told:?}");
    let mut letters = [server.letter(), server.letter()];
    letters.sort_by_key(|letter| letter["to"].to_string());
    assert_eq!(letters[0]["to"], json!(["busy-1@example.org"]));
    assert_eq!(letters[1]["to"], json!(["hq@example.org"]));
    assert!(letters[1]["text"].as_str().unwrap().contains("could not be delivered"), "{:#}", letters[1]);
    stop.cancel();
    place.names.cleanup().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_was_away_gets_every_letter_when_it_is_back() {
    let mut server = MailServer::start(false);
    let place = place(&server, &[("d@example.org", "nl")]).await;
    server.kill();
    let raised = [place.raise().await, place.raise().await];
    let stop = place.start();
    for escalation in raised {
        let told = place.told(escalation, 1).await;
        assert_eq!(told[0].0, "notification_failed", "{told:?}");
        assert_eq!(told[0].1["reason"], "unreachable");
    }
    server.again();
    for escalation in raised {
        let told = place.told(escalation, 2).await;
        // It may have been tried once more before it was back.
        assert!(
            names(&told).iter().all(|name| *name == "notification_failed" || *name == "notified"),
            "{told:?}"
        );
    }
    let letters = [server.letter(), server.letter()];
    assert_ne!(header(&letters[0], "Message-ID"), header(&letters[1], "Message-ID"));
    stop.cancel();
    place.names.cleanup().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_of_several_that_was_sent_before_a_crash_is_the_same_letter_after_it() {
    let server = MailServer::start(false);
    let place = place(&server, &[("slow-1@example.org", "nl")]).await;
    let case = Uuid::now_v7();
    // Two of one case that waited for the same morning, which has come.
    let morning = Timestamp::now() - SignedDuration::from_mins(1);
    let night = morning - SignedDuration::from_mins(1);
    let fields =
        json!({"subject": {"centre": CENTRE, "cases": [case]}, "severity": "high", "heard_from": morning});
    let raised = [place.raise_at(night, fields.clone()).await, place.raise_at(night, fields).await];
    let first = place.start();
    let before = server.letter();
    assert_eq!(header(&before, "Subject"), "Nabij: 2 meldingen wachten op een antwoord");
    // It lies in the mailbox, and we end before we hear so. Then there is more to tell of the same case.
    first.cancel();
    let fields = json!({"subject": {"centre": CENTRE, "cases": [case]}, "severity": "high"});
    let later = place.raise_with(fields).await;
    let second = place.start();
    let mut after = [server.letter(), server.letter()];
    after.sort_by_key(|letter| letter["headers"]["Message-ID"] != before["headers"]["Message-ID"]);
    assert_eq!(header(&after[0], "Message-ID"), header(&before, "Message-ID"), "a mailbox knows the repeat");
    assert_eq!(after[0]["text"], before["text"]);
    assert!(header(&after[1], "Subject").contains("Acuut signaal"), "and drops nothing else: {:#}", after[1]);
    for escalation in [raised[0], raised[1], later] {
        assert_eq!(names(&place.told(escalation, 1).await), ["notified"]);
    }
    second.cancel();
    place.names.cleanup().await;
}
