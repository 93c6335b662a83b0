//! Sealed fields in JSON: found, closed, opened.
//!
//! A clear field is `{"clear": value, "level": ..}` and becomes a [`Ciphertext`]. The associated data is the event's id, the
//! field's JSON pointer and its level, so that a ciphertext means nothing anywhere else, and opens for nobody whom it was not sealed
//! for. Events of before the level stood in it lack that part; they open as they were written, for ever.

use std::collections::HashMap;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use nabij_model::sealed::Ciphertext;
use nabij_model::{AggregateId, EventId, SealLevel};
use serde_json::{Map, Value};

use crate::cipher;
use crate::error::{LogError, LogErrorKind};
use crate::vault::{DataKey, Keys};

/// Why a body cannot be sealed.
pub(crate) enum NotSealed {
    /// A field came closed already; only the log closes fields.
    ClosedBefore(String),
    /// Encryption failed.
    Failed(LogError),
}

/// What happened to the clear fields of a body.
#[derive(Default)]
pub(crate) struct Clear {
    /// Pointers and values of the profile fields, which the deciders may go on using.
    pub(crate) profile: Vec<(String, Value)>,
    /// How many fields were closed.
    pub(crate) closed: usize,
}

/// The id of the key that a field of `level` is sealed under.
pub(crate) fn key_id(aggregate: AggregateId, level: SealLevel) -> String {
    match level {
        SealLevel::Profile => format!("profile.{}", aggregate.id),
        _ => aggregate.to_string(),
    }
}

/// What a field is sealed for: `<event>#/note~team`.
fn place(event: EventId, pointer: &str, level: SealLevel) -> String {
    // A `~` of the pointer itself is followed by 0 or 1 (RFC 6901).
    format!("{event}#{pointer}~{}", word(level))
}

/// Whether a field of `event` was sealed for where it stands, and for the level that it says.
pub(crate) fn is_in_place(field: &Ciphertext, event: EventId, pointer: &str) -> bool {
    field.of == place(event, pointer, field.level) || field.of == format!("{event}#{pointer}")
}

/// Whether a field says another level than it was sealed for.
fn has_other_level(field: &Ciphertext) -> bool {
    let sealed_for = field.of.rsplit_once('~').map(|(_, level)| level);
    sealed_for.is_some_and(|level| !level.starts_with(['0', '1']) && level != word(field.level))
}

const fn word(level: SealLevel) -> &'static str {
    match level {
        SealLevel::Profile => "profile",
        SealLevel::Duty => "duty",
        SealLevel::Team => "team",
        SealLevel::Psychosocial => "psychosocial",
        SealLevel::Medical => "medical",
        SealLevel::Restricted => "restricted",
    }
}

/// Closes every clear field of `body`. `keys` may be absent where [`has_clear`] says that there is none.
pub(crate) fn seal(
    body: &mut Value,
    event: EventId,
    aggregate: AggregateId,
    keys: Option<&Keys>,
) -> Result<Clear, NotSealed> {
    let mut clear = Clear::default();
    let mut pointer = String::new();
    walk(body, &mut pointer, &mut |value, pointer| {
        let Value::Object(fields) = value else { return Ok(()) };
        if is_closed(fields) {
            return Err(NotSealed::ClosedBefore(pointer.to_owned()));
        }
        let Some(level) = clear_level(fields) else { return Ok(()) };
        let content = fields.remove("clear").unwrap_or_default();
        let of = place(event, pointer, level);
        let failed = || LogError::new(LogErrorKind::Key, "no key was made for a clear field");
        let key = keys.ok_or_else(failed).map_err(NotSealed::Failed)?.of(level);
        let sealed = cipher::seal(key.bytes(), content.to_string().as_bytes(), of.as_bytes())
            .map_err(NotSealed::Failed)?;
        let sealed = URL_SAFE_NO_PAD.encode(sealed);
        let ciphertext = Ciphertext { sealed, key: key_id(aggregate, level), of, level };
        *value = serde_json::to_value(ciphertext).expect("strings and a level are JSON");
        if level == SealLevel::Profile {
            clear.profile.push((pointer.to_owned(), content));
        }
        clear.closed += 1;
        Ok(())
    })?;
    Ok(clear)
}

/// Whether a body holds a clear field or something that looks closed: only then the walk is worth its time.
pub(crate) fn has_sealed(body: &Value) -> bool {
    match body {
        Value::Object(fields) => {
            clear_level(fields).is_some() || is_closed(fields) || fields.values().any(has_sealed)
        }
        Value::Array(items) => items.iter().any(has_sealed),
        _ => false,
    }
}

/// Every ciphertext of a body with its pointer.
pub(crate) fn ciphertexts(body: &Value) -> Vec<(String, Ciphertext)> {
    let mut found = Vec::new();
    collect(body, &mut String::new(), &mut found);
    found
}

/// Whether a clear field is left.
pub(crate) fn has_clear(body: &Value) -> bool {
    match body {
        Value::Object(fields) => clear_level(fields).is_some() || fields.values().any(has_clear),
        Value::Array(items) => items.iter().any(has_clear),
        _ => false,
    }
}

/// Adds `"open": value` to every ciphertext of which `keys` holds the key and `may` allows the level. Where the key is
/// destroyed (`None`), the field becomes `{"erased": true, "level": ..}` if `show_erased`, and else stays closed.
pub(crate) fn open(
    body: &mut Value,
    keys: &HashMap<String, Option<Arc<DataKey>>>,
    may: &dyn Fn(SealLevel) -> bool,
    show_erased: bool,
) -> Result<(), LogError> {
    walk(body, &mut String::new(), &mut |value, _| {
        let Some(ciphertext) = as_ciphertext(value) else { return Ok(()) };
        if !may(ciphertext.level) {
            return Ok(());
        }
        if has_other_level(&ciphertext) {
            let told =
                format!("the sealed field {} was sealed for another level than it says", ciphertext.of);
            return Err(LogError::new(LogErrorKind::Damaged, told));
        }
        match keys.get(&ciphertext.key) {
            Some(Some(key)) => {
                let clear = URL_SAFE_NO_PAD
                    .decode(&ciphertext.sealed)
                    .ok()
                    .and_then(|sealed| cipher::open(key.bytes(), &sealed, ciphertext.of.as_bytes()))
                    .and_then(|clear| serde_json::from_slice(&clear).ok());
                let clear: Value = clear.ok_or_else(|| {
                    LogError::new(
                        LogErrorKind::Damaged,
                        format!("the sealed field {} does not open with its key", ciphertext.of),
                    )
                })?;
                value["open"] = clear;
            }
            Some(None) if show_erased => {
                *value = serde_json::json!({"erased": true, "level": ciphertext.level});
            }
            _ => {}
        }
        Ok(())
    })
}

fn walk<E>(
    value: &mut Value,
    pointer: &mut String,
    visit: &mut impl FnMut(&mut Value, &str) -> Result<(), E>,
) -> Result<(), E> {
    visit(value, pointer)?;
    let length = pointer.len();
    match value {
        // What was just closed or opened holds nothing more to visit.
        Value::Object(fields) if is_closed(fields) => {}
        Value::Object(fields) => {
            for (name, field) in fields {
                push(pointer, name);
                walk(field, pointer, visit)?;
                pointer.truncate(length);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                push(pointer, &index.to_string());
                walk(item, pointer, visit)?;
                pointer.truncate(length);
            }
        }
        _ => {}
    }
    Ok(())
}

fn collect(value: &Value, pointer: &mut String, found: &mut Vec<(String, Ciphertext)>) {
    if let Some(ciphertext) = as_ciphertext(value) {
        found.push((pointer.clone(), ciphertext));
        return;
    }
    let length = pointer.len();
    let mut below = |name: &str, value: &Value| {
        push(pointer, name);
        collect(value, pointer, found);
        pointer.truncate(length);
    };
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, field)| below(name, field)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| below(&index.to_string(), item));
        }
        _ => {}
    }
}

/// A JSON pointer's next token (RFC 6901).
fn push(pointer: &mut String, token: &str) {
    pointer.push('/');
    pointer.push_str(&token.replace('~', "~0").replace('/', "~1"));
}

fn is_closed(fields: &Map<String, Value>) -> bool {
    fields.contains_key("sealed") && fields.contains_key("of")
}

fn as_ciphertext(value: &Value) -> Option<Ciphertext> {
    let fields = value.as_object().filter(|fields| is_closed(fields))?;
    let text = |name: &str| fields.get(name)?.as_str().map(str::to_owned);
    let level = serde_json::from_value(fields.get("level")?.clone()).ok()?;
    Some(Ciphertext { sealed: text("sealed")?, key: text("key")?, of: text("of")?, level })
}

fn clear_level(fields: &Map<String, Value>) -> Option<SealLevel> {
    if fields.len() != 2 || !fields.contains_key("clear") {
        return None;
    }
    serde_json::from_value(fields.get("level")?.clone()).ok()
}

#[cfg(test)]
mod properties;

#[cfg(test)]
mod tests {
    use super::*;
    use nabij_model::AggregateKind;
    use serde_json::json;
    use uuid::Uuid;

    fn site() -> (EventId, AggregateId) {
        (EventId(Uuid::from_u128(7)), AggregateId::new(AggregateKind::Signal, Uuid::from_u128(9)))
    }

    fn keys() -> Keys {
        Keys::from_bytes([1; 32], [2; 32])
    }

    fn sealed(mut body: Value) -> (Value, Clear) {
        let (event, aggregate) = site();
        let Ok(clear) = seal(&mut body, event, aggregate, Some(&keys())) else { panic!("not sealed") };
        (body, clear)
    }

    fn opened(mut body: Value, may: impl Fn(SealLevel) -> bool) -> Value {
        let map = ciphertexts(&body)
            .into_iter()
            .map(|(_, ciphertext)| (ciphertext.key.clone(), Some(keys().of(ciphertext.level).clone())))
            .collect();
        open(&mut body, &map, &may, true).unwrap();
        body
    }

    #[test]
    fn nested_fields_are_closed_in_place_and_open_again() {
        let body = json!({"note": {"clear": "he stays in bed", "level": "team"},
            "people": [{"name": {"clear": "Amina", "level": "profile"}, "age": 4}]});
        let (closed, clear) = sealed(body);
        assert_eq!(clear.closed, 2);
        assert_eq!(clear.profile, [("/people/0/name".to_owned(), json!("Amina"))]);
        assert!(!closed.to_string().contains("Amina") && !closed.to_string().contains("bed"));
        assert_eq!(closed["people"][0]["name"]["of"], format!("{}#/people/0/name~profile", site().0));
        assert_eq!(closed["people"][0]["name"]["key"], format!("profile.{}", site().1.id));
        assert_eq!(closed["note"]["key"], format!("signal.{}", site().1.id));
        let all = opened(closed.clone(), |_| true);
        assert_eq!(all["note"]["open"], "he stays in bed");
        let profile = opened(closed, |level| level == SealLevel::Profile);
        assert_eq!(profile["people"][0]["name"]["open"], "Amina");
        assert_eq!(profile["note"].get("open"), None);
    }

    #[test]
    fn a_closed_field_of_a_caller_is_refused() {
        let (closed, _) = sealed(json!({"note": {"clear": "x", "level": "team"}}));
        let (event, aggregate) = site();
        let mut again = json!({"inner": closed});
        let refused = seal(&mut again, event, aggregate, Some(&keys()));
        assert!(matches!(refused, Err(NotSealed::ClosedBefore(pointer)) if pointer == "/inner/note"));
    }

    #[test]
    fn a_field_moved_elsewhere_does_not_open() {
        let (mut closed, _) = sealed(json!({"note": {"clear": "x", "level": "team"}}));
        closed["note"]["of"] = json!(format!("{}#/reason", site().0));
        let map = HashMap::from([(site().1.to_string(), Some(keys().of(SealLevel::Team).clone()))]);
        let error = open(&mut closed, &map, &|_| true, true).unwrap_err();
        assert_eq!(error.kind(), LogErrorKind::Damaged);
    }

    /// A field as it was sealed before its level was part of what it is sealed for.
    fn of_before(level: SealLevel) -> Value {
        let (event, aggregate) = site();
        let of = format!("{event}#/note");
        let sealed = cipher::seal(keys().of(level).bytes(), br#""x""#, of.as_bytes()).unwrap();
        let sealed = URL_SAFE_NO_PAD.encode(sealed);
        json!({"note": {"sealed": sealed, "key": key_id(aggregate, level), "of": of, "level": level}})
    }

    #[test]
    fn a_field_moved_to_a_level_that_more_may_open_does_not_open() {
        let (closed, _) = sealed(json!({"note": {"clear": "x", "level": "medical"}}));
        let fields = ciphertexts(&closed);
        assert!(is_in_place(&fields[0].1, site().0, "/note"));
        let map = HashMap::from([(site().1.to_string(), Some(keys().of(SealLevel::Team).clone()))]);
        let of_other_level = format!("{}#/note~team", site().0);
        let of_none = format!("{}#/note", site().0);
        for of in [fields[0].1.of.clone(), of_other_level, of_none] {
            let mut lowered = closed.clone();
            lowered["note"]["level"] = json!("team");
            lowered["note"]["of"] = json!(of);
            let error = open(&mut lowered, &map, &|level| level == SealLevel::Team, true).unwrap_err();
            assert_eq!(error.kind(), LogErrorKind::Damaged, "{of}");
        }
    }

    #[test]
    fn what_was_sealed_before_levels_counted_opens_for_ever() {
        let before = of_before(SealLevel::Medical);
        assert_eq!(opened(before.clone(), |_| true)["note"]["open"], "x");
        let fields = ciphertexts(&before);
        assert!(
            is_in_place(&fields[0].1, site().0, "/note") && !is_in_place(&fields[0].1, site().0, "/reason")
        );
    }

    #[test]
    fn what_was_erased_says_so_and_nothing_more() {
        let (mut closed, _) = sealed(json!({"note": {"clear": "x", "level": "medical"}}));
        let map = HashMap::from([(site().1.to_string(), None)]);
        let mut kept = closed.clone();
        open(&mut kept, &map, &|_| true, false).unwrap();
        assert_eq!(kept, closed);
        open(&mut closed, &map, &|_| true, true).unwrap();
        assert_eq!(closed["note"], json!({"erased": true, "level": "medical"}));
    }

    #[test]
    fn a_payload_with_a_field_named_clear_is_no_sealed_field() {
        assert!(!has_sealed(&json!({"clear": true, "level": 3})));
        assert!(!has_sealed(&json!({"clear": true, "level": "team", "more": 1})));
        assert!(has_sealed(&json!([{"a": {"clear": true, "level": "team"}}])));
    }
}
