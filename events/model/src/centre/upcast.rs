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
