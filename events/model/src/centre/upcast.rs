//! Older versions of a centre's events.

use serde_json::Value;

pub(crate) fn occupancy_v1(body: Value) -> Value {
    body
}
