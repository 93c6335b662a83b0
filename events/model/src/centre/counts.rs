//! What a count of people must satisfy, also one of a day long past.

use super::events::{OccupancyReported, StaffingReported};
use crate::check;
use crate::context::Context;
use crate::refusal::Refusal;

/// Minors are counted among the residents, unaccompanied ones among the minors.
pub(super) fn occupancy(
    count: OccupancyReported,
    context: &Context<'_>,
) -> Result<OccupancyReported, Refusal> {
    check::past(count.as_at, context.now, "/as_at")?;
    if count.minors.is_some_and(|minors| minors > count.residents) {
        return Err(Refusal::invalid(
            "more-minors-than-residents",
            "minors are counted among the residents: there cannot be more of them",
            "/minors",
        ));
    }
    // Where minors were not counted, unaccompanied ones are still residents.
    if count.unaccompanied_minors.is_some_and(|alone| alone > count.minors.unwrap_or(count.residents)) {
        return Err(Refusal::invalid(
            "more-unaccompanied-than-minors",
            "unaccompanied minors are counted among the minors: there cannot be more of them",
            "/unaccompanied_minors",
        ));
    }
    Ok(count)
}

/// One line for each role, and no more posts filled than there are.
pub(super) fn staffing(count: StaffingReported, context: &Context<'_>) -> Result<StaffingReported, Refusal> {
    check::past(count.as_at, context.now, "/as_at")?;
    check::once(count.staff.iter().map(|line| line.role), "/staff")?;
    if count.staff.iter().any(|line| line.filled > line.posts) {
        return Err(Refusal::invalid(
            "more-filled-than-posts",
            "more posts are filled than there are: raise `posts`",
            "/staff",
        ));
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::centre::{Centre, CentreCommand, CentreEvent};
    use crate::given::Given;

    fn given() -> Given<Centre> {
        let registered = json!({"code": "kapellen", "name": "Kapellen", "operator": "fedasil"});
        Given::event(CentreEvent::Registered(serde_json::from_value(registered).unwrap()))
    }

    fn counted(residents: u32, minors: Value, alone: Value, as_at: &str) -> CentreCommand {
        let count = json!({
            "as_at": as_at, "residents": residents, "minors": minors, "unaccompanied_minors": alone,
        });
        CentreCommand::ReportOccupancy(serde_json::from_value(count).unwrap())
    }

    #[test]
    fn minors_are_among_the_residents_and_unaccompanied_ones_among_the_minors() {
        let count = |minors, alone| given().when(counted(100, minors, alone, "2010-07-17T12:00:00Z"));
        count(json!(30), json!(5)).then_one("occupancy_reported");
        count(json!(null), json!(5)).then_one("occupancy_reported");
        count(json!(101), json!(null)).then_refused("more-minors-than-residents");
        count(json!(30), json!(31)).then_refused("more-unaccompanied-than-minors");
        count(json!(null), json!(101)).then_refused("more-unaccompanied-than-minors");
    }

    #[test]
    fn nobody_is_counted_ahead_of_time() {
        let ahead = counted(100, json!(null), json!(null), "2026-03-01T12:00:01Z");
        given().when(ahead).then_refused("impossible-date");
    }

    #[test]
    fn staffing_counts_each_role_once_and_no_more_than_its_posts() {
        let report = |staff: Value| {
            let count = json!({"as_at": "2026-02-28T08:00:00Z", "staff": staff});
            given().when(CentreCommand::ReportStaffing(serde_json::from_value(count).unwrap()))
        };
        let line = |posts, filled| json!({"role": "psychosocial", "posts": posts, "filled": filled});
        report(json!([line(4, 2)])).then_one("staffing_reported");
        report(json!([line(4, 2), line(1, 1)])).then_refused("named-twice");
        report(json!([line(4, 5)])).then_refused("more-filled-than-posts");
    }
}
