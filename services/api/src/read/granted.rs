//! What of a file somebody sees to whom a part was granted: a colleague named in a share, a trusted person, the guardian.
//!
//! Each grant is opened by itself: who may read the plan up to `team` by one and the signals up to `psychosocial` by another does not
//! read the plan up to `psychosocial`.

use std::collections::{BTreeMap, BTreeSet};

use nabij_caseload::Entry;
use nabij_model::AggregateKind;
use nabij_model::case::{FileKind, KeptFrom};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::reveal::reveal;
use crate::access::{Action, Grant, Place, Why};
use crate::problem::Problem;
use crate::route::Call;
use crate::state::ApiState;

/// Where a record stands; shown with every grant.
const FRAME: [&str; 6] = ["case", "status", "centre", "safety_centre", "as_of", "version"];

/// The fields of a case file that belong to a kind.
const fn fields(kind: FileKind) -> &'static [&'static str] {
    match kind {
        FileKind::Identity => &["opened", "accompaniment", "age_disputed", "guardian"],
        FileKind::Network => &["support_network", "trusted_person"],
        FileKind::Vulnerabilities => &["vulnerabilities"],
        FileKind::Guidance => &["guidance"],
        FileKind::Strengths => &["strengths"],
        FileKind::Signals => &["signals"],
        FileKind::Discussions => &["last_discussion"],
        FileKind::Screenings => &["screenings", "support_level", "support_level_set"],
        FileKind::Plan => &["plan", "transfer"],
        FileKind::Referrals => &["referrals"],
        FileKind::Medical | FileKind::Incidents => &[],
    }
}

/// Cuts `file` down to what the caller was granted on it, and opens that.
///
/// # Errors
/// 503 when the vault is away.
pub(super) async fn cut_to_grants(
    state: &ApiState,
    call: &Call,
    place: &Place,
    kept: &BTreeMap<Uuid, Vec<KeptFrom>>,
    file: &mut Value,
) -> Result<(), Problem> {
    let holds = |grant: &&Grant| grant.is_for(&call.actor) && grant.holds_at(call.now);
    // Who has duty there sees the guidance whatever else they were granted.
    let ungranted = Place { grants: Vec::new(), ..place.clone() };
    let duty = call.may(state, Action::ReadGuidance, &ungranted);
    let frame: Vec<&str> = FRAME.into_iter().chain(duty.then_some("guidance")).collect();
    let mut shown = Value::Object(only(file, &frame));
    reveal(state, call, &ungranted, &mut shown).await?;
    let Value::Object(mut shown) = shown else { return Err(Problem::internal()) };
    let mut parts = Vec::new();
    for grant in place.grants.iter().filter(holds) {
        let alone = Place { grants: vec![grant.clone()], ..place.clone() };
        if !call.may(state, Action::ReadGranted, &alone) {
            continue;
        }
        parts.extend(grant.parts.iter().copied());
        let names: Vec<&str> = grant.parts.iter().flat_map(|kind| fields(*kind)).copied().collect();
        let mut view = Value::Object(only(file, &names));
        if grant.why == Why::Guardian {
            drop_kept(&mut view, kept, KeptFrom::Guardian);
        }
        reveal(state, call, &alone, &mut view).await?;
        let Value::Object(view) = view else { continue };
        for (name, field) in view {
            let more = shown.get(&name).is_none_or(|before| closed(&field) < closed(before));
            if more {
                shown.insert(name, field);
            }
        }
    }
    parts.sort();
    parts.dedup();
    shown.insert("part".into(), "granted".into());
    shown.insert("parts".into(), serde_json::to_value(parts).unwrap_or_default());
    *file = Value::Object(shown);
    Ok(())
}

/// Of a timeline what the caller was granted on it, opened as far as each grant goes: sequence and entry, in the same order.
///
/// # Errors
/// 503 when the vault is away.
pub(super) async fn granted_entries(
    state: &ApiState,
    call: &Call,
    place: &Place,
    kept: &BTreeMap<Uuid, Vec<KeptFrom>>,
    entries: Vec<Entry>,
) -> Result<Vec<(u64, Value)>, Problem> {
    // A signal that is told in kept words is kept with all its steps.
    let is_kept =
        |entry: &&Entry| kept.get(&entry.event_id).is_some_and(|from| from.contains(&KeptFrom::Guardian));
    let of_kept: BTreeSet<Uuid> = entries
        .iter()
        .filter(is_kept)
        .filter(|entry| entry.kind == AggregateKind::Signal)
        .map(|entry| entry.aggregate)
        .collect();
    let mut shown: BTreeMap<u64, Value> = BTreeMap::new();
    for grant in place.grants.iter().filter(|grant| grant.is_for(&call.actor) && grant.holds_at(call.now)) {
        let alone = Place { grants: vec![grant.clone()], ..place.clone() };
        if !call.may(state, Action::ReadGranted, &alone) {
            continue;
        }
        let granted = |entry: &&Entry| entry.file_kind().is_some_and(|kind| grant.parts.contains(&kind));
        let told = |entry: &&Entry| {
            grant.why != Why::Guardian || !(is_kept(entry) || of_kept.contains(&entry.aggregate))
        };
        let part: Vec<&Entry> = entries.iter().filter(granted).filter(told).collect();
        let mut view = serde_json::to_value(&part).map_err(|_| Problem::internal())?;
        reveal(state, call, &alone, &mut view).await?;
        let Value::Array(view) = view else { continue };
        for entry in view {
            let Some(sequence) = entry.get("recorded_seq").and_then(Value::as_u64) else { continue };
            if shown.get(&sequence).is_none_or(|before| closed(&entry) < closed(before)) {
                shown.insert(sequence, entry);
            }
        }
    }
    Ok(shown.into_iter().collect())
}

/// Drops every entry whose words are kept from `reader`, and a signal that is told in such words.
pub(super) fn drop_kept(value: &mut Value, kept: &BTreeMap<Uuid, Vec<KeptFrom>>, reader: KeptFrom) {
    let is_kept = |value: &Value| {
        let event = value.get("event_id").and_then(Value::as_str).and_then(|id| id.parse::<Uuid>().ok());
        event.is_some_and(|event| kept.get(&event).is_some_and(|from| from.contains(&reader)))
    };
    let told = |value: &Value| {
        is_kept(value)
            || value.get("steps").and_then(Value::as_array).is_some_and(|steps| steps.iter().any(is_kept))
    };
    match value {
        Value::Object(fields) => {
            fields.retain(|_, field| !told(field));
            fields.values_mut().for_each(|field| drop_kept(field, kept, reader));
        }
        Value::Array(items) => {
            items.retain(|item| !told(item));
            items.iter_mut().for_each(|item| drop_kept(item, kept, reader));
        }
        _ => {}
    }
}

fn only(file: &Value, names: &[&str]) -> Map<String, Value> {
    let fields = file.as_object().into_iter().flatten();
    fields
        .filter(|(name, _)| names.contains(&name.as_str()))
        .map(|(name, field)| (name.clone(), field.clone()))
        .collect()
}

/// How many words of it stayed closed.
fn closed(value: &Value) -> usize {
    match value {
        Value::Object(fields) => {
            usize::from(fields.contains_key("withheld")) + fields.values().map(closed).sum::<usize>()
        }
        Value::Array(items) => items.iter().map(closed).sum(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_kept_goes_with_the_signal_that_tells_it() {
        let (kept, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let from = BTreeMap::from([(kept, vec![KeptFrom::Parents])]);
        let entry = |event: Uuid| json!({"event_id": event, "body": {}});
        let view =
            || json!({"signals": [{"steps": [entry(kept)]}, {"steps": [entry(other)]}], "last": entry(kept)});
        let mut parents = view();
        drop_kept(&mut parents, &from, KeptFrom::Parents);
        assert_eq!(parents, json!({"signals": [{"steps": [entry(other)]}]}));
        let mut guardian = view();
        drop_kept(&mut guardian, &from, KeptFrom::Guardian);
        assert_eq!(guardian, view());
    }

    #[test]
    fn every_kind_of_the_file_has_its_fields_once() {
        let mut seen = BTreeSet::new();
        for field in FileKind::ALL.into_iter().flat_map(fields) {
            assert!(seen.insert(*field), "{field} belongs to two kinds");
        }
    }
}
