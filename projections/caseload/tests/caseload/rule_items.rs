//! What rules put on a worklist or an agenda: whose it is, how much of it shows, and when it goes.

use nabij_caseload::{Agenda, NOW, WorkKind};
use nabij_model::case::CaseCommand;
use nabij_model::escalation::{Escalation, EscalationCommand};
use nabij_model::signal::SignalCommand;
use nabij_model::{CentreId, Role};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::place::{Place, payload};

const HERE: CentreId = CentreId(Uuid::from_u128(1));
const THERE: CentreId = CentreId(Uuid::from_u128(2));

async fn open_case(place: &Place) -> Uuid {
    let id = Uuid::now_v7();
    let body = json!({"centre": HERE, "birth_year": 1990, "arrived_on": "2026-01-02"});
    place.case(0, id, CaseCommand::Open(payload(body))).await;
    id
}

/// A rule asks for something in an hour.
async fn asks(place: &Place, hour: i64, rule: &str, subject: Value, more: Value) -> (Uuid, u64) {
    let id = Uuid::now_v7();
    let mut body = json!({"rule": rule, "rule_version": 1, "severity": "moderate", "trigger": Uuid::now_v7(),
        "subject": subject, "title": rule, "step": 0, "recipients": ["psychosocial"],
        "acknowledge_by": place.hour(hour + 100), "confidential": false, "shown_as": "worklist"});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let raise = EscalationCommand::Raise(payload(body));
    (id, place.try_as::<Escalation>("rules", hour, id, raise).await.unwrap())
}

async fn lapses(place: &Place, hour: i64, escalation: Uuid) -> u64 {
    let lapse = EscalationCommand::Lapse(payload(json!({"by": Uuid::now_v7()})));
    place.try_as::<Escalation>("rules", hour, escalation, lapse).await.unwrap()
}

/// What rules ask of a centre's team on its worklist: the escalation, about whom, whether it is overdue.
async fn asked(place: &Place, centre: CentreId, hour: i64, as_of: u64) -> Vec<(Uuid, Vec<Uuid>, bool)> {
    let list = place.reader.worklist(centre, &place.policies, place.hour(hour), as_of).await.unwrap();
    let of_rules = list.items.into_iter().filter(|item| item.kind == WorkKind::AskedByRule);
    of_rules.map(|item| (item.key, item.cases.iter().map(|case| case.0).collect(), item.overdue)).collect()
}

async fn agenda(place: &Place, hour: i64) -> Agenda {
    place.reader.agenda(HERE, &place.policies, place.hour(hour), NOW).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_stands_where_the_file_is_until_it_lapses_and_alarms_do_not() {
    let place = Place::new().await;
    let case = open_case(&place).await;
    let about = json!({"centre": HERE, "cases": [case]});
    let (item, raised) = asks(&place, 1, "screening-unreviewed", about.clone(), json!({})).await;
    asks(&place, 1, "alarm", about.clone(), json!({"shown_as": "alarm"})).await;
    asks(&place, 1, "secret", about, json!({"confidential": true})).await;
    let of_centre = json!({"centre": HERE});
    let (general, last) = asks(&place, 2, "general", of_centre, json!({})).await;
    place.visible(last).await;
    let both = [(item, vec![case], false), (general, vec![], false)];
    assert_eq!(asked(&place, HERE, 3, NOW).await, both);
    assert_eq!(asked(&place, THERE, 3, NOW).await, []);
    assert_eq!(asked(&place, HERE, 101, NOW).await[0], (item, vec![case], true));
    let list = place.reader.worklist(HERE, &place.policies, place.hour(3), NOW).await.unwrap();
    let note = list.items.iter().find(|one| one.key == item).unwrap().rule.as_ref().unwrap();
    assert_eq!((note.rule.as_str(), note.to.as_slice()), ("screening-unreviewed", &[Role::Psychosocial][..]));

    let transfer = Uuid::now_v7();
    let request = json!({"transfer": transfer, "to_centre": THERE, "kind": "medical", "who_moves": "resident",
        "reason": "care", "alternatives": "none", "resident_view": "yes"});
    place.case(4, case, CaseCommand::RequestTransfer(payload(request))).await;
    let danger = json!({"imminent_danger": {"review_on": "2026-01-09"}});
    let approve = CaseCommand::ApproveTransfer {
        approval: payload(json!({"transfer": transfer, "basis": danger, "summary_version": 1})),
        follow_up: Default::default(),
        withheld: vec![],
    };
    place.case(5, case, approve).await;
    place.case(6, case, CaseCommand::Depart(payload(json!({"transfer": transfer})))).await;
    place.case(7, case, CaseCommand::ArriveFromTransfer(payload(json!({"transfer": transfer})))).await;
    let handed = CaseCommand::AcknowledgeHandover(payload(json!({"transfer": transfer})));
    let moved = place.case(8, case, handed).await;
    place.visible(moved).await;
    assert_eq!(asked(&place, HERE, 9, NOW).await, [(general, vec![], false)]);
    assert_eq!(asked(&place, THERE, 9, NOW).await, [(item, vec![case], false)], "it goes with the file");
    assert_eq!(asked(&place, HERE, 9, last).await, both);

    let gone = lapses(&place, 10, item).await;
    place.visible(gone).await;
    assert_eq!(asked(&place, THERE, 11, NOW).await, []);
    assert_eq!(asked(&place, HERE, 3, raised).await, [(item, vec![case], false)]);
    place.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meeting_gets_a_few_of_each_rule_and_hears_how_many_more_wait() {
    let place = Place::new().await;
    let on_agenda = || json!({"shown_as": "agenda"});
    let mut first = Vec::new();
    for hour in 1..=8 {
        let case = open_case(&place).await;
        first.push(case);
        asks(&place, hour, "quiet-resident", json!({"centre": HERE, "cases": [case]}), on_agenda()).await;
    }
    let (affected, accused) = (open_case(&place).await, open_case(&place).await);
    let signal = Uuid::now_v7();
    let logged = json!({"centre": HERE, "note": "words", "cases": [
        {"case": affected, "role": "affected"}, {"case": accused, "role": "alleged_actor"}]});
    place.signal("reporter", 9, signal, SignalCommand::Log(payload(logged))).await;
    let subject = json!({"centre": HERE, "cases": [affected, accused], "signal": signal});
    let (talk, last) = asks(&place, 9, "three-concerns", subject, on_agenda()).await;
    place.visible(last).await;
    let seen = agenda(&place, 10).await;
    let rules: Vec<&str> = seen.matters.iter().map(|matter| matter.rule.rule.as_str()).collect();
    assert_eq!(
        rules,
        ["quiet-resident", "three-concerns", "quiet-resident", "quiet-resident", "quiet-resident"]
    );
    assert_eq!(seen.matters[0].cases, [first[0].into()], "the oldest first");
    assert_eq!(seen.matters[1].cases, [affected.into()], "not who is said to have done it");
    let more: Vec<(&str, usize)> =
        seen.more_matters.iter().map(|more| (more.rule.as_str(), more.more)).collect();
    assert_eq!(more, [("quiet-resident", 4)]);
    assert_eq!(asked(&place, HERE, 10, NOW).await, [], "the agenda is not the worklist");

    place.case(11, first[0], CaseCommand::Close(payload(json!({"reason": "own_housing"})))).await;
    let gone = lapses(&place, 11, talk).await;
    place.visible(gone).await;
    let after = agenda(&place, 12).await;
    assert_eq!(after.matters.len(), 5);
    assert!(after.matters.iter().all(|matter| matter.rule.rule.as_str() == "quiet-resident"));
    assert_eq!(after.matters[0].cases, [first[1].into()], "who left is not talked about");
    assert_eq!(after.more_matters[0].more, 2);
    place.end().await;
}
