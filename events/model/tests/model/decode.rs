//! What is no event is refused by name.

use nabij_model::Event;
use nabij_model::event::DecodeError;
use serde_json::json;

use crate::golden::Golden;

fn refusal(event_type: &str, body: &str) -> DecodeError {
    Event::decode(event_type, body.as_bytes()).expect_err("it is no event")
}

#[test]
fn an_unknown_type_is_named() {
    for unknown in [
        "nabij.case.sneezed.v1",
        "nabij.weather.changed.v1",
        "nabij.signal.logged.v9",
        "nabij.signal.logged.v0",
        "nabij.centre.occupancy_reported.v0",
        "nabij.signal.logged",
        "signal.logged.v1",
        "",
    ] {
        let error = refusal(unknown, "{}");
        assert!(matches!(error, DecodeError::UnknownType(_)), "{error}");
        assert!(error.to_string().contains(&format!("{unknown:?}")), "{error}");
    }
}

#[test]
fn an_unknown_field_is_named_with_the_type() {
    for golden in Golden::all() {
        let mut body = golden.body.clone();
        body["shoe_size"] = json!(42);
        let error = refusal(&golden.event_type, &body.to_string());
        assert!(matches!(error, DecodeError::Body { .. }), "{error}");
        let said = error.to_string();
        assert!(said.contains(&golden.event_type) && said.contains("shoe_size"), "{said}");
    }
}

#[test]
fn a_body_that_is_cut_off_is_named_by_its_type() {
    let error = refusal("nabij.signal.logged.v1", r#"{"centre": "0189"#);
    assert!(error.to_string().contains("nabij.signal.logged.v1"), "{error}");
}
