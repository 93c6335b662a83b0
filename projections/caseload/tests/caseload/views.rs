//! What each view says about small stories.

use nabij_caseload::{CaseStatus, Caution, NOW, Order, WorkKind};
use nabij_model::case::{Case, CaseCommand};
use nabij_model::centre::CentreCommand;
use nabij_model::recorded::CommandRef;
use nabij_model::referral::ReferralCommand;
use nabij_model::signal::{Involvement, SignalCommand};
use nabij_model::{Actor, CaseId, CentreId, CommandId, EventHash, Role};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::place::{Place, payload};

const HERE: CentreId = CentreId(Uuid::from_u128(1));
const THERE: CentreId = CentreId(Uuid::from_u128(2));

async fn open(place: &Place, hour: i64, centre: CentreId, household: Option<Uuid>) -> Uuid {
    let id = Uuid::now_v7();
    let mut body = json!({"centre": centre, "birth_year": 1990, "arrived_on": "2026-01-02"});
    if let Some(household) = household {
        body["household"] = json!(household);
    }
    place.case(hour, id, CaseCommand::Open(payload(body))).await;
    id
}

async fn log(place: &Place, hour: i64, fields: Value) -> Uuid {
    let id = Uuid::now_v7();
    let mut body = json!({"centre": HERE, "note": "words"});
    body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    place.signal("reporter", hour, id, SignalCommand::Log(payload(body))).await;
    id
}

async fn assess(place: &Place, hour: i64, signal: Uuid) -> u64 {
    let assessed = payload(json!({"severity": "low", "blind": true}));
    place.signal("colleague", hour, signal, SignalCommand::Assess(assessed)).await
}

async fn work(place: &Place, centre: CentreId, hour: i64) -> Vec<(WorkKind, Uuid, bool)> {
    let list = place.reader.worklist(centre, &place.policies, place.hour(hour), NOW).await.unwrap();
    list.items.iter().map(|item| (item.kind, item.key, item.overdue)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_accusation_is_restricted_until_assessed_and_gone_when_dismissed() {
    let place = Place::new().await;
    let (child, accused) = (open(&place, 0, HERE, None).await, open(&place, 0, HERE, None).await);
    let cases = json!([{"case": child, "role": "affected"}, {"case": accused, "role": "alleged_actor"}]);
    let signal = log(&place, 1, json!({"cases": cases})).await;
    let entries = async |case: Uuid| {
        let page = place.reader.timeline(CaseId(case), NOW, Order::OldestFirst, None, 50, &[]).await.unwrap();
        let of_signal = page.entries.into_iter().filter(move |entry| entry.aggregate == signal);
        of_signal.map(|entry| (entry.involvement, entry.restricted)).collect::<Vec<_>>()
    };
    let last = log(&place, 1, json!({})).await;
    place.visible(assess(&place, 2, last).await).await;
    assert_eq!(entries(accused).await, [(Some(Involvement::AllegedActor), true)]);
    assert_eq!(entries(child).await, [(Some(Involvement::Affected), false)]);
    let file = place.reader.case_file(CaseId(accused), NOW).await.unwrap().unwrap();
    assert!(file.signals[0].steps[0].restricted && !file.signals[0].assessed);

    let assessed = assess(&place, 3, signal).await;
    place.visible(assessed).await;
    assert_eq!(entries(accused).await, [(Some(Involvement::AllegedActor), false); 2]);

    let dismissed = SignalCommand::Dismiss(payload(json!({"note": "a game"})));
    let dismissed = place.signal("colleague", 4, signal, dismissed).await;
    place.visible(dismissed).await;
    assert_eq!(entries(accused).await, []);
    assert_eq!(entries(child).await.len(), 3, "who was affected keeps the record");
    assert_eq!(place.reader.case_file(CaseId(accused), NOW).await.unwrap().unwrap().signals, []);
    let then =
        place.reader.timeline(CaseId(accused), assessed, Order::default(), None, 50, &[]).await.unwrap();
    assert_eq!(then.entries.len(), 3, "what was known before it was dismissed stays known as of then");

    place.visible(assess(&place, 5, signal).await).await;
    assert_eq!(entries(accused).await.len(), 4);
    place.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_about_staff_is_in_no_view_of_the_centre() {
    let place = Place::new().await;
    let case = open(&place, 0, HERE, None).await;
    let cases = json!([{"case": case, "role": "affected"}]);
    let about_staff = json!({"cases": cases, "concerns_staff": true, "route": "confidential"});
    let signal = log(&place, 1, about_staff).await;
    place.visible(assess(&place, 2, signal).await).await;
    let timeline = place.reader.timeline(CaseId(case), NOW, Order::default(), None, 50, &[]).await.unwrap();
    assert_eq!(timeline.entries.len(), 1);
    let file = place.reader.case_file(CaseId(case), NOW).await.unwrap().unwrap();
    assert_eq!(file.signals, []);
    assert_eq!(file.summary.recorded_seq, 1, "not even by its sequence");
    assert_eq!(work(&place, HERE, 900).await, []);
    let agenda = place.reader.agenda(HERE, &place.policies, place.hour(3), NOW).await.unwrap();
    assert_eq!(agenda.cases, []);
    place.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn work_follows_the_case_and_the_handover_is_the_receivers() {
    let place = Place::new().await;
    let case = open(&place, 0, HERE, None).await;
    let signal = log(&place, 1, json!({"cases": [{"case": case, "role": "affected"}]})).await;
    let action = Uuid::now_v7();
    let added = json!({"action": action, "what": "x", "role": "companion", "due_on": "2026-01-08"});
    place.case(2, case, CaseCommand::AddPlanAction(payload(added))).await;
    let transfer = Uuid::now_v7();
    let asked = json!({"transfer": transfer, "to_centre": THERE, "kind": "safety", "who_moves": "resident",
        "reason": "x", "alternatives": "x", "resident_view": "x"});
    let requested = place.case(3, case, CaseCommand::RequestTransfer(payload(asked))).await;
    place.visible(requested).await;
    let danger = json!({"imminent_danger": {"review_on": "2026-01-09"}});
    let approval = payload(json!({"transfer": transfer, "basis": danger, "summary_version": 3}));
    let follow_up = place.reader.follow_up(CaseId(case), NOW).await.unwrap();
    place.case(4, case, CaseCommand::ApproveTransfer { approval, follow_up, withheld: vec![] }).await;
    place.case(5, case, CaseCommand::Depart(payload(json!({"transfer": transfer})))).await;
    let arrived = CaseCommand::ArriveFromTransfer(payload(json!({"transfer": transfer})));
    place.visible(place.case(6, case, arrived).await).await;

    let new = (WorkKind::NewSignal, signal, false);
    let feedback = (WorkKind::FeedbackDue, signal, false);
    let plan = (WorkKind::PlanActionDue, action, false);
    let review = (WorkKind::TransferReviewDue, case, false);
    let handover = (WorkKind::HandoverToAcknowledge, transfer, false);
    let sorted = |mut items: Vec<_>| {
        items.sort();
        items
    };
    assert_eq!(sorted(work(&place, HERE, 7).await), sorted(vec![new, feedback, plan, review]));
    assert_eq!(sorted(work(&place, THERE, 7).await), sorted(vec![new, feedback, handover]));
    let late = work(&place, THERE, 6 + 49).await;
    assert!(late.contains(&(WorkKind::HandoverToAcknowledge, transfer, true)), "{late:?}");

    let acknowledged = CaseCommand::AcknowledgeHandover(payload(json!({"transfer": transfer})));
    place.visible(place.case(8, case, acknowledged).await).await;
    assert_eq!(work(&place, HERE, 9).await, []);
    assert_eq!(sorted(work(&place, THERE, 9).await), sorted(vec![new, feedback, plan, review]));

    // Talking about somebody is the review; closing the case leaves what was noticed.
    place
        .discuss(
            10,
            json!({"centre": THERE, "kind": "case_conference", "held_at": place.hour(10), "cases": [case]}),
        )
        .await;
    let closed = CaseCommand::Close(payload(json!({"reason": "own_housing"})));
    place.visible(place.case(11, case, closed).await).await;
    assert_eq!(work(&place, THERE, 12).await, []);
    assert_eq!(
        sorted(work(&place, HERE, 12).await),
        sorted(vec![new, feedback]),
        "it goes back to who wrote it down"
    );
    place.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn work_is_done_when_somebody_did_it() {
    let place = Place::new().await;
    let case = open(&place, 0, HERE, None).await;
    let (signal, referral, concern) = (log(&place, 1, json!({})).await, Uuid::now_v7(), Uuid::now_v7());
    let requested = json!({"case": case, "centre": HERE, "provider": "x", "provider_kind": "psychologist",
        "reason": "x", "consent": {"given": {"by": "self"}}});
    place.referral(1, referral, ReferralCommand::Request(payload(requested))).await;
    let raised = json!({"concern": concern, "theme": "staffing", "text": "x", "answer_due": "2026-01-07"});
    let registered =
        json!({"code": "aan-zee", "name": "Aan Zee", "operator": "fedasil", "languages": ["nl", "fr"]});
    place.centre(1, HERE.0, CentreCommand::Register(payload(registered))).await;
    place.centre(1, HERE.0, CentreCommand::SetCapacity(payload(json!({"places": 200})))).await;
    let counted = json!({"as_at": place.hour(0), "residents": 180, "minors": 40});
    place.centre(1, HERE.0, CentreCommand::ReportOccupancy(payload(counted))).await;
    let last = place.centre(1, HERE.0, CentreCommand::RaiseConcern(payload(raised))).await;
    place.visible(last).await;
    let kinds = async |hour| {
        let mut kinds: Vec<_> = work(&place, HERE, hour).await.iter().map(|item| item.0).collect();
        kinds.sort();
        kinds
    };
    use WorkKind::{ConcernAnswerDue, FeedbackDue, NewSignal, ReferralStuck};
    assert_eq!(kinds(2).await, [NewSignal, FeedbackDue, ConcernAnswerDue]);
    assert_eq!(kinds(24 * 40).await, [NewSignal, FeedbackDue, ReferralStuck, ConcernAnswerDue]);

    let board = place.reader.board(HERE, &place.policies, place.hour(24 * 40), NOW).await.unwrap().unwrap();
    assert_eq!((board.centre.name.as_str(), board.centre.places), ("Aan Zee", Some(200)));
    assert_eq!(board.centre.languages, ["nl", "fr"]);
    assert_eq!(board.occupancy.as_ref().unwrap().residents, 180);
    assert_eq!(board.cases[&CaseStatus::Present], 1);
    assert_eq!((board.feedback_loops_open, board.concerns_unanswered), (1, 1));
    assert_eq!(board.caution, Caution::LowCountIsNoProofOfSafety);
    assert_eq!(place.reader.board(THERE, &place.policies, place.hour(2), NOW).await.unwrap(), None);

    assess(&place, 3, signal).await;
    let told = SignalCommand::GiveFeedback(payload(json!({"to": "reporter", "kind": "outcome"})));
    place.signal("colleague", 3, signal, told).await;
    place.referral(3, referral, ReferralCommand::Accept(payload(json!({})))).await;
    let answered = CentreCommand::AnswerConcern(payload(json!({"concern": concern, "answer": "x"})));
    place.visible(place.centre(3, HERE.0, answered).await).await;
    assert_eq!(kinds(24 * 40).await, []);
    assert_eq!(place.reader.centres(Some("fedasil"), NOW).await.unwrap().len(), 1);
    assert_eq!(place.reader.centres(Some("caritas"), NOW).await.unwrap(), []);
    place.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_agenda_holds_what_nobody_discussed_what_goes_well_and_who_is_quiet() {
    let place = Place::new().await;
    let mut quiet = vec![];
    for hour in 0..5 {
        quiet.push(CaseId(open(&place, hour, HERE, None).await));
    }
    let case = open(&place, 10, HERE, None).await;
    let affected = json!([{"case": case, "role": "affected"}]);
    log(&place, 11, json!({"cases": affected, "strength": true})).await;
    let discussed = log(&place, 12, json!({"cases": affected})).await;
    let held = json!({"centre": HERE, "kind": "oase", "held_at": place.hour(13), "signals": [discussed],
        "cases": [case], "strengths": ["x"], "next_review": "2026-02-11"});
    place.discuss(13, held).await;
    let month = 24 * 31;
    let waiting = log(&place, month, json!({"cases": affected})).await;
    let last = assess(&place, month, waiting).await;
    place.visible(last).await;
    let agenda =
        async |hour| place.reader.agenda(HERE, &place.policies, place.hour(hour), NOW).await.unwrap();
    let now = agenda(month + 1).await;
    assert_eq!(now.cases.len(), 1);
    assert_eq!(now.cases[0].signals, [waiting]);
    assert_eq!(now.cases[0].strengths.len(), 2);
    assert_eq!(now.cases[0].review_due.unwrap().to_string(), "2026-02-12T00:00:00Z");
    let named: Vec<CaseId> = now.quiet.iter().map(|quiet| quiet.case.case).collect();
    assert_eq!((named.as_slice(), now.quiet_in_all), (&quiet[..3], 5));

    // A word about the first makes room for the fourth.
    let contact = CaseCommand::NoteContact(payload(json!({"with": "resident"})));
    place.visible(place.case(month, quiet[0].0, contact).await).await;
    let named: Vec<CaseId> = agenda(month + 1).await.quiet.iter().map(|quiet| quiet.case.case).collect();
    assert_eq!(named, quiet[1..4]);
    assert_eq!(agenda(14).await.quiet, []);
    place.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_says_what_holds_now() {
    let place = Place::new().await;
    let household = Uuid::now_v7();
    let case = open(&place, 0, HERE, Some(household)).await;
    let sister = open(&place, 0, THERE, Some(household)).await;
    open(&place, 0, HERE, Some(Uuid::now_v7())).await;
    let (done, open_action) = (Uuid::now_v7(), Uuid::now_v7());
    for action in [done, open_action] {
        let added = json!({"action": action, "what": "x", "role": "companion", "due_on": "2026-03-08"});
        place.case(1, case, CaseCommand::AddPlanAction(payload(added))).await;
    }
    place.case(1, case, CaseCommand::CompletePlanAction(payload(json!({"action": done})))).await;
    for category in ["pregnancy", "disability"] {
        let noted = CaseCommand::NoteVulnerability(payload(json!({"category": category})));
        place.case(1, case, noted).await;
    }
    let ended = CaseCommand::EndVulnerability(payload(json!({"category": "pregnancy"})));
    place.case(1, case, ended).await;
    let level = json!({"level": 2, "review_on": "2026-02-01"});
    let version = place.case(1, case, CaseCommand::SetSupportLevel(payload(level))).await;
    let strength = json!({"strength": true, "cases": [{"case": case, "role": "affected"}]});
    log(&place, 2, strength).await;
    let worry = log(&place, 3, json!({"cases": [{"case": case, "role": "witness"}]})).await;
    place.visible(assess(&place, 3, worry).await).await;

    let file = place.reader.case_file(CaseId(case), NOW).await.unwrap().unwrap();
    assert_eq!(file.version, version);
    assert_eq!(file.summary.status, CaseStatus::Present);
    assert_eq!((file.summary.support_level, file.summary.recorded_seq), (Some(2), version + 3));
    assert_eq!(file.plan.len(), 1);
    assert_eq!(file.plan[0].body["action"], json!(open_action));
    assert_eq!(file.vulnerabilities.len(), 1);
    assert!(file.vulnerabilities[0].body["category"]["sealed"].is_string());
    assert_eq!(file.opened.body["household"]["level"], "profile");
    assert_eq!((file.signals.len(), file.strengths.len()), (2, 1));
    assert_eq!(file.signals[0].signal, worry);
    assert!(file.signals[0].assessed && !file.signals[0].reporter_heard);
    let household = place.reader.household(CaseId(case), NOW).await.unwrap();
    assert_eq!(household.iter().map(|other| other.case.0).collect::<Vec<_>>(), [sister]);
    let follow_up = place.reader.follow_up(CaseId(case), NOW).await.unwrap();
    assert_eq!((follow_up.last_signal_at, follow_up.last_discussion_at), (Some(place.hour(3)), None));
    assert_eq!(place.reader.case_file(CaseId(Uuid::now_v7()), NOW).await.unwrap(), None);
    place.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_case_is_in_no_view_of_any_day() {
    let place = Place::new().await;
    let case = open(&place, 0, HERE, None).await;
    let before = place.reader.clone();
    place.visible(place.erase(1, case).await).await;
    for as_of in [1, NOW] {
        assert!(before.timeline(CaseId(case), as_of, Order::default(), None, 9, &[]).await.unwrap().erased);
        assert_eq!(before.case_file(CaseId(case), as_of).await.unwrap(), None);
        assert_eq!(before.cases(&[HERE], true, as_of, None, 9).await.unwrap().cases, []);
    }
    assert!(before.erased(CaseId(case)).await.unwrap());
    place.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_go_page_by_page_and_a_command_is_found_again() {
    let place = Place::new().await;
    let mut cases = vec![];
    for hour in 0..5 {
        cases.push(CaseId(open(&place, hour, HERE, None).await));
    }
    let actor =
        Actor { subject: "team".parse().unwrap(), role: Role::Companion, centres: vec![], operator: None };
    let command = CommandRef { id: CommandId(Uuid::now_v7()), body: EventHash([1; 32]) };
    let mut submission = nabij_log::Submission::new(place.hour(6), actor, place.policies.clone());
    submission.command = Some(command);
    let contact = CaseCommand::NoteContact(payload(json!({"with": "resident"})));
    let done = place.log.execute::<Case>(cases[0].0, contact, &submission).await.unwrap();
    place.visible(done.sequence).await;
    let traces = place.reader.command(command.id).await.unwrap();
    assert_eq!(traces.len(), 1);
    assert_eq!((traces[0].sequence, traces[0].aggregate), (done.sequence, cases[0].0));
    assert_eq!(place.reader.command(CommandId(Uuid::now_v7())).await.unwrap(), []);

    let mut found = vec![];
    let mut cursor = None;
    loop {
        let page = place.reader.cases(&[HERE, THERE], false, NOW, cursor, 2).await.unwrap();
        found.extend(page.cases.iter().map(|case| case.case));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(found, cases);
    place.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_proposes_whose_period_is_over_and_nobody_else() {
    let place = Place::new().await;
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/retention");
    let rules = nabij_caseload::Retention::from_folder(&folder).unwrap();
    let close = |reason: &str| CaseCommand::Close(payload(json!({"reason": reason})));
    let (kept, mistake, alive) = (
        open(&place, 0, HERE, None).await,
        open(&place, 0, HERE, None).await,
        open(&place, 0, HERE, None).await,
    );
    place.case(1, kept, close("own_housing")).await;
    let last = place.case(2, mistake, close("opened_by_mistake")).await;
    place.visible(last).await;
    let proposed = async |day: i64| {
        let now = place.hour(24 * day);
        let proposals = place.reader.proposals(&rules, Some(&[HERE.0]), now, NOW).await.unwrap();
        proposals.into_iter().map(|one| one.case.0).collect::<Vec<_>>()
    };
    assert!(proposed(29).await.is_empty());
    assert_eq!(proposed(31).await, [mistake]);
    assert_eq!(proposed(3651).await, [kept, mistake]);
    let elsewhere = place.reader.proposals(&rules, Some(&[THERE.0]), place.hour(90_000), NOW).await.unwrap();
    assert_eq!(elsewhere, []);
    place.visible(place.erase(100, mistake).await).await;
    assert_eq!(proposed(3651).await, [kept], "an erased person is not proposed again");
    assert!(place.reader.case_file(CaseId(alive), NOW).await.unwrap().is_some());
    place.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_words_of_a_record_without_a_case_are_proposed_to_go_until_they_went() {
    let place = Place::new().await;
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/retention");
    let rules = nabij_caseload::Retention::from_folder(&folder).unwrap();
    let case = open(&place, 0, HERE, None).await;
    let log = |cases: Value| {
        SignalCommand::Log(payload(json!({"centre": HERE, "note": "geroep in de gang", "cases": cases})))
    };
    let [unnamed, of_case] = [Uuid::now_v7(), Uuid::now_v7()];
    place.signal("night", 1, unnamed, log(json!([]))).await;
    let last = place.signal("night", 1, of_case, log(json!([{"case": case, "role": "witness"}]))).await;
    place.visible(last).await;
    let outlived = async |hour: i64| {
        let found = place.reader.outlived(&rules, place.hour(hour), NOW).await.unwrap();
        found.into_iter().map(|one| (one.kind, one.record, one.rule)).collect::<Vec<_>>()
    };
    assert_eq!(outlived(24 * 3650).await, []);
    assert_eq!(outlived(24 * 3650 + 1).await, [("signal", unnamed, "signal-without-case".to_owned())]);
    let raw = place.log.event_at(last - 1).await.unwrap().unwrap();
    let gone = json!({"texts": [{"event": raw.event_id().unwrap(), "field": "note"}]});
    place.visible(place.signal("team", 90_000, unnamed, SignalCommand::Redact(payload(gone))).await).await;
    assert_eq!(outlived(200_000).await, []);
    place.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_talk_about_closes_no_review_and_is_no_discussion_of_the_team() {
    let place = Place::new().await;
    let case = open(&place, 0, HERE, None).await;
    let signal = log(&place, 1, json!({"cases": [{"case": case, "role": "affected"}]})).await;
    let review = json!({"level": 2, "reason": "sleeps badly", "review_on": "2026-01-06"});
    place.case(2, case, CaseCommand::SetSupportLevel(payload(review))).await;
    let held = |guests: bool| {
        let mut held = json!({
            "centre": if guests { THERE } else { HERE }, "kind": "case_conference", "held_at": place.hour(3),
            "cases": [case], "signals": [signal],
        });
        if guests {
            held["guest_cases"] = json!([case]);
            held["guest_signals"] = json!([signal]);
        }
        held
    };
    let review = (WorkKind::ReviewDue, case, false);
    let waits = async || {
        let agenda = place.reader.agenda(HERE, &place.policies, place.hour(5), NOW).await.unwrap();
        let follow_up = place.reader.follow_up(CaseId(case), NOW).await.unwrap();
        let signals: Vec<Uuid> = agenda.cases.iter().flat_map(|case| case.signals.clone()).collect();
        let review = work(&place, HERE, 5).await.contains(&review);
        (signals, review, follow_up.last_discussion_at.is_some())
    };
    place.visible(place.discuss(4, held(true)).await).await;
    assert_eq!(waits().await, (vec![signal], true, false));
    place.visible(place.discuss(4, held(false)).await).await;
    assert_eq!(waits().await, (vec![], false, true));
    place.end().await;
}
