//! The rules of a discussion.

use super::command::DiscussionCommand;
use super::events::{DebriefOffered, Decision, DiscussionEvent, Held};
use super::state::DiscussionState;
use crate::check;
use crate::context::Context;
use crate::refusal::Refusal;
use crate::sealed::{SealLevel, Sealed};

pub(super) fn decide(
    state: &DiscussionState,
    command: DiscussionCommand,
    context: &Context<'_>,
) -> Result<Vec<DiscussionEvent>, Refusal> {
    let event = match command {
        DiscussionCommand::Hold(held) => DiscussionEvent::Held(hold(state, held, context)?),
        DiscussionCommand::OfferDebrief(offered) => {
            DiscussionEvent::DebriefOffered(offer_debrief(state, offered)?)
        }
        DiscussionCommand::Redact(redacted) => {
            known(state)?;
            DiscussionEvent::Redacted(redacted.check()?)
        }
    };
    Ok(vec![event])
}

fn hold(state: &DiscussionState, mut held: Held, context: &Context<'_>) -> Result<Held, Refusal> {
    if state.centre.is_some() {
        return Err(Refusal::conflict(
            "discussion-exists",
            "a discussion with this id is written down already",
        ));
    }
    check::past(held.held_at, context.now, "/held_at")?;
    if held.cases.is_empty() && held.signals.is_empty() {
        return Err(Refusal::invalid(
            "case-or-signal-needed",
            "name at least one case or signal that it was about",
            "/cases",
        ));
    }
    check::once(&held.cases, "/cases")?;
    check::once(&held.signals, "/signals")?;
    if let Some(day) = held.next_review {
        check::day_from(day, held.held_at, "/next_review")?;
    }
    for decision in &held.decisions {
        check::words(&decision.text, "/decisions")?;
        if let Some(day) = decision.due_on {
            check::day_from(day, held.held_at, "/decisions")?;
        }
    }
    let level = if held.confidential { SealLevel::Restricted } else { held.secrecy.into() };
    let seal = |texts: Vec<Sealed<String>>| texts.into_iter().map(|text| text.at(level)).collect();
    held.strengths = seal(held.strengths);
    held.needs = seal(held.needs);
    held.decisions =
        held.decisions.into_iter().map(|one| Decision { text: one.text.at(level), ..one }).collect();
    Ok(held)
}

fn known(state: &DiscussionState) -> Result<(), Refusal> {
    if state.centre.is_none() {
        return Err(Refusal::not_found(
            "discussion-unknown",
            "no discussion has this id: write it down first",
        ));
    }
    Ok(())
}

fn offer_debrief(state: &DiscussionState, offered: DebriefOffered) -> Result<DebriefOffered, Refusal> {
    known(state)?;
    if offered.accepted.is_some_and(|accepted| accepted > offered.offered) {
        return Err(Refusal::invalid(
            "more-than-offered",
            "more persons took the debriefing than were offered one",
            "/accepted",
        ));
    }
    Ok(offered)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::decider::Decider;
    use crate::discussion::{Discussion, DiscussionText, NotAskedReason, Redacted, RedactedText, Voice};
    use crate::given::Given;
    use crate::id::EventId;

    const CASE: &str = "01890000-0000-7000-8000-000000000002";

    fn held(change: impl FnOnce(&mut Value)) -> Held {
        let mut body = json!({
            "centre": "01890000-0000-7000-8000-000000000001",
            "kind": "multidisciplinary",
            "held_at": "2026-03-01T10:00:00Z",
            "cases": [CASE],
            "participants": ["psychosocial", "medical"],
            "strengths": ["she helps the little ones"],
            "decisions": [{"text": "ask her what she wants", "role": "companion", "due_on": "2026-03-08"}],
            "voice": {"child": "heard", "guardian": {"not_asked": {"reason": "not_reachable"}}},
        });
        change(&mut body);
        serde_json::from_value(body).unwrap()
    }

    fn refused(code: &str, change: impl FnOnce(&mut Value)) {
        Given::<Discussion>::nothing().when(DiscussionCommand::Hold(held(change))).then_refused(code);
    }

    #[test]
    fn a_discussion_is_written_down_once() {
        let hold = || DiscussionCommand::Hold(held(|_| {}));
        Given::<Discussion>::nothing().when(hold()).then_one("held");
        Given::<Discussion>::event(DiscussionEvent::Held(held(|_| {})))
            .when(hold())
            .then_refused("discussion-exists");
    }

    #[test]
    fn it_is_about_a_case_or_a_signal() {
        refused("case-or-signal-needed", |body| body["cases"] = json!([]));
        refused("named-twice", |body| body["cases"] = json!([CASE, CASE]));
    }

    #[test]
    fn nothing_lies_ahead_of_it_that_must_lie_behind() {
        refused("impossible-date", |body| body["held_at"] = json!("2026-03-01T12:00:01Z"));
        refused("impossible-date", |body| body["next_review"] = json!("2026-02-20"));
        refused("impossible-date", |body| body["decisions"][0]["due_on"] = json!("2026-02-20"));
    }

    #[test]
    fn a_decision_says_what() {
        refused("words-needed", |body| body["decisions"][0]["text"] = json!(" "));
    }

    #[test]
    fn its_words_are_as_secret_as_it_asks() {
        let restricted = held(|body| body["secrecy"] = json!("restricted"));
        let given = Given::<Discussion>::nothing();
        let DiscussionEvent::Held(event) = given.when(DiscussionCommand::Hold(restricted)).then_one("held")
        else {
            panic!("not held")
        };
        assert_eq!(event.strengths[0].level(), SealLevel::Restricted);
        assert_eq!(event.decisions[0].text.level(), SealLevel::Restricted);
        assert_eq!(event.voice.guardian, Some(Voice::NotAsked { reason: NotAskedReason::NotReachable }));
    }

    #[test]
    fn about_a_confidential_signal_it_is_restricted_and_concerns_no_team() {
        let confidential = held(|body| body["confidential"] = json!(true));
        let given = Given::<Discussion>::nothing().done(DiscussionCommand::Hold(confidential.clone()));
        assert!(Discussion::concerns(uuid::Uuid::nil(), given.state()).confidential);
        let held =
            Given::<Discussion>::nothing().when(DiscussionCommand::Hold(confidential)).then_one("held");
        let DiscussionEvent::Held(held) = held else { panic!("not held") };
        assert_eq!(held.strengths[0].level(), SealLevel::Restricted);
    }

    #[test]
    fn words_that_stay_are_sealed_under_a_new_key_each_text_once() {
        let event = EventId::derived(&["e"]);
        let words = Some(Sealed::plain("the others are calm".into()));
        let text = RedactedText { event, field: DiscussionText::Needs, number: 1, words };
        let redact = |texts: Vec<RedactedText>| DiscussionCommand::Redact(Redacted { texts });
        Given::<Discussion>::nothing().when(redact(vec![])).then_refused("discussion-unknown");
        let given = Given::<Discussion>::event(DiscussionEvent::Held(held(|_| {})));
        given.when(redact(vec![text.clone(), text.clone()])).then_refused("named-twice");
        let id = uuid::Uuid::from_u128(7);
        let other = RedactedText { number: 0, words: None, ..text.clone() };
        let given = given.done(redact(vec![])).done(redact(vec![other, text.clone()]));
        let state = given.state();
        assert_eq!(state.redactions.instead(event, DiscussionText::Needs, 0), Some(None));
        assert_eq!(state.redactions.instead(event, DiscussionText::Needs, 1), Some(text.words.as_ref()));
        assert_eq!(state.redactions.instead(event, DiscussionText::Strengths, 1), None);
        assert_eq!(state.redactions.keys(id), [id, Discussion::key(id, state)]);
    }

    #[test]
    fn a_debriefing_counts_no_more_takers_than_offers() {
        let offer = |offered, accepted| DiscussionCommand::OfferDebrief(DebriefOffered { offered, accepted });
        let given = || Given::<Discussion>::event(DiscussionEvent::Held(held(|_| {})));
        Given::<Discussion>::nothing().when(offer(3, None)).then_refused("discussion-unknown");
        given().when(offer(3, Some(4))).then_refused("more-than-offered");
        given().when(offer(3, Some(2))).then_one("debrief_offered");
    }
}
