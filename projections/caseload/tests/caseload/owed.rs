//! What a signal leaves to do: the steps of its protocol, and a word to everybody who is owed one.

use nabij_caseload::{NOW, WorkItem, WorkKind};
use nabij_log::Submission;
use nabij_model::case::CaseCommand;
use nabij_model::centre::CentreCommand;
use nabij_model::signal::{Signal, SignalCommand};
use nabij_model::{Actor, CentreId, Role};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::place::{Place, payload};

const HERE: CentreId = CentreId(Uuid::from_u128(1));

async fn child(place: &Place, more: Value) -> Uuid {
    let id = Uuid::now_v7();
    let mut body = json!({"centre": HERE, "birth_year": 2016, "arrived_on": "2026-01-02"});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    place.case(0, id, CaseCommand::Open(payload(body))).await;
    id
}

async fn log(place: &Place, more: Value) -> (Uuid, u64) {
    let id = Uuid::now_v7();
    let mut body = json!({"centre": HERE, "note": "words", "category": "violence-against-child"});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let sequence = place.signal("reporter", 1, id, SignalCommand::Log(payload(body))).await;
    (id, sequence)
}

/// A signal of an import.
async fn import(place: &Place, more: Value) -> u64 {
    let mut body = json!({"centre": HERE, "note": "words"});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let actor =
        Actor { subject: "importer".parse().unwrap(), role: Role::Service, centres: vec![], operator: None };
    let submission = Submission::new(place.hour(1), actor, place.policies.clone());
    let submission = Submission { historic: true, ..submission };
    let command = SignalCommand::Log(payload(body));
    place.log.execute::<Signal>(Uuid::now_v7(), command, &submission).await.unwrap().sequence
}

async fn start(place: &Place, hour: i64, signal: Uuid) -> (Uuid, u64) {
    let run = Uuid::now_v7();
    let body = json!({"run": run, "protocol": "violence-against-child", "version": 1, "words": "{}", "steps": [
        {"step": "safe", "role": "coordinator", "deputies": ["director", "companion"], "due_at": place.hour(hour + 1)},
        {"step": "listen", "role": "psychosocial", "due_at": place.hour(hour + 24), "after": "safe"},
        {"step": "register", "role": "coordinator", "due_at": place.hour(hour + 72)},
    ]});
    let sequence = place.signal("colleague", hour, signal, SignalCommand::StartProtocol(payload(body))).await;
    (run, sequence)
}

async fn told(place: &Place, hour: i64, signal: Uuid, to: &str, kind: &str) -> u64 {
    let told = payload(json!({"to": to, "kind": kind}));
    place.signal("colleague", hour, signal, SignalCommand::GiveFeedback(told)).await
}

async fn items(place: &Place, hour: i64, as_of: u64) -> Vec<WorkItem> {
    place.reader.worklist(HERE, &place.policies, place.hour(hour), as_of).await.unwrap().items
}

/// The steps that show, with whether they are overdue.
async fn steps(place: &Place, hour: i64, as_of: u64) -> Vec<(String, bool)> {
    let items = items(place, hour, as_of).await;
    items.into_iter().filter_map(|item| Some((item.step?.step.to_string(), item.overdue))).collect()
}

/// Who is owed a word.
async fn owed(place: &Place, hour: i64) -> Vec<WorkKind> {
    let items = items(place, hour, NOW).await;
    let mut kinds: Vec<_> = items.iter().map(|item| item.kind).filter(|kind| kind.is_feedback()).collect();
    kinds.sort();
    kinds
}

fn named(steps: &[(&str, bool)]) -> Vec<(String, bool)> {
    steps.iter().map(|(step, overdue)| ((*step).to_owned(), *overdue)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_owed_a_word_about_what_was_imported() {
    let place = Place::new().await;
    let case = child(&place, json!({})).await;
    let of_child = json!({"cases": [{"case": case, "role": "affected"}], "involves_minor": true});
    let last = import(&place, of_child).await;
    place.visible(last).await;
    assert_eq!(owed(&place, 2).await, []);
    let (_, last) = log(&place, json!({})).await;
    place.visible(last).await;
    assert_eq!(owed(&place, 2).await, [WorkKind::FeedbackDue]);
    let command =
        CentreCommand::Register(payload(json!({"code": "here", "name": "here", "operator": "fedasil"})));
    let last = place.centre(3, HERE.0, command).await;
    place.visible(last).await;
    let board = place.reader.board(HERE, &place.policies, place.hour(4), NOW).await.unwrap().unwrap();
    assert_eq!(board.feedback_loops_open, 1);
    place.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_is_on_the_worklist_from_its_turn_until_somebody_says_what_became_of_it() {
    let place = Place::new().await;
    let case = child(&place, json!({})).await;
    let (signal, _) = log(&place, json!({"cases": [{"case": case, "role": "affected"}]})).await;
    let (run, started) = start(&place, 2, signal).await;
    place.visible(started).await;
    assert_eq!(steps(&place, 2, NOW).await, named(&[("safe", false), ("register", false)]), "listen waits");
    let first = items(&place, 2, NOW).await.into_iter().find(|item| item.step.is_some()).unwrap();
    let step = first.step.unwrap();
    assert_eq!((first.key, step.run.0, step.signal.0), (run, run, signal));
    assert_eq!((step.role, step.deputies), (Role::Coordinator, vec![Role::Director, Role::Companion]));
    assert_eq!(first.cases, [case.into()]);
    assert_eq!(first.due, Some(place.hour(3)));
    assert_eq!(steps(&place, 3, NOW).await, named(&[("safe", true), ("register", false)]));
    assert_eq!(
        steps(&place, 26, NOW).await,
        named(&[("safe", true), ("listen", true), ("register", false)]),
        "what is overdue shows, whatever it waits for"
    );

    let done = SignalCommand::CompleteStep(payload(json!({"run": run, "step": "safe"})));
    let done = place.signal("colleague", 3, signal, done).await;
    place.visible(done).await;
    assert_eq!(steps(&place, 4, NOW).await, named(&[("listen", false), ("register", false)]));
    assert_eq!(
        steps(&place, 4, started).await,
        named(&[("safe", true), ("register", false)]),
        "as of before"
    );
    let board = |hour| place.reader.board(HERE, &place.policies, place.hour(hour), NOW);
    assert!(board(4).await.unwrap().is_none(), "nobody registered the centre");
    for (step, reason) in [("listen", "there is no child"), ("register", "not serious")] {
        let body = json!({"run": run, "step": step, "because": "not_applicable", "reason": reason});
        let skipped = place.signal("colleague", 5, signal, SignalCommand::SkipStep(payload(body))).await;
        place.visible(skipped).await;
    }
    assert_eq!(steps(&place, 900, NOW).await, []);
    place.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_protocol_on_a_confidential_signal_is_on_no_worklist() {
    let place = Place::new().await;
    let case = child(&place, json!({})).await;
    let (signal, _) = log(
        &place,
        json!({"cases": [{"case": case, "role": "affected"}], "involves_minor": true, "concerns_staff": true,
            "route": "confidential"}),
    )
    .await;
    place.visible(start(&place, 2, signal).await.1).await;
    assert_eq!(items(&place, 900, NOW).await, []);
    place.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reporter_is_owed_what_was_done_and_then_how_it_ended() {
    let place = Place::new().await;
    let registered = json!({"code": "aan-zee", "name": "Aan Zee", "operator": "fedasil"});
    place.centre(0, HERE.0, CentreCommand::Register(payload(registered))).await;
    let (signal, logged) = log(&place, json!({})).await;
    place.visible(logged).await;
    let loops = async || {
        place
            .reader
            .board(HERE, &place.policies, place.hour(2), NOW)
            .await
            .unwrap()
            .unwrap()
            .feedback_loops_open
    };
    use WorkKind::{FeedbackDue, OutcomeDue};
    assert_eq!(owed(&place, 2).await, [FeedbackDue]);
    assert_eq!(loops().await, 1);
    place.visible(told(&place, 3, signal, "reporter", "acknowledged").await).await;
    assert_eq!(owed(&place, 4).await, [FeedbackDue], "that it was received is no word about it");
    place.visible(told(&place, 5, signal, "reporter", "action_taken").await).await;
    assert_eq!(owed(&place, 6).await, [OutcomeDue]);
    let ends = |list: Vec<WorkItem>| list.into_iter().find(|item| item.kind == OutcomeDue).unwrap();
    let outcome = ends(items(&place, 6, NOW).await);
    assert_eq!(outcome.due, Some(place.hour(1 + 24 * 90)));
    assert!(ends(items(&place, 2 + 24 * 90, NOW).await).overdue);
    assert_eq!(loops().await, 1);
    place.visible(told(&place, 7, signal, "reporter", "outcome").await).await;
    assert_eq!(owed(&place, 8).await, []);
    assert_eq!(loops().await, 0);

    let (nothing, _) = log(&place, json!({})).await;
    let assessed = SignalCommand::Assess(payload(json!({"severity": "low", "blind": true})));
    place.signal("colleague", 9, nothing, assessed).await;
    let dismissed = SignalCommand::Dismiss(payload(json!({"note": "a game"})));
    place.visible(place.signal("colleague", 9, nothing, dismissed).await).await;
    assert_eq!(owed(&place, 10).await, [OutcomeDue], "that it was nothing is an outcome too");
    place.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_child_its_parents_and_its_guardian_are_owed_a_word() {
    use WorkKind::{ChildFeedbackDue, FeedbackDue, GuardianFeedbackDue, ParentsFeedbackDue};
    let place = Place::new().await;
    let with_parents = child(&place, json!({"accompaniment": "parents"})).await;
    let about = |case: Uuid| json!({"involves_minor": true, "cases": [{"case": case, "role": "affected"}]});
    let (signal, logged) = log(&place, about(with_parents)).await;
    place.visible(logged).await;
    assert_eq!(owed(&place, 2).await, [FeedbackDue, ChildFeedbackDue, ParentsFeedbackDue]);
    let list = items(&place, 2 + 24 * 7, NOW).await;
    assert!(list.iter().filter(|item| item.kind.is_feedback()).all(|item| item.overdue));
    told(&place, 3, signal, "child", "action_taken").await;
    place.visible(told(&place, 3, signal, "reporter", "outcome").await).await;
    assert_eq!(owed(&place, 4).await, [ParentsFeedbackDue]);
    let not =
        json!({"about": signal, "ground": "danger_to_child", "child_view": "x", "review_on": "2026-01-12"});
    place.visible(place.case(5, with_parents, CaseCommand::DoNotInformParents(payload(not))).await).await;
    assert_eq!(owed(&place, 6).await, [], "a recorded reason keeps it from them");
    let informed = json!({"about": signal});
    place.visible(place.case(7, with_parents, CaseCommand::InformParents(payload(informed))).await).await;
    assert_eq!(owed(&place, 8).await, [ParentsFeedbackDue], "the reason no longer stands");
    place.visible(told(&place, 9, signal, "parents", "outcome").await).await;
    assert_eq!(owed(&place, 10).await, []);

    let alone = child(&place, json!({"accompaniment": "unaccompanied"})).await;
    let (signal, logged) = log(&place, about(alone)).await;
    place.visible(logged).await;
    assert_eq!(
        owed(&place, 11).await,
        [FeedbackDue, ChildFeedbackDue],
        "no parents here, and no guardian yet"
    );
    let guardian = CaseCommand::AssignGuardian(payload(json!({"guardian": "guardian-1", "name": "x"})));
    place.visible(place.case(12, alone, guardian).await).await;
    assert_eq!(owed(&place, 13).await, [FeedbackDue, ChildFeedbackDue, GuardianFeedbackDue]);
    told(&place, 14, signal, "guardian", "outcome").await;
    told(&place, 14, signal, "child", "outcome").await;
    place.visible(told(&place, 14, signal, "reporter", "outcome").await).await;
    assert_eq!(owed(&place, 15).await, []);
    place.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_pressed_to_tell_who_is_feared() {
    use WorkKind::{ChildFeedbackDue, FeedbackDue};
    let place = Place::new().await;
    let household = Uuid::now_v7();
    let hurt = child(&place, json!({"accompaniment": "one_parent", "household": household})).await;
    let parent = child(&place, json!({"birth_year": 1985, "household": household})).await;
    let cases = json!([{"case": hurt, "role": "affected"}, {"case": parent, "role": "alleged_actor"}]);
    let (_, logged) = log(&place, json!({"involves_minor": true, "cases": cases})).await;
    place.visible(logged).await;
    assert_eq!(owed(&place, 2).await, [FeedbackDue, ChildFeedbackDue]);

    let quiet = child(&place, json!({"accompaniment": "parents"})).await;
    let kept = json!({"from": ["parents"], "reason": "asked_not_to", "review_on": "2026-02-01"});
    let said = CaseCommand::AddResponse(payload(json!({"words": "do not tell", "kept": kept})));
    place.case(3, quiet, said).await;
    let about = json!({"involves_minor": true, "cases": [{"case": quiet, "role": "affected"}]});
    place.visible(log(&place, about).await.1).await;
    assert_eq!(owed(&place, 4).await, [FeedbackDue, FeedbackDue, ChildFeedbackDue, ChildFeedbackDue]);

    let seen = json!({"involves_minor": true, "cases": [{"case": quiet, "role": "witness"}]});
    place.visible(log(&place, seen).await.1).await;
    assert_eq!(owed(&place, 5).await.len(), 5, "a witness is not asked by a machine");
    place.end().await;
}
