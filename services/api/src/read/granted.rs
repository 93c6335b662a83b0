//! What of a file somebody sees to whom a part was granted: a colleague named in a share, a trusted person, the guardian.
//!
//! Each grant opens its own parts and no others: who may read the plan up to `team` by one and the signals up to `psychosocial` by another
//! does not read the plan up to `psychosocial`, and neither does a colleague of the team with whom the signals were shared.
//! Who reads by a grant reads the file as it stands now: an earlier day would show what was hidden from them since.

use std::collections::{BTreeMap, BTreeSet};

use nabij_caseload::Entry;
use nabij_model::case::{FileKind, KeptFrom};
use nabij_model::{AggregateKind, SealLevel};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::reveal::{reveal, reveal_at};
use crate::access::{Action, Grant, Place, Why};
use crate::problem::Problem;
use crate::route::Call;
use crate::state::ApiState;

/// Where a record stands; shown with every grant. Not its version: that moves with what is not shown.
const FRAME: [&str; 5] = ["case", "status", "centre", "safety_centre", "as_of"];

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

/// One grant as its reader sees the case by it.
pub(super) struct Part<'g> {
    grant: &'g Grant,
    /// The case, with this grant alone.
    place: Place,
    /// It opens what is restricted.
    restricted: bool,
}

/// What the caller was granted at `place`, each grant by itself; broken glass shows the whole file and is none of them.
pub(super) fn parts<'g>(state: &ApiState, call: &Call, place: &'g Place) -> Vec<Part<'g>> {
    let holds = |grant: &&Grant| grant.is_for(&call.actor) && grant.holds_at(call.now);
    let granted = place.grants.iter().filter(holds).filter(|grant| grant.why != Why::BreakGlass);
    let part = |grant: &'g Grant| {
        let place = Place { grants: vec![grant.clone()], ..place.clone() };
        let reads = call.may(state, Action::ReadGranted, &place);
        let restricted = reads && call.may(state, SealLevel::Restricted.into(), &place);
        reads.then_some(Part { grant, place, restricted })
    };
    granted.filter_map(part).collect()
}

/// The case as it lies without what was granted: what is left is duty, team and broken glass.
pub(super) fn ungranted(place: &Place) -> Place {
    let mut place = place.clone();
    place.grants.retain(|grant| grant.why == Why::BreakGlass);
    place
}

/// Opens a whole `file` at `own`, the place without grants, and each part of it as far as a grant on that part goes too.
///
/// # Errors
/// 503 when the vault is away.
pub(super) async fn reveal_file(
    state: &ApiState,
    call: &Call,
    own: &Place,
    parts: &[Part<'_>],
    file: &mut Value,
) -> Result<(), Problem> {
    if parts.is_empty() {
        return reveal(state, call, own, file).await;
    }
    let Value::Object(fields) = std::mem::take(file) else { return Err(Problem::internal()) };
    let mut shown = Map::new();
    for (name, field) in fields {
        let shows =
            |part: &&Part| part.grant.parts.iter().any(|kind| self::fields(*kind).contains(&name.as_str()));
        let mut places = vec![own];
        places.extend(parts.iter().filter(shows).map(|part| &part.place));
        // In an object of its own: what is restricted is dropped from what holds it.
        let mut alone = json!({name: field});
        reveal_at(state, call, &places, &mut alone).await?;
        if let Value::Object(alone) = alone {
            shown.extend(alone);
        }
    }
    *file = Value::Object(shown);
    Ok(())
}

/// Opens the entries of a timeline, in the same order, as [`reveal_file`] opens a file.
///
/// # Errors
/// 503 when the vault is away.
pub(super) async fn reveal_entries(
    state: &ApiState,
    call: &Call,
    own: &Place,
    parts: &[Part<'_>],
    entries: Vec<Entry>,
) -> Result<Value, Problem> {
    let json = |entries: &[Entry]| serde_json::to_value(entries).map_err(|_| Problem::internal());
    if parts.is_empty() {
        let mut shown = json(&entries)?;
        reveal(state, call, own, &mut shown).await?;
        return Ok(shown);
    }
    let mut shown = Vec::with_capacity(entries.len());
    for entry in entries {
        let mut places = vec![own];
        places.extend(parts.iter().filter(|part| part.shows(&entry)).map(|part| &part.place));
        // In a list of its own: what is restricted is dropped from what holds it.
        let mut alone = json(&[entry])?;
        reveal_at(state, call, &places, &mut alone).await?;
        if let Value::Array(alone) = alone {
            shown.extend(alone);
        }
    }
    Ok(Value::Array(shown))
}

/// Cuts `file` down to what the caller was granted on it by `parts`, beside what everybody on duty sees, and opens that.
///
/// # Errors
/// 503 when the vault is away.
pub(super) async fn cut_to_grants(
    state: &ApiState,
    call: &Call,
    own: &Place,
    parts: &[Part<'_>],
    kept: &BTreeMap<Uuid, Vec<KeptFrom>>,
    file: &mut Value,
) -> Result<(), Problem> {
    let granted: BTreeSet<FileKind> =
        parts.iter().flat_map(|part| part.grant.parts.iter().copied()).collect();
    // Who has duty there sees the guidance whatever else they were granted.
    let duty = call.may(state, Action::ReadGuidance, own).then_some("guidance");
    let names = granted.iter().flat_map(|kind| fields(*kind)).copied().chain(FRAME).chain(duty);
    let names: Vec<&str> = names.collect();
    let case = own.record.map(|record| record.id.to_string()).unwrap_or_default();
    if let Some(fields) = file.as_object_mut() {
        fields.retain(|name, _| names.contains(&name.as_str()));
    }
    if parts.iter().any(Part::is_guardians) {
        drop_kept(file, kept, KeptFrom::Guardian);
    }
    of_others(file, &case);
    reveal_file(state, call, own, parts, file).await?;
    file["part"] = "granted".into();
    file["parts"] = serde_json::to_value(granted).unwrap_or_default();
    Ok(())
}

/// Leaves of a timeline what the caller was granted on it by `parts`; before it is cut into pages, so that no page tells of what is not
/// shown.
pub(super) fn cut_entries(
    own: &Place,
    parts: &[Part<'_>],
    kept: &BTreeMap<Uuid, Vec<KeptFrom>>,
    entries: &mut Vec<Entry>,
) {
    if parts.iter().any(Part::is_guardians) {
        // A signal that is told in kept words is kept with all its steps.
        let is_kept =
            |entry: &Entry| kept.get(&entry.event_id).is_some_and(|from| from.contains(&KeptFrom::Guardian));
        let told = entries.iter().filter(|entry| entry.kind == AggregateKind::Signal && is_kept(entry));
        let of_kept: BTreeSet<Uuid> = told.map(|entry| entry.aggregate).collect();
        entries.retain(|entry| !is_kept(entry) && !of_kept.contains(&entry.aggregate));
    }
    let case = own.record.map(|record| record.id.to_string()).unwrap_or_default();
    entries.retain_mut(|entry| {
        of_others(&mut entry.body, &case);
        let mut shows = parts.iter().filter(|part| part.shows(entry));
        shows.any(|part| part.restricted || !entry.restricted)
    });
}

/// Leaves out what is restricted, unless it opens by the caller's own role or by a part that shows it.
pub(super) fn drop_restricted(
    state: &ApiState,
    call: &Call,
    own: &Place,
    parts: &[Part<'_>],
    entries: &mut Vec<Entry>,
) {
    let opens = call.may(state, SealLevel::Restricted.into(), own);
    let opened = |entry: &Entry| parts.iter().any(|part| part.restricted && part.shows(entry));
    entries.retain(|entry| opens || !entry.restricted || opened(entry));
}

impl Part<'_> {
    fn shows(&self, entry: &Entry) -> bool {
        entry.file_kind().is_some_and(|kind| self.grant.parts.contains(&kind))
    }

    /// What is kept from a guardian is kept from them whatever else they were granted.
    fn is_guardians(&self) -> bool {
        self.grant.why == Why::Guardian
    }
}

/// Leaves of the cases that an event names the one whose file is read: which other residents had a part in it is not for who reads one
/// file by a grant.
fn of_others(value: &mut Value, case: &str) {
    let own = |one: &Value| one.as_str().or_else(|| one.get("case")?.as_str()) == Some(case);
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                match field {
                    Value::Array(cases) if name == "cases" => cases.retain(own),
                    field => of_others(field, case),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| of_others(item, case)),
        _ => {}
    }
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
