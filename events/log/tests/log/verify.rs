//! Verification names the first bad event, whatever is wrong with it.

use futures::FutureExt;
use nabij_log::Raw;
use nabij_testkit::stack;
use uuid::Uuid;

use crate::place::{Place, everywhere, feedback, logged, signal};

/// Two signals with three events each, interleaved: the first at 1, 3, 5, the second at 2, 4, 6.
async fn six(place: &Place) -> Vec<Raw> {
    let ids = [Uuid::now_v7(), Uuid::now_v7()];
    for id in ids {
        signal(&place.log, id, logged("words")).await.unwrap();
    }
    for _ in 0..2 {
        for id in ids {
            signal(&place.log, id, feedback()).await.unwrap();
        }
    }
    place.events().await
}

#[tokio::test]
async fn an_untouched_log_is_clean_and_has_one_anchor() {
    everywhere(|place| {
        async move {
            six(&place).await;
            let mut told = Vec::new();
            let one = place.log.verify(|sequence| told.push(sequence)).await.unwrap();
            assert!(one.is_clean(), "{:?}", one.findings);
            assert_eq!((one.events, one.aggregates, one.through), (6, 2, 6));
            assert_eq!(told, [6]);
            assert_eq!(place.another().await.verify(|_| {}).await.unwrap(), one);
            place.cleanup().await;
        }
        .boxed()
    })
    .await;
}

/// Changes one of the six events and gives what verify says first.
async fn first_bad(change: impl Fn(&mut Vec<Raw>)) -> (u64, String) {
    let place = Place::on(stack()).await;
    let mut events = six(&place).await;
    change(&mut events);
    place.rewrite(&events, &[]).await;
    let verification = place.another().await.verify(|_| {}).await.unwrap();
    let found = verification.first_bad().expect("something is wrong").clone();
    place.cleanup().await;
    (found.sequence, found.what)
}

fn text(raw: &Raw) -> String {
    String::from_utf8(raw.body.to_vec()).unwrap()
}

/// The event that was changed is named, and which one says so: that one is as it was.
#[tokio::test]
async fn a_changed_body_is_named_and_who_says_so() {
    let (sequence, what) = first_bad(|events| {
        let body = text(&events[2]).replace("reporter", "guardian");
        events[2].body = body.into();
    })
    .await;
    assert_eq!((sequence, what.contains("the event at sequence 5 says so")), (3, true), "{what}");
}

#[tokio::test]
async fn a_lost_event_shows_where_it_is_missing() {
    let (sequence, what) = first_bad(|events| drop(events.remove(2))).await;
    let told = what.contains("the event that followed it on its subject is missing")
        && what.contains("sequence 4 says so");
    assert_eq!((sequence, told), (1, true), "{what}");
}

#[tokio::test]
async fn an_event_that_was_moved_forward_is_named_itself() {
    let (sequence, what) = first_bad(|events| events.swap(2, 4)).await;
    assert_eq!((sequence, what.contains("is another than it was, or one is missing")), (3, true), "{what}");
}

#[tokio::test]
async fn an_event_that_is_there_twice_is_named() {
    let (sequence, what) = first_bad(|events| events.insert(4, events[3].clone())).await;
    assert_eq!((sequence, what.contains("occurs twice")), (5, true), "{what}");
}

#[tokio::test]
async fn an_event_under_another_subject_is_named() {
    let (sequence, what) = first_bad(|events| {
        let (other, _) = (events[1].subject.clone(), ());
        events[0].subject = other;
    })
    .await;
    assert_eq!((sequence, what.contains("it says that it belongs to signal.")), (1, true), "{what}");
}

#[tokio::test]
async fn a_clear_field_is_named() {
    let (sequence, what) = first_bad(|events| {
        let mut body: serde_json::Value = serde_json::from_slice(&events[1].body).unwrap();
        body["note"] = serde_json::json!({"clear": "words", "level": "team"});
        events[1].body = body.to_string().into();
    })
    .await;
    assert_eq!((sequence, what.contains("must be sealed is clear")), (2, true), "{what}");
}

#[tokio::test]
async fn a_field_of_another_event_is_named() {
    let (sequence, what) = first_bad(|events| {
        let other: serde_json::Value = serde_json::from_slice(&events[0].body).unwrap();
        let mut body: serde_json::Value = serde_json::from_slice(&events[1].body).unwrap();
        body["note"] = other["note"].clone();
        events[1].body = body.to_string().into();
    })
    .await;
    assert_eq!((sequence, what.contains("was sealed for")), (2, true), "{what}");
}

#[tokio::test]
async fn an_unreadable_event_is_named() {
    let (sequence, what) = first_bad(|events| {
        events[5].headers.insert("ce-type", "nabij.signal.guessed.v1");
    })
    .await;
    assert_eq!((sequence, what.contains("unknown to this binary")), (6, true), "{what}");
}
