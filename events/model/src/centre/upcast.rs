//! Older versions of a centre's events.

use serde_json::Value;

/// `occupancy_reported` 1 -> 2: `date` (a day) becomes `as_at`, noon of that day in UTC; unaccompanied minors were
/// not counted then.
///
/// What does not have the form of version 1 is handed on as it is: decoding then says what is wrong with it.
pub(crate) fn occupancy_v1(mut body: Value) -> Value {
    if let Some(fields) = body.as_object_mut()
        && let Some(Value::String(date)) = fields.remove("date")
    {
        fields.insert("as_at".into(), Value::String(format!("{date}T12:00:00Z")));
    }
    body
}

#[cfg(test)]
mod tests {
    use crate::event::{DecodeError, Event};

    fn decode(body: &str) -> Result<Event, DecodeError> {
        Event::decode("nabij.centre.occupancy_reported.v1", body.as_bytes()).map(|(_, event)| event)
    }

    #[test]
    fn a_day_becomes_its_noon() {
        let old = decode(r#"{"date": "2024-02-29", "residents": 312, "minors": 97}"#).unwrap();
        let new = br#"{"as_at": "2024-02-29T12:00:00Z", "residents": 312, "minors": 97}"#;
        assert_eq!(old, Event::decode("nabij.centre.occupancy_reported.v2", new).unwrap().1);
    }

    #[test]
    fn what_never_was_version_one_is_no_event() {
        for body in [r#"{"date": "2023-02-29", "residents": 312}"#, r#"{"date": 7, "residents": 312}"#, "[]"]
        {
            assert!(matches!(decode(body), Err(DecodeError::Body { .. })), "{body}");
        }
    }
}
