use super::*;
use crate::evidence::{Change, Discussion, Link, Mention, Response, Saying};

const CENTRE: Uuid = Uuid::from_u128(0xc);

fn id(n: u64) -> Uuid {
    Uuid::from_u128(u128::from(n))
}

fn at(hour: u64) -> Timestamp {
    format!("2026-03-01T{hour:02}:00:00Z").parse().unwrap()
}

/// A capture recorded at sequence `n`, at hour `n`.
fn capture(n: u64, list: List) -> Capture {
    Capture {
        recorded_seq: n,
        aggregate: id(n),
        list,
        centre: CENTRE,
        occurred_centre: CENTRE,
        label: Some("violence".into()),
        label_group: None,
        severity: (list != List::OfficialRegister).then_some(Severity::Unsure),
        level: (list == List::OfficialRegister).then_some(Level::Major),
        certainty: (list != List::OfficialRegister).then_some(Certainty::Suspected),
        minors: None,
        strength: false,
        confidential: false,
        prompted: false,
        after_discussion: None,
        occurred_at: None,
        recorded_at: at(n),
        registered_at: None,
        dated: true,
        accompaniment: None,
        event: id(1000 + n),
    }
}

fn signal(n: u64) -> Capture {
    capture(n, List::Frontline)
}

fn link(recorded_seq: u64, a: u64, b: u64) -> Link {
    Link { recorded_seq, a: id(a), b: id(b), joined: true }
}

fn saying(recorded_seq: u64, signal: u64, what: Told) -> Saying {
    Saying { recorded_seq, signal: id(signal), recorded_at: at(recorded_seq), what }
}

fn digits(of: &[Occurrence]) -> Vec<String> {
    of.iter().map(|occurrence| occurrence.history.digits()).collect()
}

#[test]
fn a_chain_of_links_is_one_occurrence_from_the_moment_of_the_link() {
    let evidence = Evidence {
        captures: vec![signal(1), signal(2), capture(3, List::OfficialRegister), signal(4)],
        links: vec![link(5, 3, 1), link(6, 2, 1), link(7, 9, 1)],
        ..Evidence::default()
    };
    let ids = |as_of| occurrences(&evidence, as_of).iter().map(|one| one.id).collect::<Vec<_>>();
    assert_eq!(ids(2), [id(1), id(2)]);
    assert_eq!(ids(5), [id(1), id(2), id(4)]);
    let all = occurrences(&evidence, 7);
    assert_eq!(ids(7), [id(1), id(4)]);
    assert_eq!(digits(&all), ["10100", "10000"]);
    assert_eq!((all[0].status, all[1].status), (Status::Registered, Status::Undecided));
    assert_eq!((all[0].registered_at, all[0].noticed_at), (Some(at(3)), Some(at(1))));
}

#[test]
fn a_discussion_of_two_signals_does_not_make_them_one() {
    let discussion = Discussion { recorded_seq: 3, discussion: id(30), held_at: at(3), prompted: false };
    let mention = |target| Mention { recorded_seq: 3, discussion: id(30), target: id(target), spoken: true };
    let evidence = Evidence {
        captures: vec![signal(1), signal(2)],
        discussions: vec![discussion],
        mentions: vec![mention(1), mention(2)],
        ..Evidence::default()
    };
    let all = occurrences(&evidence, 9);
    assert_eq!(all.len(), 2);
    // It was held after the signals were written: it is no list of its own.
    assert_eq!(digits(&all), ["10000", "10000"]);
    assert!(all.iter().all(|one| one.captured_by.holds(List::TeamDiscussion)));
}

#[test]
fn a_meeting_before_anybody_wrote_is_a_list_and_what_it_prompted_is_none() {
    let early = Discussion { recorded_seq: 1, discussion: id(30), held_at: at(1), prompted: false };
    let prompted = Capture { prompted: true, after_discussion: Some(id(30)), ..signal(2) };
    let linked_later = signal(3);
    let evidence = Evidence {
        captures: vec![prompted, linked_later],
        discussions: vec![early],
        mentions: vec![Mention { recorded_seq: 4, discussion: id(30), target: id(3), spoken: true }],
        ..Evidence::default()
    };
    assert_eq!(digits(&occurrences(&evidence, 4)), ["01000", "11000"]);
    let reminded = Evidence { discussions: vec![Discussion { prompted: true, ..early }], ..evidence.clone() };
    assert_eq!(digits(&occurrences(&reminded, 4)), ["00000", "10000"]);
}

#[test]
fn a_second_persons_judgement_counts_before_the_reporters_and_reopens_what_was_dismissed() {
    let evidence = Evidence {
        captures: vec![Capture { severity: Some(Severity::Acute), ..signal(1) }],
        told: vec![
            saying(2, 1, Told::Assessed { severity: Severity::Low, blind: true }),
            saying(3, 1, Told::Dismissed),
            saying(4, 1, Told::Assessed { severity: Severity::Unsure, blind: true }),
            saying(5, 1, Told::Reasoned(NonRegistrationReason::NoTime)),
            saying(6, 1, Told::Answered),
        ],
        ..Evidence::default()
    };
    let state = |as_of| {
        let one = occurrences(&evidence, as_of).remove(0);
        (one.severity, one.status)
    };
    assert_eq!(state(1), (Severity::Acute, Status::Undecided));
    assert_eq!(state(3), (Severity::Low, Status::Dismissed));
    assert_eq!(state(4), (Severity::Low, Status::Undecided));
    assert_eq!(state(5), (Severity::Low, Status::Reasoned));
    assert_eq!(occurrences(&evidence, 6)[0].answered_at, Some(at(6)));
    assert_eq!(occurrences(&evidence, 6)[0].judged_twice, [(Severity::Acute, Severity::Low)]);
}

#[test]
fn corrections_count_from_when_they_were_recorded_and_strengths_are_no_occurrences() {
    let elsewhere = Uuid::from_u128(0xe);
    let change = Change {
        recorded_seq: 3,
        aggregate: id(1),
        occurred_centre: Some(elsewhere),
        label: Some("self-harm".into()),
        minors: Some(true),
        ..Change::default()
    };
    let evidence = Evidence {
        captures: vec![signal(1), Capture { strength: true, ..signal(2) }],
        changes: vec![change],
        ..Evidence::default()
    };
    let before = &occurrences(&evidence, 2)[0];
    assert_eq!((before.happened, before.minors, occurrences(&evidence, 2).len()), (CENTRE, None, 1));
    let after = &occurrences(&evidence, 3)[0];
    assert_eq!((after.happened, after.listened, after.minors), (elsewhere, Some(CENTRE), Some(true)));
    assert_eq!(after.categories, ["self-harm"]);
}

#[test]
fn the_firmest_way_of_knowing_and_the_day_of_the_entry_count() {
    let told = Capture { certainty: Some(Certainty::Disclosed), ..signal(1) };
    let entry = Capture { registered_at: Some(at(0)), ..capture(3, List::OfficialRegister) };
    let evidence = Evidence {
        captures: vec![told, signal(2), entry],
        links: vec![link(4, 1, 2), link(4, 1, 3)],
        ..Evidence::default()
    };
    let one = &occurrences(&evidence, 4)[0];
    assert_eq!(
        (one.certainty, one.registered_at, one.level),
        (Some(Certainty::Disclosed), Some(at(0)), Some(Level::Major))
    );
}

#[test]
fn a_link_taken_back_splits_from_then_on_whoever_takes_it_back() {
    let apart = Link { joined: false, ..link(5, 1, 2) };
    let evidence = Evidence {
        captures: vec![signal(1), signal(2), capture(3, List::OfficialRegister)],
        links: vec![link(4, 2, 1), link(4, 3, 2), apart, link(7, 1, 2)],
        ..Evidence::default()
    };
    let ids = |as_of| occurrences(&evidence, as_of).iter().map(|one| one.id).collect::<Vec<_>>();
    assert_eq!(ids(4), [id(1)]);
    assert_eq!(ids(6), [id(1), id(2)]);
    assert_eq!(digits(&occurrences(&evidence, 6)), ["10000", "10100"]);
    assert_eq!(ids(7), [id(1)]);
}

#[test]
fn what_a_dismissed_signal_held_together_falls_apart_until_it_is_assessed_again() {
    let evidence = Evidence {
        captures: vec![signal(1), signal(2), capture(3, List::OfficialRegister)],
        links: vec![link(4, 2, 1), link(4, 2, 3)],
        told: vec![
            saying(5, 2, Told::Dismissed),
            saying(6, 2, Told::Assessed { severity: Severity::Low, blind: false }),
        ],
        ..Evidence::default()
    };
    let statuses = |as_of| occurrences(&evidence, as_of).iter().map(|one| one.status).collect::<Vec<_>>();
    assert_eq!(statuses(4), [Status::Registered]);
    assert_eq!(statuses(5), [Status::Undecided, Status::Dismissed, Status::Registered]);
    assert_eq!(statuses(6), [Status::Registered]);
}

#[test]
fn words_that_answer_a_record_are_a_capture_but_no_list_of_their_own() {
    let evidence = Evidence {
        captures: vec![signal(1)],
        responses: vec![Response { recorded_seq: 2, about_event: id(1001) }],
        ..Evidence::default()
    };
    assert!(!occurrences(&evidence, 1)[0].captured_by.holds(List::OwnVoice));
    let after = &occurrences(&evidence, 2)[0];
    assert!(after.captured_by.holds(List::OwnVoice) && !after.history.holds(List::OwnVoice));
}
