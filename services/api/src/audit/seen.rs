//! What an answer shows: which cases, how many lines.

use std::collections::BTreeSet;

use axum::response::Response;
use nabij_model::CaseId;
use serde_json::Value;
use uuid::Uuid;

/// What an answer shows; it travels in the extensions of the response, and does not leave the process.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    /// Every case of which something is shown.
    pub(crate) cases: BTreeSet<CaseId>,
    /// How many lines.
    pub(crate) rows: u64,
    /// Something confidential is among it, beyond what the policy was asked about.
    pub(crate) confidential: bool,
}

impl Seen {
    /// Figures, or other lines that name nobody.
    pub(crate) fn rows(rows: usize) -> Self {
        Self { rows: rows as u64, ..Self::default() }
    }

    /// Everything in `body`: each id under `case` or in `cases`, however deep, and the lines of its longest list; what has an
    /// id of its own is one record, whatever lists it holds.
    pub(crate) fn of(body: &Value) -> Self {
        let mut seen = Self::default();
        seen.take(body);
        if ["id", "case", "centre", "escalation"].iter().any(|name| body.get(name).is_some()) {
            seen.rows = 1;
            return seen;
        }
        let lists =
            body.as_object().into_iter().flat_map(serde_json::Map::values).filter_map(Value::as_array);
        seen.rows = lists.map(|list| list.len() as u64).max().unwrap_or(1);
        seen
    }

    /// Says it on `response`.
    pub(crate) fn on(self, mut response: Response) -> Response {
        response.extensions_mut().insert(self);
        response
    }

    fn take(&mut self, value: &Value) {
        match value {
            Value::Object(fields) => {
                for (name, field) in fields {
                    match name.as_str() {
                        "case" => self.case(field),
                        "cases" => field.as_array().into_iter().flatten().for_each(|one| self.case(one)),
                        _ => {}
                    }
                    self.take(field);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.take(item)),
            _ => {}
        }
    }

    fn case(&mut self, value: &Value) {
        if let Some(id) = value.as_str().and_then(|text| Uuid::parse_str(text).ok()) {
            self.cases.insert(CaseId(id));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_case_of_an_answer_is_named_however_deep() {
        let id = |last: u8| format!("01890000-0000-7000-8000-0000000000{last:02}");
        let seen = Seen::of(&json!({
            "items": [{"case": id(1)}, {"body": {"cases": [id(2), {"case": id(3), "role": "affected"}]}}],
            "quiet": [{"case": id(4)}],
            "other": id(5),
            "as_of": 7,
        }));
        let cases: Vec<String> = seen.cases.iter().map(ToString::to_string).collect();
        assert_eq!(cases, [id(1), id(2), id(3), id(4)]);
        assert_eq!(seen.rows, 2);
        assert_eq!(Seen::of(&json!({"case": id(1), "vulnerabilities": []})).rows, 1);
        assert_eq!(Seen::of(&json!({"items": []})).rows, 0);
    }
}
