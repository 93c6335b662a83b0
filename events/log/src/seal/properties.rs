//! What holds for every sealed field, whatever is in it and wherever it stands.

use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::json;
use uuid::Uuid;

use super::*;
use nabij_model::AggregateKind;

/// Any JSON, fields that look sealed or clear themselves among it.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        // Up to 15 digits: `serde_json` reads more of them back to within one unit in the last place only.
        any::<i32>().prop_map(|thousandths| Value::from(f64::from(thousandths) / 1000.0)),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let name = prop_oneof![
            any::<String>(),
            select(vec!["clear", "level", "sealed", "of", "open"]).prop_map(str::to_owned)
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(name, inner, 0..4).prop_map(|fields| fields.into_iter().collect()),
        ]
    })
}

fn any_level() -> impl Strategy<Value = SealLevel> {
    select(SealLevel::ALL.to_vec())
}

/// Names of two fields of one body, the ones that a JSON pointer must escape among them.
fn two_names() -> impl Strategy<Value = (String, String)> {
    let name = || prop_oneof!["[~/01]{0,4}", any::<String>()];
    (name(), name()).prop_filter("two fields have two names", |(one, other)| one != other)
}

fn aggregate() -> AggregateId {
    AggregateId::new(AggregateKind::Case, Uuid::from_u128(9))
}

fn any_keys() -> impl Strategy<Value = Keys> {
    (any::<[u8; 32]>(), any::<[u8; 32]>())
        .prop_filter("two keys", |(content, profile)| content != profile)
        .prop_map(|(content, profile)| Keys::from_bytes(content, profile))
}

fn event(id: u128) -> EventId {
    EventId(Uuid::from_u128(id))
}

/// The body with its clear fields closed.
fn closed(mut body: Value, id: u128, keys: &Keys) -> Value {
    assert!(seal(&mut body, event(id), aggregate(), Some(keys)).is_ok(), "not sealed: {body}");
    body
}

/// What a reader of these levels who has these keys sees.
fn read(body: &Value, keys: &Keys, may: impl Fn(SealLevel) -> bool) -> Result<Value, LogError> {
    let known = SealLevel::ALL.map(|level| (key_id(aggregate(), level), Some(keys.of(level).clone())));
    let mut body = body.clone();
    open(&mut body, &HashMap::from(known), &may, true)?;
    Ok(body)
}

fn damaged(read: Result<Value, LogError>) -> bool {
    read.is_err_and(|error| error.kind() == LogErrorKind::Damaged)
}

fn bytes(field: &Value) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(field["sealed"].as_str().unwrap()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_was_written_comes_back_and_nothing_of_it_stands_in_the_log(
        value in any_json(),
        level in any_level(),
        (name, other) in two_names(),
        keys in any_keys(),
    ) {
        let body = json!({&name: [{"clear": value, "level": level}], &other: "beside"});
        let log = closed(body, 7, &keys);
        prop_assert!(!has_clear(&log));
        prop_assert_eq!(log[&name][0].as_object().unwrap().len(), 4);
        let found = ciphertexts(&log);
        prop_assert_eq!(found.len(), 1);
        let (pointer, field) = &found[0];
        prop_assert_eq!(log.pointer(pointer), Some(&log[&name][0]));
        prop_assert_eq!(&field.of, &format!("{}#{pointer}~{}", event(7), word(level)));
        prop_assert!(is_in_place(field, event(7), pointer));
        let opened = read(&log, &keys, |_| true).unwrap();
        prop_assert_eq!(&opened[&name][0]["open"], &value);
        prop_assert_eq!(&opened[&other], "beside");
    }

    #[test]
    fn no_other_key_opens_a_field(
        value in any_json(),
        level in any_level(),
        keys in any_keys(),
        others in any_keys(),
    ) {
        prop_assume!(keys.of(level) != others.of(level));
        let log = closed(json!({"note": {"clear": value, "level": level}}), 7, &keys);
        prop_assert!(damaged(read(&log, &others, |_| true)));
        // The profile key opens no words, and the key of the words no profile.
        let swapped = Keys::from_bytes(*keys.of(SealLevel::Profile).bytes(), *keys.of(SealLevel::Team).bytes());
        prop_assert!(damaged(read(&log, &swapped, |_| true)));
    }

    #[test]
    fn a_field_opens_for_no_other_event(
        value in any_json(),
        level in any_level(),
        keys in any_keys(),
        ids in any::<[u128; 2]>(),
    ) {
        prop_assume!(ids[0] != ids[1]);
        let mut log = closed(json!({"note": {"clear": value, "level": level}}), ids[0], &keys);
        log["note"]["of"] = json!(format!("{}#/note~{}", event(ids[1]), word(level)));
        prop_assert!(damaged(read(&log, &keys, |_| true)));
    }

    #[test]
    fn a_field_opens_at_no_other_level(
        value in any_json(),
        levels in [any_level(), any_level()],
        with_level in any::<bool>(),
        keys in any_keys(),
    ) {
        prop_assume!(levels[0] != levels[1]);
        let mut log = closed(json!({"note": {"clear": value, "level": levels[0]}}), 7, &keys);
        log["note"]["level"] = json!(levels[1]);
        log["note"]["key"] = json!(key_id(aggregate(), levels[1]));
        if with_level {
            log["note"]["of"] = json!(format!("{}#/note~{}", event(7), word(levels[1])));
        }
        prop_assert!(damaged(read(&log, &keys, |_| true)));
    }

    #[test]
    fn two_fields_of_one_event_cannot_change_places(
        values in [any_json(), any_json()],
        level in any_level(),
        (one, other) in two_names(),
        keys in any_keys(),
    ) {
        let [first, second] = values.map(|value| json!({"clear": value, "level": level}));
        let log = closed(json!({&one: first, &other: second}), 7, &keys);
        let mut bytes_swapped = log.clone();
        bytes_swapped[&one]["sealed"] = log[&other]["sealed"].clone();
        bytes_swapped[&other]["sealed"] = log[&one]["sealed"].clone();
        prop_assert!(damaged(read(&bytes_swapped, &keys, |_| true)));
        // Swapped with all that is written beside them, neither field names its own place: what `verify` looks for.
        let swapped = json!({&one: log[&other], &other: log[&one]});
        let own = |(pointer, field): &(String, Ciphertext)| is_in_place(field, event(7), pointer);
        prop_assert!(ciphertexts(&log).iter().all(own));
        prop_assert!(!ciphertexts(&swapped).iter().any(own));
    }

    #[test]
    fn a_field_with_any_bit_changed_or_any_end_missing_does_not_open(
        value in any_json(),
        level in any_level(),
        keys in any_keys(),
        at in any::<Index>(),
        bit in 0_u8..8,
    ) {
        let log = closed(json!({"note": {"clear": value, "level": level}}), 7, &keys);
        let whole = bytes(&log["note"]);
        let at = at.index(whole.len());
        let mut flipped = whole.clone();
        flipped[at] ^= 1 << bit;
        for wrong in [&flipped[..], &whole[..at], &whole[at + 1..], &[&whole[..], &[0]].concat()] {
            let mut log = log.clone();
            log["note"]["sealed"] = json!(URL_SAFE_NO_PAD.encode(wrong));
            prop_assert!(damaged(read(&log, &keys, |_| true)), "byte {at} of {}", whole.len());
        }
        let text = log["note"]["sealed"].as_str().unwrap().to_owned();
        for end in 0..text.len() {
            let mut log = log.clone();
            log["note"]["sealed"] = json!(text[..end]);
            prop_assert!(damaged(read(&log, &keys, |_| true)), "the first {end} characters");
        }
    }

    #[test]
    fn who_may_read_some_levels_reads_those_and_no_others(
        values in prop::collection::vec(any_json(), 6),
        keys in any_keys(),
        may in prop::sample::subsequence(SealLevel::ALL.to_vec(), 0..=6),
    ) {
        let clear: Vec<Value> = SealLevel::ALL.iter().zip(&values)
            .map(|(level, value)| json!({"clear": value, "level": level}))
            .collect();
        let log = closed(Value::from(clear), 7, &keys);
        let opened = read(&log, &keys, |level| may.contains(&level)).unwrap();
        for (place, level) in SealLevel::ALL.iter().enumerate() {
            if may.contains(level) {
                prop_assert_eq!(&opened[place]["open"], &values[place]);
            } else {
                prop_assert_eq!(&opened[place], &log[place]);
            }
        }
    }
}
