//! What many rules ask: is a date possible, is there text, is the resident a minor.

use jiff::Timestamp;
use jiff::civil::Date;

use super::super::age::today;
use super::super::state::CaseState;
use crate::check;
pub(super) use crate::check::words;
use crate::context::Context;
use crate::refusal::Refusal;

/// Refuses a day after today: something cannot have happened after it was recorded.
pub(super) fn not_after_today(
    date: Date,
    context: &Context<'_>,
    pointer: &'static str,
) -> Result<Date, Refusal> {
    let today = today(context.now);
    if date > today {
        let detail = format!(
            "{date} lies after the day it is recorded ({today}): give the day on which it really happened"
        );
        return Err(Refusal::invalid("impossible-date", detail, pointer));
    }
    Ok(date)
}

/// Refuses a moment after now.
pub(super) fn not_after_now(
    at: Timestamp,
    context: &Context<'_>,
    pointer: &'static str,
) -> Result<Timestamp, Refusal> {
    check::past(at, context.now, pointer)?;
    Ok(at)
}

/// Refuses a plan for a day that is over.
pub(super) fn not_before_today(
    date: Date,
    context: &Context<'_>,
    pointer: &'static str,
) -> Result<Date, Refusal> {
    let today = today(context.now);
    if date < today {
        let detail = format!("{date} is over already: give today ({today}) or a later day");
        return Err(Refusal::invalid("date-is-over", detail, pointer));
    }
    Ok(date)
}

/// Refuses a day before the resident's birth, as far as that is known.
pub(super) fn not_before_birth(
    state: &CaseState,
    date: Date,
    pointer: &'static str,
) -> Result<Date, Refusal> {
    if state.birth.get().is_some_and(|birth| birth.lies_after(date)) {
        return Err(Refusal::invalid(
            "impossible-date",
            "it lies before the resident's birth: correct the day, or dispute and settle the age",
            pointer,
        ));
    }
    Ok(date)
}

/// Whether the resident counts as a minor today; refuses when nobody can know.
pub(super) fn minor(state: &CaseState, context: &Context<'_>) -> Result<bool, Refusal> {
    let majority = context.policies.majority_age_years.value;
    state.minor_on(today(context.now), majority).ok_or_else(birth_unreadable)
}

/// Whether the resident is certainly an adult today.
pub(super) fn certainly_adult(state: &CaseState, context: &Context<'_>) -> bool {
    minor(state, context).is_ok_and(|minor| !minor)
}

/// What depends on an age cannot be decided without one.
pub(super) fn birth_unreadable() -> Refusal {
    Refusal::conflict(
        "birth-date-unreadable",
        "this depends on the resident's age, and their birth date can not be read: dispute the age and settle it with a birth date or year",
    )
}
