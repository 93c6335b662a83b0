//! Who is erased, found in the log itself.

use futures::FutureExt;
use nabij_log::Log;
use nabij_model::case::{Case, CaseCommand, ErasureScope};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::place::{by, everywhere};

async fn tell(log: &Log, who: &str, case: Uuid, command: CaseCommand) -> u64 {
    log.execute::<Case>(case, command, &by(who)).await.unwrap().sequence
}

fn of<T: serde::de::DeserializeOwned>(body: Value) -> T {
    serde_json::from_value(body).unwrap()
}

async fn open(log: &Log) -> Uuid {
    let id = Uuid::now_v7();
    let opened = json!({"centre": Uuid::now_v7(), "birth_year": 1990, "arrived_on": "2026-01-01"});
    tell(log, "reception", id, CaseCommand::Open(of(opened))).await;
    id
}

/// Gives where the order stands.
async fn erase(log: &Log, case: Uuid) -> u64 {
    tell(log, "first", case, CaseCommand::RequestErasure(of(json!({"ground": "person_asked"})))).await;
    let listed_at = log.head().await.unwrap().sequence;
    tell(log, "second", case, CaseCommand::Erase(ErasureScope { listed_at, ..ErasureScope::default() })).await
}

#[tokio::test]
async fn orders_are_found_whether_or_not_they_were_carried_out_and_those_asked_for_are_none() {
    everywhere(|place| {
        async move {
            let log = &place.log;
            assert!(log.erasures().await.unwrap().is_empty());
            let (kept, asked, done, ordered) =
                (open(log).await, open(log).await, open(log).await, open(log).await);
            assert!(log.erasures().await.unwrap().is_empty());
            let ordered = erase(log, ordered).await;
            let request = CaseCommand::RequestErasure(of(json!({"ground": "person_asked"})));
            tell(log, "first", asked, request).await;
            let carried_out = erase(log, done).await;
            tell(log, "eraser", done, CaseCommand::CompleteErasure(of(json!({"records": 1})))).await;
            tell(log, "companion", kept, CaseCommand::NoteContact(of(json!({})))).await;

            let found = place.another().await.erasures().await.unwrap();
            let sequences: Vec<u64> = found.iter().map(|raw| raw.sequence).collect();
            assert_eq!(sequences, [ordered, carried_out]);
            assert!(found.iter().all(|raw| raw.event_type().unwrap().starts_with("nabij.case.erased.")));
            assert!(found.iter().all(|raw| !raw.body.is_empty()), "whole, not their headers alone");
            place.cleanup().await;
        }
        .boxed()
    })
    .await;
}
