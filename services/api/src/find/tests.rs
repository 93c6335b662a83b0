//! Whoever is erased leaves the index, and not only what a search shows of it.

use std::sync::Arc;

use deadpool_postgres::{Manager, Pool};
use jiff::Timestamp;
use nabij_caseload::{Caseload, Reader};
use nabij_engine::{Projection, Runner, prepare_database, wait_for};
use nabij_log::Submission;
use nabij_model::case::{Case, CaseCommand, ErasureScope};
use nabij_model::text::StaffId;
use nabij_model::{Actor, CentreId, Policies, Role};
use nabij_testkit::{PATIENCE, fresh_database, fresh_names};
use serde_json::json;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::People;
use crate::fixtures::fresh_log;

#[tokio::test(flavor = "multi_thread")]
async fn who_is_erased_leaves_the_index_though_nobody_searches() {
    let (names, database) = (fresh_names(), fresh_database().await);
    let log = fresh_log(&names).await;
    let manager = Manager::new(database.url().parse().unwrap(), tokio_postgres::NoTls);
    let pool = Pool::builder(manager).build().unwrap();
    prepare_database(&pool).await.unwrap();
    let projections: Vec<Arc<dyn Projection>> = vec![Arc::new(Caseload::new(&log))];
    let (runner, stop) = (Runner::new(pool.clone(), log.clone(), projections), CancellationToken::new());
    let stopped = stop.clone();
    let projector = tokio::spawn(async move { runner.run(&stopped).await });

    let views = Reader::new(pool.clone());
    let people = People::new(log.vault());
    let done = async |case: Uuid, by: &str, command: CaseCommand| {
        let subject = StaffId::new(by).unwrap();
        let actor = Actor { subject, role: Role::Director, centres: Vec::new(), operator: None };
        let submission = Submission::new(Timestamp::now(), actor, Arc::new(Policies::shipped()));
        log.execute::<Case>(case, command, &submission).await.unwrap().sequence
    };
    let known = async |sequence: u64| {
        wait_for(&pool, &[views.schema()], sequence, PATIENCE).await.unwrap();
        people.follow(&views, log.vault()).await.unwrap()
    };

    let (gone, stays) = (Uuid::now_v7(), Uuid::now_v7());
    let mut last = 0;
    for (case, name) in [(gone, "Zemzem Planted"), (stays, "Yusra Noor")] {
        let opened = json!({
            "centre": CentreId::derived(&["here"]), "birth_year": 1990, "languages": ["fa"],
            "arrived_on": "2026-01-10", "resident": {"name": name},
        });
        last = done(case, "team", CaseCommand::Open(serde_json::from_value(opened).unwrap())).await;
    }
    assert_eq!(known(last).await, 2);
    let asked = serde_json::from_value(json!({"ground": "person_asked"})).unwrap();
    let asked = done(gone, "one", CaseCommand::RequestErasure(asked)).await;
    assert_eq!(known(asked).await, 2, "who asks erases nobody");
    let scope = ErasureScope { listed_at: asked, ..ErasureScope::default() };
    // Nobody carries the order out here: the keys are still there, and what the person was called still reads.
    let erased = done(gone, "other", CaseCommand::Erase(scope)).await;
    assert_eq!(known(erased).await, 1);
    stop.cancel();
    projector.await.unwrap().unwrap();
    names.cleanup().await;
}
