//! A sealed field on its way: clear from the caller, closed in the log, opened for who may read it.

use nabij_model::{Medical, SealLevel, Sealed};
use serde_json::{Value, json};

const SECRET: &str = "she saw who did it";

fn closed() -> Value {
    json!({
        "sealed": "AAECAwQFBgcICQoLDA0ODw",
        "key": "signal.01890000-0000-7000-8000-000000000001",
        "of": "01890000-0000-7000-8000-000000000002#/note",
        "level": "restricted",
    })
}

fn opened() -> Value {
    let mut value = closed();
    value["open"] = json!(SECRET);
    value
}

fn read(value: Value) -> Sealed<String> {
    serde_json::from_value(value).unwrap()
}

#[test]
fn a_caller_sends_the_value_itself() {
    let note = read(json!(SECRET));
    assert_eq!(note.get().unwrap(), SECRET);
    assert_eq!(note.level(), SealLevel::Team);
    let medical: Medical<String> = serde_json::from_value(json!(SECRET)).unwrap();
    assert_eq!(medical.level(), SealLevel::Medical);
}

#[test]
fn a_clear_value_reaches_the_log_with_its_level() {
    let note = read(json!(SECRET)).at(SealLevel::Restricted);
    let to_the_log = serde_json::to_value(&note).unwrap();
    assert_eq!(to_the_log, json!({"clear": SECRET, "level": "restricted"}));
    assert_eq!(read(to_the_log), note);
}

#[test]
fn a_closed_value_stays_closed_and_at_its_level() {
    let note = read(closed());
    assert_eq!(note.get(), None);
    assert_eq!(serde_json::to_value(&note).unwrap(), closed());
    assert_eq!(note.at(SealLevel::Team).level(), SealLevel::Restricted);
}

#[test]
fn an_opened_value_is_closed_wherever_it_is_written_again() {
    let note = read(opened());
    assert_eq!(note.get().unwrap(), SECRET);
    assert_eq!(serde_json::to_value(&note).unwrap(), closed());
}

#[test]
fn no_form_of_it_shows_in_a_log_line() {
    for note in [read(json!(SECRET)), read(opened()), read(closed())] {
        let shown = format!("{note:?}");
        assert!(!shown.contains(SECRET) && !shown.contains("AAEC"), "{shown}");
    }
}

#[test]
fn what_is_not_of_its_type_is_refused() {
    for wrong in [json!(7), json!({"clear": 7, "level": "team"}), json!({"sealed": "A", "of": "B"})] {
        assert!(serde_json::from_value::<Sealed<String>>(wrong.clone()).is_err(), "{wrong}");
    }
}
