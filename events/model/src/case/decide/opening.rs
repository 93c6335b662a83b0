//! A case begins with one birth date or year, a place, and an arrival.

use jiff::ToSpan;
use jiff::civil::Date;

use super::super::age::today;
use super::super::events::{Arrived, Assigned, Opened};
use super::super::state::CaseState;
use super::checks::{not_after_today, not_before_birth};
use crate::context::Context;
use crate::refusal::Refusal;
use crate::sealed::Profile;

/// Nobody is older; a birth date before that is a slip of the pen.
const OLDEST_YEARS: i16 = 120;

pub(super) fn open(opened: Opened, context: &Context<'_>) -> Result<Opened, Refusal> {
    if opened.birth_date.is_some() == opened.birth_year.is_some() {
        return Err(Refusal::invalid(
            "birth-date-or-year-needed",
            "give either `birth_date` or, when nobody knows the day, `birth_year`",
            "/birth_date",
        ));
    }
    check_birth(opened.birth_date.as_ref(), opened.birth_year.as_ref(), context)?;
    if let Some(arrived_on) = opened.arrived_on {
        not_after_today(arrived_on, context, "/arrived_on")?;
        if opened.birth().is_some_and(|birth| birth.lies_after(arrived_on)) {
            return Err(Refusal::invalid(
                "impossible-date",
                "nobody arrives before their birth: correct `arrived_on` or the birth date",
                "/arrived_on",
            ));
        }
    }
    Ok(opened)
}

/// Refuses a birth after today or longer ago than anybody lives, and a value that was sealed by somebody else.
pub(super) fn check_birth(
    date: Option<&Profile<Date>>,
    year: Option<&Profile<i16>>,
    context: &Context<'_>,
) -> Result<(), Refusal> {
    let today = today(context.now);
    let too_old = |pointer| {
        let detail = format!("nobody is older than {OLDEST_YEARS} years: correct the year");
        Err(Refusal::invalid("impossible-date", detail, pointer))
    };
    if let Some(date) = date {
        let date = *date.get().ok_or_else(|| sealed_already("/birth_date"))?;
        not_after_today(date, context, "/birth_date")?;
        if date < today.saturating_sub(OLDEST_YEARS.years()) {
            return too_old("/birth_date");
        }
    }
    if let Some(year) = year {
        let year = *year.get().ok_or_else(|| sealed_already("/birth_year"))?;
        if year > today.year() {
            return Err(Refusal::invalid(
                "impossible-date",
                "nobody is born after today: correct the year",
                "/birth_year",
            ));
        }
        if year < today.year() - OLDEST_YEARS {
            return too_old("/birth_year");
        }
    }
    Ok(())
}

/// A command brings the value itself.
pub(super) fn sealed_already(pointer: &'static str) -> Refusal {
    Refusal::invalid("value-needed", "send the value itself: sealing it is our work", pointer)
}

pub(super) fn assign(state: &CaseState, assigned: Assigned) -> Result<Assigned, Refusal> {
    if state.arrived {
        return Err(Refusal::conflict(
            "already-arrived",
            "the resident lives in a centre already: request a transfer to move them",
        ));
    }
    if state.transfer.is_some() {
        return Err(Refusal::conflict(
            "transfer-open",
            "a transfer of this case is under way: finish or cancel it first",
        ));
    }
    Ok(assigned)
}

pub(super) fn arrive(state: &CaseState, arrived: Arrived, context: &Context<'_>) -> Result<Arrived, Refusal> {
    if state.arrived {
        return Err(Refusal::conflict("already-arrived", "the resident's arrival is recorded already"));
    }
    not_after_today(arrived.on, context, "/on")?;
    not_before_birth(state, arrived.on, "/on")?;
    Ok(arrived)
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{adult, elsewhere, from_json, opened};
    use super::*;
    use crate::case::{Case, CaseCommand, CaseEvent};
    use crate::given::Given;
    use serde_json::{Value, json};

    fn open_with(changes: Value) -> crate::given::Then<Case> {
        Given::<Case>::nothing().when(CaseCommand::Open(opened(changes)))
    }

    #[test]
    fn a_birth_date_or_a_year_is_needed_and_not_both() {
        open_with(json!({})).then_one("opened");
        open_with(json!({"birth_date": null, "birth_year": 1990})).then_one("opened");
        open_with(json!({"birth_date": null})).then_refused("birth-date-or-year-needed");
        open_with(json!({"birth_year": 1990})).then_refused("birth-date-or-year-needed");
    }

    #[test]
    fn nobody_is_born_tomorrow_or_more_than_120_years_ago() {
        open_with(json!({"birth_date": "2026-03-01", "arrived_on": null})).then_one("opened");
        open_with(json!({"birth_date": "2026-03-02"})).then_refused("impossible-date");
        open_with(json!({"birth_date": "1906-03-01"})).then_one("opened");
        open_with(json!({"birth_date": "1906-02-28"})).then_refused("impossible-date");
        open_with(json!({"birth_date": null, "birth_year": 2027})).then_refused("impossible-date");
        open_with(json!({"birth_date": null, "birth_year": 1905})).then_refused("impossible-date");
    }

    #[test]
    fn nobody_arrives_tomorrow_or_before_their_birth() {
        open_with(json!({"arrived_on": "2026-03-02"})).then_refused("impossible-date");
        open_with(json!({"birth_date": "2026-02-01"})).then_refused("impossible-date");
    }

    #[test]
    fn a_value_that_somebody_else_sealed_is_not_taken_in() {
        let sealed = json!({"sealed": "AAAA", "key": "profile.1", "of": "1#/birth_date", "level": "profile"});
        open_with(json!({"birth_date": sealed})).then_refused("value-needed");
    }

    #[test]
    fn a_place_is_given_before_arrival_only() {
        let expected = || Given::<Case>::event(CaseEvent::Opened(opened(json!({"arrived_on": null}))));
        let assigned = || from_json::<Assigned>(json!({"centre": elsewhere(), "expected_on": "2026-03-05"}));
        let arrived = |on: &str| CaseCommand::Arrive(from_json(json!({"on": on})));
        expected().when(CaseCommand::Assign(assigned())).then_one("assigned");
        let assigned_case = || expected().and(CaseEvent::Assigned(assigned()));
        assert_eq!(assigned_case().state().centre, Some(elsewhere()));
        assigned_case().when(arrived("2026-03-01")).then_one("arrived");
        assigned_case().when(arrived("2026-03-02")).then_refused("impossible-date");
        assigned_case().when(arrived("1980-01-01")).then_refused("impossible-date");
        let moving = CaseEvent::TransferRequested(from_json(json!({
            "transfer": crate::id::TransferId::derived(&["t"]), "to_centre": elsewhere(), "kind": "phase",
            "who_moves": "resident", "reason": "phase two",
        })));
        expected().and(moving).when(CaseCommand::Assign(assigned())).then_refused("transfer-open");
        let settled = || assigned_case().and(CaseEvent::Arrived(from_json(json!({"on": "2026-03-01"}))));
        settled().when(arrived("2026-03-01")).then_refused("already-arrived");
        Given::<Case>::event(adult()).when(CaseCommand::Assign(assigned())).then_refused("already-arrived");
    }
}
