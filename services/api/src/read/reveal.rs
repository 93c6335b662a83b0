//! Opens what a caller may open, and says of the rest why it is closed.

use nabij_log::Log;
use nabij_model::SealLevel;
use serde_json::{Map, Value, json};

use crate::problem::Problem;

/// Opens the sealed fields of `answer` whose level `may` allows. Of every sealed field the plain value is left,
/// `{"withheld": "<level>"}`, or `{"erased": true}`: ciphertext never leaves.
///
/// # Errors
/// 503 when the vault is away.
pub(crate) async fn reveal(
    log: &Log,
    answer: &mut Value,
    may: impl Fn(SealLevel) -> bool,
) -> Result<(), Problem> {
    log.vault().open(answer, may).await?;
    show(answer);
    Ok(())
}

fn show(value: &mut Value) {
    match value {
        Value::Object(fields) if is_sealed(fields) => {
            *value = match fields.remove("open") {
                Some(open) => open,
                None => json!({"withheld": fields["level"]}),
            };
        }
        Value::Object(fields)
            if fields.get("erased") == Some(&Value::Bool(true)) && fields.contains_key("level") =>
        {
            fields.remove("level");
        }
        Value::Object(fields) => fields.values_mut().for_each(show),
        Value::Array(items) => items.iter_mut().for_each(show),
        _ => {}
    }
}

fn is_sealed(fields: &Map<String, Value>) -> bool {
    ["sealed", "key", "of", "level"].iter().all(|name| fields.contains_key(*name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_ciphertext_is_left() {
        let sealed = |open: Option<&str>| {
            let mut field = json!({"sealed": "AAAA", "key": "case.1", "of": "1#/note", "level": "medical"});
            if let Some(open) = open {
                field["open"] = open.into();
            }
            field
        };
        let mut answer = json!({
            "rows": [{"note": sealed(Some("he slept")), "other": sealed(None)}],
            "gone": {"erased": true, "level": "team"},
            "case": {"erased": true, "closed": false},
        });
        show(&mut answer);
        assert_eq!(
            answer,
            json!({
                "rows": [{"note": "he slept", "other": {"withheld": "medical"}}],
                "gone": {"erased": true},
                "case": {"erased": true, "closed": false},
            })
        );
    }
}
