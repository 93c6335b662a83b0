use super::*;

fn at(hour: i64) -> Timestamp {
    let begin: Timestamp = "2026-03-01T00:00:00Z".parse().unwrap();
    begin + jiff::SignedDuration::from_hours(hour)
}

/// A record of case 7 in one centre at hour `n`, joined to no other.
fn record(n: u32, list: List) -> Record {
    Record {
        id: Uuid::from_u128(n.into()),
        list,
        centre: Uuid::from_u128(0xc),
        kind: Some("violence".into()),
        at: at(n.into()),
        cases: [Uuid::from_u128(7)].into(),
        joined: n as usize,
    }
}

fn offered(records: &[Record]) -> Vec<(SignalId, LinkTarget)> {
    let all = candidates(records, &BTreeSet::new(), &Weights::SHIPPED);
    all.iter().map(|one| (one.signal, one.to)).collect()
}

#[test]
fn a_signal_and_an_entry_of_the_same_day_case_and_type_are_offered_either_way_round() {
    let (signal, entry) = (record(2, List::Frontline), record(5, List::OfficialRegister));
    let link = (SignalId(signal.id), LinkTarget::Incident(IncidentId(entry.id)));
    assert_eq!(offered(&[signal.clone(), entry.clone()]), [link]);
    assert_eq!(offered(&[entry.clone(), Record { at: at(9), ..signal.clone() }]), [link]);
    let voice = record(4, List::OwnVoice);
    assert_eq!(
        offered(&[voice.clone(), signal.clone()]),
        [(SignalId(voice.id), LinkTarget::Signal(SignalId(signal.id)))]
    );
}

#[test]
fn what_contradicts_lies_far_apart_or_is_settled_is_not_offered() {
    let (signal, entry) = (record(2, List::Frontline), record(5, List::OfficialRegister));
    let with = |entry: Record| offered(&[signal.clone(), entry]);
    assert!(with(Record { kind: Some("self-harm".into()), ..entry.clone() }).is_empty());
    assert!(with(Record { cases: [Uuid::from_u128(8)].into(), ..entry.clone() }).is_empty());
    assert!(with(Record { centre: Uuid::from_u128(0xd), ..entry.clone() }).is_empty());
    assert!(with(Record { at: at(2 + 24 * 7 + 1), ..entry.clone() }).is_empty());
    assert!(with(Record { joined: signal.joined, ..entry.clone() }).is_empty());
    let no: BTreeSet<_> = [(signal.id, entry.id)].into();
    assert!(candidates(&[signal.clone(), entry.clone()], &no, &Weights::SHIPPED).is_empty());
    assert!(offered(&[entry.clone(), record(6, List::OfficialRegister)]).is_empty());
}

#[test]
fn every_agreement_counts_for_a_link() {
    let best = Agreement {
        time: Times::WithinADay,
        types: Types::Same,
        cases: Cases::TheSame,
        lists: Listed::Apart,
    };
    let bits = |agreement| Weights::SHIPPED.bits(agreement);
    assert!(bits(best) > bits(Agreement { time: Times::WithinThreeDays, ..best }));
    assert!(bits(best) > bits(Agreement { cases: Cases::SomeInCommon, ..best }));
    assert!(bits(best) > bits(Agreement { lists: Listed::Together, ..best }));
}

#[test]
fn weights_are_the_shares_of_what_was_counted() {
    let agreement = Agreement {
        time: Times::WithinADay,
        types: Types::Same,
        cases: Cases::TheSame,
        lists: Listed::Apart,
    };
    let mut tally = Tally::default();
    for _ in 0..3 {
        tally.count(agreement, true);
    }
    tally.count(Agreement { time: Times::WithinAWeek, ..agreement }, false);
    let weights = tally.weights();
    assert!((weights.prior_odds - 3.5 / 1.5).abs() < 1e-12);
    assert!((weights.m[0][0] - 3.5 / 4.5).abs() < 1e-12 && (weights.u[0][2] - 1.5 / 2.5).abs() < 1e-12);
    let bits = (3.5_f64 / 1.5).log2()
        + (weights.m[0][0] / weights.u[0][0]).log2()
        + (1..4).map(|respect| (weights.m[respect][0] / weights.u[respect][0]).log2()).sum::<f64>();
    assert!((weights.bits(agreement) - bits).abs() < 1e-12);
}
