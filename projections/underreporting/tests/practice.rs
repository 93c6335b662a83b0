//! Feedback and protocols of a network that is small enough to count by hand, on real servers.
#![expect(clippy::unwrap_used, reason = "a test stops where what it needs is not there")]

mod common;

use common::{Network, at};
use jiff::{SignedDuration, Timestamp};
use nabij_model::centre::{Centre, CentreCommand};
use nabij_model::id::{CentreId, SignalId};
use nabij_model::signal::{Signal, SignalCommand};
use nabij_underreporting::report::delays::Delay;
use nabij_underreporting::report::{AsOf, Filter, Viewer, feedback, protocols, to_csv};
use nabij_underreporting::reportability::Reportability;
use serde_json::{Value, json};
use uuid::Uuid;

/// Hour `n` of January 2026.
fn hour(n: i64) -> Timestamp {
    at("2026-01-01T00:00:00Z") + SignedDuration::from_hours(n)
}

fn centre(name: &str) -> CentreId {
    CentreId::derived(&["test-centre", name])
}

fn signal(n: i64) -> SignalId {
    SignalId::derived(&["test-signal", &n.to_string()])
}

fn period(centre: CentreId, sequence: u64, moment: Timestamp) -> Filter {
    let day = |day: &str| day.parse().unwrap();
    Filter {
        centre: Some(centre),
        ..Filter::new(day("2026-01-01"), day("2026-02-01"), AsOf { sequence, moment })
    }
}

async fn does(network: &Network, n: i64, hour_of: i64, command: SignalCommand) -> u64 {
    network.does::<Signal>(signal(n), command, hour(hour_of)).await
}

async fn log(network: &Network, n: i64, more: Value) -> u64 {
    let mut body = json!({"centre": centre("here"), "category": "violence", "note": "words"});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    does(network, n, n, SignalCommand::Log(serde_json::from_value(body).unwrap())).await
}

async fn told(network: &Network, n: i64, hour_of: i64, told: Value) -> u64 {
    does(network, n, hour_of, SignalCommand::GiveFeedback(serde_json::from_value(told).unwrap())).await
}

async fn centres(network: &Network) {
    for name in ["here", "there"] {
        let body = json!({"code": name, "name": name, "operator": "fedasil"});
        let command = CentreCommand::Register(serde_json::from_value(body).unwrap());
        network.does::<Centre>(centre(name), command, hour(0)).await;
    }
}

/// Units, ended, and the share within a week.
fn counted(delay: &Delay) -> (Option<u64>, Option<u64>, Option<f64>) {
    let week = delay.followed.iter().find(|one| one.within_days == 7).unwrap();
    let share = week.share.map(|share| (share * 1e6).round() / 1e6);
    (delay.curve.inputs["units"].count, delay.curve.inputs["ended"].count, share)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_loop_is_open_until_the_reporter_knows_how_it_ended() {
    let network = Network::start().await;
    centres(&network).await;
    for n in 1..=4 {
        log(&network, n, json!({"involves_minor": n == 1})).await;
    }
    log(&network, 5, json!({"strength": true})).await;
    log(&network, 6, json!({"concerns_staff": true, "route": "confidential"})).await;
    log(&network, 7, json!({"centre": centre("there")})).await;
    // That it was received says nothing of it.
    told(&network, 1, 20, json!({"to": "reporter", "kind": "acknowledged"})).await;
    told(&network, 1, 21, json!({"to": "reporter", "kind": "action_taken"})).await;
    let middle = told(&network, 1, 22, json!({"to": "child", "kind": "action_taken"})).await;
    told(&network, 2, 30, json!({"to": "reporter", "kind": "outcome"})).await;
    told(&network, 3, 24 * 9, json!({"to": "reporter", "kind": "outcome"})).await;
    // It turns out that a child was there.
    let corrected = json!({"reason": "misread", "involves_minor": true});
    let last =
        does(&network, 4, 240, SignalCommand::Correct(serde_json::from_value(corrected).unwrap())).await;
    network.shows(last).await;

    let rules = Reportability::shipped();
    let read = async |sequence, moment, viewer| {
        let filter = period(centre("here"), sequence, moment);
        feedback(&network.reader, &rules, &filter, viewer).await.unwrap()
    };
    let all = read(last, hour(24 * 20), Viewer::Analyst).await;
    assert_eq!(
        (all.signals.count, all.open.count),
        (Some(5), Some(3)),
        "strengths aside, confidential ones too"
    );
    assert_eq!(counted(&all.until_told), (Some(5), Some(3), Some(0.4)));
    assert_eq!(counted(&all.until_outcome), (Some(5), Some(2), Some(0.2)));
    assert_eq!(counted(&all.until_child_told), (Some(2), Some(1), Some(0.5)));
    let then = read(middle, hour(25), Viewer::Analyst).await;
    assert_eq!((then.signals.count, then.open.count), (Some(5), Some(5)), "as it was known then");
    assert_eq!(counted(&then.until_child_told).0, Some(1));
    let others = read(last, hour(24 * 20), Viewer::Other).await;
    assert!(others.signals.suppressed && others.open.suppressed, "{others:?}");
    let csv = to_csv(&others);
    assert!(csv.contains("until_told") && !csv.contains(",0.4,"), "{csv}");
    for language in [&all.until_told.curve.sentence.nl, &all.until_told.curve.sentence.fr] {
        assert!(language.contains('5'), "{language}");
    }
    network.end().await;
}

/// Both reports stand on the page, in each language, and in its data.
async fn in_the_whole_report(network: &Network, filter: Filter) {
    use nabij_underreporting::page::page;
    use nabij_underreporting::report::Everything;
    use nabij_underreporting::text::Language;
    let rules = Reportability::shipped();
    let read = async |filter: &Filter, viewer| {
        Everything::read(&network.reader, &rules, filter, viewer).await.unwrap()
    };
    let all = read(&filter, Viewer::Analyst).await;
    let names: Vec<&str> = all.reports().iter().map(|report| report.about().report).collect();
    assert_eq!((names.len(), names[8], names[9]), (10, "feedback", "protocols"));
    let said = [
        (
            Language::Nl,
            "Meldingen: 6. Bij 6 daarvan",
            "alle samen</th><td>6</td><td>1</td><td>5</td><td>5</td><td>1</td><td>7</td><td>6</td>",
            "zou gevaar brengen (1)",
        ),
        (
            Language::Fr,
            "Signalements : 6. Pour 6",
            "tous ensemble</th><td>6</td><td>1</td>",
            "aurait créé un danger (1)",
        ),
        (
            Language::En,
            "Signals: 6. Of 6 of them",
            "all together</th><td>6</td><td>1</td>",
            "would have brought danger (1)",
        ),
    ];
    for (language, loops, row, why) in said {
        let html = page(&all, &filter, language);
        for said in [loops, row, why, "suicidality</th><td>6</td>"] {
            assert!(html.contains(said), "{said} is not in {html}");
        }
        assert!(html.contains(all.feedback.until_told.curve.sentence.of(language)));
    }
    let others = page(&read(&filter, Viewer::Other).await, &filter, Language::En);
    assert!(
        others.contains("Signals: 5–9.") && others.contains("all together</th><td>5–9</td><td>1</td>"),
        "{others}"
    );
    assert!(
        others.contains("rare reasons, together (hidden)") && !others.contains("would have brought danger")
    );

    // What steps cannot answer is not answered as if it had not been asked.
    let minors = Filter { minors: Some(true), ..filter };
    let all = read(&minors, Viewer::Analyst).await;
    assert!(all.protocols.is_none() && all.reports().len() == 9);
    assert!(page(&all, &minors, Language::En).contains("Steps of a protocol have no type, level or minors"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_is_in_time_late_skipped_overdue_or_to_come() {
    let network = Network::start().await;
    centres(&network).await;
    let start = |run: Uuid| {
        let body = json!({"run": run, "protocol": "suicidality", "version": 1, "words": "{}", "steps": [
            {"step": "stay", "role": "companion", "due_at": hour(12)},
            {"step": "ask", "role": "psychosocial", "due_at": hour(24)},
            {"step": "tell", "role": "coordinator", "due_at": hour(36)},
            {"step": "look", "role": "coordinator", "due_at": hour(500)}]});
        SignalCommand::StartProtocol(serde_json::from_value(body).unwrap())
    };
    let done = |run: Uuid, step: &str| {
        SignalCommand::CompleteStep(serde_json::from_value(json!({"run": run, "step": step})).unwrap())
    };
    let mut begun = 0;
    for n in 1..=5 {
        log(&network, n, json!({})).await;
        let run = Uuid::from_u128(n.unsigned_abs().into());
        begun = does(&network, n, 10, start(run)).await;
        does(&network, n, 12, done(run, "stay")).await;
        does(&network, n, 25, done(run, "ask")).await;
    }
    for n in [6, 7] {
        let more = if n == 6 {
            json!({"concerns_staff": true, "route": "confidential"})
        } else {
            json!({"centre": centre("there")})
        };
        log(&network, n, more).await;
        does(&network, n, 10, start(Uuid::from_u128(n.unsigned_abs().into()))).await;
    }
    let skip =
        json!({"run": Uuid::from_u128(1), "step": "tell", "because": "unsafe", "reason": "he listens in"});
    does(&network, 1, 30, SignalCommand::SkipStep(serde_json::from_value(skip).unwrap())).await;
    let drill = json!({"protocol": "conflict-among-children", "practised_on": "2026-01-05"});
    let drill = CentreCommand::PractiseProtocol(serde_json::from_value(drill).unwrap());
    let last = network.does::<Centre>(centre("here"), drill, hour(120)).await;
    network.shows(last).await;

    let read = async |sequence, moment, viewer| {
        let filter = period(centre("here"), sequence, moment);
        protocols(&network.reader, &filter, viewer).await.unwrap()
    };
    let all = read(last, hour(240), Viewer::Analyst).await;
    let counts = |kept: &protocols::Kept| {
        ["in_time", "late", "skipped", "overdue", "to_come"].map(|state| kept.steps[state].count)
    };
    assert_eq!(counts(&all.all), [Some(5), Some(5), Some(1), Some(7), Some(6)]);
    assert_eq!((all.all.started.count, all.all.practised), (Some(6), 1));
    assert_eq!(all.skipped_because["unsafe"].count, Some(1));
    let share = all.all.in_time.answer.estimate().unwrap();
    assert_eq!((share.x, share.n), (5, 17), "a skipped step and those to come are not judged");
    let names: Vec<&str> = all.protocols.iter().map(|one| one.protocol.as_str()).collect();
    assert_eq!(names, ["conflict-among-children", "suicidality"]);
    let then = read(begun, hour(240), Viewer::Analyst).await;
    let known = [Some(4), Some(4), Some(0), Some(7), Some(5)];
    assert_eq!(counts(&then.all), known, "as it was known then: the fifth had only begun");
    let others = read(last, hour(240), Viewer::Other).await;
    assert_eq!(others.all.started.count, Some(7), "5 to 9, without the confidential one");
    assert!(others.all.steps["skipped"].suppressed && others.all.steps["overdue"].suppressed, "{others:?}");
    assert!(others.all.steps["to_come"].suppressed, "all steps together would tell how many were started");
    let share = others.all.in_time.answer.estimate().unwrap();
    assert_eq!((share.x, share.n), (7, 14), "5 of 14, each within its band");
    assert!(others.skipped_because.values().all(|cell| cell.suppressed), "{:?}", others.skipped_because);
    let csv = to_csv(&all);
    assert!(csv.contains("share_in_time") && csv.contains("suicidality"), "{csv}");
    in_the_whole_report(&network, period(centre("here"), last, hour(240))).await;
    network.end().await;
}
