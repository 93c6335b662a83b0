//! An answer about an earlier moment equals a replay to it; a rebuild gives the same bytes.

use nabij_caseload::{NOW, Order, Reader};
use nabij_engine::{Outcome, Until, replay};
use nabij_model::{CaseId, CentreId};
use tokio_util::sync::CancellationToken;

use crate::history::History;
use crate::place::{Place, projections};

/// Every read of two schemas, each as of its own moment, about everything in the history.
async fn compare(place: &Place, history: &History, live: (&Reader, u64), then: (&Reader, u64)) {
    let at = place.hour(500);
    for &case in &history.cases {
        let case = CaseId(case);
        for order in [Order::NewestFirst, Order::OldestFirst] {
            let mut cursor = None;
            loop {
                let page = live.0.timeline(case, live.1, order, cursor, 3, &[]).await.unwrap();
                assert_eq!(
                    page,
                    then.0.timeline(case, then.1, order, cursor, 3, &[]).await.unwrap(),
                    "{case}"
                );
                cursor = page.next;
                if cursor.is_none() {
                    break;
                }
            }
        }
        let file = live.0.case_file(case, live.1).await.unwrap();
        assert_eq!(file, then.0.case_file(case, then.1).await.unwrap(), "{case}");
        assert_eq!(
            live.0.household(case, live.1).await.unwrap(),
            then.0.household(case, then.1).await.unwrap()
        );
        assert_eq!(
            live.0.follow_up(case, live.1).await.unwrap(),
            then.0.follow_up(case, then.1).await.unwrap()
        );
    }
    for &centre in &history.centres {
        let centre = CentreId(centre);
        let policies = &place.policies;
        for with_closed in [false, true] {
            assert_eq!(
                live.0.cases(&[centre], with_closed, live.1, None, 5).await.unwrap(),
                then.0.cases(&[centre], with_closed, then.1, None, 5).await.unwrap()
            );
        }
        assert_eq!(
            live.0.worklist(centre, policies, at, live.1).await.unwrap(),
            then.0.worklist(centre, policies, at, then.1).await.unwrap()
        );
        assert_eq!(
            live.0.agenda(centre, policies, at, live.1).await.unwrap(),
            then.0.agenda(centre, policies, at, then.1).await.unwrap()
        );
        assert_eq!(
            live.0.board(centre, policies, at, live.1).await.unwrap(),
            then.0.board(centre, policies, at, then.1).await.unwrap()
        );
        let (from, to) = (place.hour(0), place.hour(10_000));
        assert_eq!(
            live.0.occupancy(centre, from, to, live.1).await.unwrap(),
            then.0.occupancy(centre, from, to, then.1).await.unwrap()
        );
    }
    let all: Vec<CentreId> = history.centres.iter().copied().map(CentreId).collect();
    assert_eq!(
        live.0.confidential_work(&all, &place.policies, at, live.1).await.unwrap(),
        then.0.confidential_work(&all, &place.policies, at, then.1).await.unwrap()
    );
    assert_eq!(live.0.centres(None, live.1).await.unwrap(), then.0.centres(None, then.1).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn as_of_any_event_is_what_a_replay_to_it_shows_and_a_rebuild_changes_no_byte() {
    let place = Place::new().await;
    let mut history = History::begin(&place, 7).await;
    for _ in 0..500 {
        history.step(&place).await;
    }
    place.visible(history.sequence).await;
    let never = CancellationToken::new();
    for share in [1, 4, 7, 10] {
        let moment = history.sequence * share / 10;
        let into = vec![(projections(&place.log).remove(0), "earlier".to_owned())];
        let reached =
            replay(&place.pool, &place.log, &into, Until::Sequence(moment), &never, |_| {}).await.unwrap();
        assert_eq!(reached, moment);
        let earlier = Reader::in_schema(place.pool.clone(), "earlier");
        compare(&place, &history, (&place.reader, moment), (&earlier, NOW)).await;
    }
    let live = place.digests("caseload_v5").await;
    assert!(
        live.iter().all(|(table, rows, _)| *rows > 0 || panic!("{table} is empty: the history is too tame"))
    );
    assert_eq!(place.rebuild().run(&never, |_| {}).await.unwrap(), Outcome::Swapped(history.sequence));
    assert_eq!(place.digests("caseload_v5").await, live);
    assert_eq!(place.digests("earlier").await, live);
    assert!(!history.erased.is_empty(), "nobody was erased: the history is too tame");
    for case in &history.erased {
        let left = place.rows_naming("caseload_v5", *case).await;
        assert!(
            left.iter().all(|table| ["timeline", "case_fact", "erasure"].contains(table)),
            "{case}: {left:?}"
        );
        assert!(!place.named_in_a_body("caseload_v5", *case).await, "{case} stands in a body");
    }
    for planted in ["planted", "she sings", "pregnancy"] {
        assert!(!place.mentions("caseload_v5", planted).await, "{planted:?} can be read in a table");
    }
    place.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_is_the_last_event_that_the_network_knew_then() {
    let place = Place::new().await;
    let mut history = History::begin(&place, 11).await;
    for _ in 0..60 {
        history.step(&place).await;
    }
    place.visible(history.sequence).await;
    assert_eq!(place.reader.sequence().await.unwrap(), history.sequence);
    assert_eq!(place.reader.sequence_at(place.hour(-1)).await.unwrap(), 0);
    assert_eq!(place.reader.sequence_at(place.hour(100_000)).await.unwrap(), history.sequence);
    let never = CancellationToken::new();
    for hour in [5, 40, 70] {
        let into = vec![(projections(&place.log).remove(0), "earlier".to_owned())];
        let until = Until::Time(place.hour(hour));
        let replayed = replay(&place.pool, &place.log, &into, until, &never, |_| {}).await.unwrap();
        assert_eq!(place.reader.sequence_at(place.hour(hour)).await.unwrap(), replayed);
    }
    place.end().await;
}
