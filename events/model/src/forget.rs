//! What an event still says once somebody whom it names was erased: everything about the others.

use serde_json::Value;

use crate::id::CaseId;

/// Takes out of every list of a body what names an erased case: its id, or an object whose `case` it is. Whether anything
/// was taken.
///
/// By form and not by type, so that an event that is added later forgets too.
pub fn forget(body: &mut Value, erased: &impl Fn(CaseId) -> bool) -> bool {
    let mut taken = false;
    match body {
        Value::Array(items) => {
            let before = items.len();
            items.retain(|item| !names(item, erased));
            taken = items.len() < before;
            for item in items {
                taken |= forget(item, erased);
            }
        }
        Value::Object(fields) => {
            for field in fields.values_mut() {
                taken |= forget(field, erased);
            }
        }
        _ => {}
    }
    taken
}

fn names(item: &Value, erased: &impl Fn(CaseId) -> bool) -> bool {
    let id = match item {
        Value::String(id) => Some(id.as_str()),
        Value::Object(fields) => fields.get("case").and_then(Value::as_str),
        _ => None,
    };
    id.and_then(|id| id.parse().ok()).is_some_and(erased)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn one_child_of_two_is_forgotten_and_the_other_is_not() {
        let (gone, stays) = (CaseId::derived(&["gone"]), CaseId::derived(&["stays"]));
        let erased = |case| case == gone;
        let mut body = json!({
            "cases": [{"case": gone, "role": "affected"}, {"case": stays, "role": "witness"}],
            "subject": {"cases": [gone, stays]}, "note": "x",
        });
        assert!(forget(&mut body, &erased));
        let left = json!({
            "cases": [{"case": stays, "role": "witness"}], "subject": {"cases": [stays]}, "note": "x",
        });
        assert_eq!(body, left);
        assert!(!forget(&mut body, &erased));
    }
}
