//! A screening is scored here, and refused where its instrument was not made for the resident.

use super::super::age::today;
use super::super::command::RecordScreening;
use super::super::events::{Instrument, ScreeningRecorded};
use super::super::state::CaseState;
use super::checks::{birth_unreadable, not_after_today};
use crate::context::Context;
use crate::refusal::Refusal;
use crate::sealed::{Profile, Psychosocial};

/// RHS-15 (Hollifield et al. 2013): 14 items of 0..4, a thermometer of 0..10, positive from 12 or from 5.
mod rhs15 {
    pub(super) const ITEMS: usize = 14;
    pub(super) const HIGHEST_ITEM: u8 = 4;
    pub(super) const HIGHEST_THERMOMETER: u8 = 10;
    const POSITIVE_SUM: u32 = 12;
    const POSITIVE_THERMOMETER: u8 = 5;

    pub(super) fn positive(items: &[u8], thermometer: u8) -> bool {
        items.iter().copied().map(u32::from).sum::<u32>() >= POSITIVE_SUM
            || thermometer >= POSITIVE_THERMOMETER
    }
}

pub(super) fn record(
    state: &CaseState,
    taken: RecordScreening,
    context: &Context<'_>,
) -> Result<ScreeningRecorded, Refusal> {
    let on = not_after_today(taken.on.unwrap_or_else(|| today(context.now)), context, "/on")?;
    let birth = state.birth.get().ok_or_else(birth_unreadable)?;
    let positive = match taken.instrument {
        Instrument::Rhs15 => {
            let youngest = context.policies.rhs15_min_age_years.value;
            if birth.minor_on(on, youngest) {
                return Err(Refusal::forbidden(
                    "too-young-for-rhs15",
                    format!(
                        "RHS-15 was not made for children below {youngest}: use an instrument for children, or discuss what you see"
                    ),
                ));
            }
            check_rhs15(&taken)?;
            rhs15::positive(&taken.items, taken.thermometer)
        }
    };
    Ok(ScreeningRecorded {
        instrument: Profile::plain(taken.instrument),
        on,
        items: Psychosocial::plain(taken.items),
        thermometer: Psychosocial::plain(taken.thermometer),
        positive: Profile::plain(positive),
        note: taken.note,
    })
}

fn check_rhs15(taken: &RecordScreening) -> Result<(), Refusal> {
    if taken.items.len() != rhs15::ITEMS || taken.items.iter().any(|score| *score > rhs15::HIGHEST_ITEM) {
        return Err(Refusal::invalid(
            "wrong-scores",
            "RHS-15 has 14 items, each scored from 0 to 4: send them all, in order",
            "/items",
        ));
    }
    if taken.thermometer > rhs15::HIGHEST_THERMOMETER {
        return Err(Refusal::invalid(
            "wrong-scores",
            "the distress thermometer goes from 0 to 10",
            "/thermometer",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{adult, child, from_json, of_unreadable_age, opened};
    use crate::case::{Case, CaseCommand, CaseEvent};
    use crate::given::Given;
    use serde_json::{Value, json};

    fn screening(scores: &[u8], thermometer: u8) -> CaseCommand {
        let body = json!({"instrument": "rhs15", "items": scores, "thermometer": thermometer});
        CaseCommand::RecordScreening(from_json(body))
    }

    fn positive(scores: &[u8], thermometer: u8) -> bool {
        let given = Given::<Case>::event(adult());
        let event = given.when(screening(scores, thermometer)).then_one("screening_recorded");
        let CaseEvent::ScreeningRecorded(event) = event else { panic!("not recorded") };
        *event.positive.get().unwrap()
    }

    #[test]
    fn rhs15_is_positive_from_twelve_points_or_five_degrees() {
        let mut scores = [0; 14];
        assert!(!positive(&scores, 4));
        assert!(positive(&scores, 5));
        scores[..3].copy_from_slice(&[4, 4, 3]);
        assert!(!positive(&scores, 0));
        scores[13] = 1;
        assert!(positive(&scores, 0));
    }

    #[test]
    fn rhs15_scores_are_complete_and_in_range() {
        let given = || Given::<Case>::event(adult());
        given().when(screening(&[0; 13], 0)).then_refused("wrong-scores");
        given().when(screening(&[5; 14], 0)).then_refused("wrong-scores");
        given().when(screening(&[0; 14], 11)).then_refused("wrong-scores");
    }

    #[test]
    fn rhs15_is_not_for_children_below_fourteen_on_the_day_of_the_screening() {
        let born = |changes: Value| Given::<Case>::event(CaseEvent::Opened(opened(changes)));
        born(json!({"birth_date": "2012-03-01"})).when(screening(&[0; 14], 0)).then_one("screening_recorded");
        born(json!({"birth_date": "2012-03-02"}))
            .when(screening(&[0; 14], 0))
            .then_refused("too-young-for-rhs15");
        born(json!({"birth_date": null, "birth_year": 2012}))
            .when(screening(&[0; 14], 0))
            .then_refused("too-young-for-rhs15");
        let earlier =
            json!({"instrument": "rhs15", "on": "2024-05-31", "items": vec![0; 14], "thermometer": 0});
        Given::<Case>::event(child())
            .when(CaseCommand::RecordScreening(from_json(earlier)))
            .then_refused("too-young-for-rhs15");
        Given::<Case>::event(of_unreadable_age())
            .when(screening(&[0; 14], 0))
            .then_refused("birth-date-unreadable");
    }

    #[test]
    fn a_screening_did_not_happen_tomorrow() {
        let body = json!({"instrument": "rhs15", "on": "2026-03-02", "items": vec![0; 14], "thermometer": 0});
        Given::<Case>::event(adult())
            .when(CaseCommand::RecordScreening(from_json(body)))
            .then_refused("impossible-date");
    }
}
