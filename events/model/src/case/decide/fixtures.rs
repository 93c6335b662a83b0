//! Cases to start a test from; every test happens on 1 March 2026.

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::case::{CaseEvent, Opened};
use crate::id::CentreId;

pub(super) fn from_json<T: DeserializeOwned>(body: Value) -> T {
    serde_json::from_value(body).unwrap()
}

/// The centre of every case here.
pub(super) fn centre() -> CentreId {
    CentreId::derived(&["here"])
}

/// Where cases move to.
pub(super) fn elsewhere() -> CentreId {
    CentreId::derived(&["elsewhere"])
}

/// Somebody born in 1990, with `changes`; a null takes a field away.
pub(super) fn opened(changes: Value) -> Opened {
    let mut body = json!({"centre": centre(), "birth_date": "1990-05-01", "arrived_on": "2026-01-10"});
    let fields = body.as_object_mut().unwrap();
    fields.extend(changes.as_object().unwrap().clone());
    fields.retain(|_, value| !value.is_null());
    from_json(body)
}

/// An adult.
pub(super) fn adult() -> CaseEvent {
    CaseEvent::Opened(opened(json!({})))
}

/// Somebody of 15 with both parents.
pub(super) fn child() -> CaseEvent {
    CaseEvent::Opened(opened(json!({"birth_date": "2010-06-01", "accompaniment": "parents"})))
}

/// Somebody of 16 who came alone.
pub(super) fn unaccompanied() -> CaseEvent {
    CaseEvent::Opened(opened(json!({"birth_date": "2009-06-01", "accompaniment": "unaccompanied"})))
}

/// Somebody whose birth date this process may not open.
pub(super) fn of_unreadable_age() -> CaseEvent {
    let sealed = json!({"sealed": "AAAA", "key": "profile.1", "of": "1#/birth_date", "level": "profile"});
    CaseEvent::Opened(opened(json!({"birth_date": sealed})))
}

/// The age is in doubt.
pub(super) fn disputed() -> CaseEvent {
    CaseEvent::AgeDisputed(from_json(json!({"by": "immigration_office"})))
}

pub(super) fn closed() -> CaseEvent {
    CaseEvent::Closed(from_json(json!({"reason": "own_housing"})))
}
