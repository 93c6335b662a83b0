//! Who stands around a resident, and their own words. Little is refused: what helps should be quick to write.

use super::super::events::{
    ContactNoted, GuidanceNoted, ResponseAdded, TrustedPersonEnded, TrustedPersonNamed,
};
use super::super::state::CaseState;
use super::checks::{not_after_now, words};
use super::kept;
use crate::context::Context;
use crate::refusal::Refusal;
use crate::sealed::{Sealed, Secrecy};

pub(super) fn name_trusted_person(
    named: TrustedPersonNamed,
    context: &Context<'_>,
) -> Result<TrustedPersonNamed, Refusal> {
    if named.colleague.as_ref() == Some(&context.actor.subject)
        && !(named.shows.is_empty() && named.levels.is_empty())
    {
        return Err(Refusal::forbidden(
            "trusted-is-yourself",
            "nobody opens a file to themselves: let a colleague write down that the resident trusts you",
        ));
    }
    if named.role.is_none() && named.colleague.is_none() && named.name.is_none() {
        return Err(Refusal::invalid(
            "trusted-person-needed",
            "say whom the resident trusts: a role, a colleague or a name",
            "/name",
        ));
    }
    if named.colleague.is_none() && !(named.shows.is_empty() && named.levels.is_empty()) {
        return Err(Refusal::invalid(
            "colleague-needed",
            "only a colleague reads along: say who in `colleague`, or leave `shows` and `levels` out",
            "/colleague",
        ));
    }
    if named.levels.contains(&Secrecy::Restricted) {
        return Err(Refusal::forbidden(
            "not-the-residents-to-give",
            "what is restricted is about others too: name other levels",
        ));
    }
    Ok(named)
}

pub(super) fn end_trusted_person(
    state: &CaseState,
    ended: TrustedPersonEnded,
) -> Result<TrustedPersonEnded, Refusal> {
    if !state.trusted.contains_key(&ended.colleague) {
        return Err(Refusal::conflict(
            "not-trusted",
            "the resident named nobody with this login, or took it back already",
        ));
    }
    Ok(ended)
}

pub(super) fn note_guidance(noted: GuidanceNoted) -> Result<GuidanceNoted, Refusal> {
    if noted.triggers.is_empty() && noted.helps.is_empty() {
        return Err(Refusal::invalid(
            "guidance-needed",
            "say what upsets the resident or what helps: one line is enough",
            "/helps",
        ));
    }
    noted.triggers.iter().try_for_each(|trigger| words(trigger, "/triggers"))?;
    noted.helps.iter().try_for_each(|help| words(help, "/helps"))?;
    Ok(noted)
}

pub(super) fn note_contact(mut noted: ContactNoted, context: &Context<'_>) -> Result<ContactNoted, Refusal> {
    noted.at = Some(not_after_now(noted.at.unwrap_or(context.now), context, "/at")?);
    noted.note = noted.note.map(|note: Sealed<String>| note.at(noted.secrecy.into()));
    Ok(noted)
}

pub(super) fn add_response(
    state: &CaseState,
    mut added: ResponseAdded,
    context: &Context<'_>,
) -> Result<ResponseAdded, Refusal> {
    words(&added.words, "/words")?;
    if let Some(kept) = &added.kept {
        kept::check(state, kept, context)?;
    }
    added.words = added.words.at(added.secrecy.into());
    Ok(added)
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{adult, from_json};
    use crate::case::{Case, CaseCommand, CaseEvent, FileKind};
    use crate::given::{Given, NOW, Then};
    use crate::sealed::SealLevel;
    use crate::text::StaffId;
    use serde_json::{Value, json};

    fn when(command: CaseCommand) -> Then<Case> {
        Given::<Case>::event(adult()).when(command)
    }

    #[test]
    fn anybody_may_be_trusted_but_it_is_somebody() {
        let name = |body: Value| when(CaseCommand::NameTrustedPerson(from_json(body)));
        name(json!({"role": "frontline"})).then_one("trusted_person_named");
        name(json!({"name": "her aunt"})).then_one("trusted_person_named");
        name(json!({})).then_refused("trusted-person-needed");
        name(json!({"role": "frontline", "shows": ["plan"]})).then_refused("colleague-needed");
        let restricted = json!({"colleague": "cook", "shows": ["signals"], "levels": ["restricted"]});
        name(restricted).then_refused("not-the-residents-to-give");
        name(json!({"colleague": "reporter"})).then_one("trusted_person_named");
        let oneself = json!({"colleague": "reporter", "shows": ["signals"]});
        name(oneself).then_refused("trusted-is-yourself");
    }

    #[test]
    fn trust_shows_what_the_resident_says_until_it_is_taken_back() {
        let name =
            || CaseCommand::NameTrustedPerson(from_json(json!({"colleague": "cook", "shows": ["plan"]})));
        let end = || CaseCommand::EndTrustedPerson(from_json(json!({"colleague": "cook"})));
        when(end()).then_refused("not-trusted");
        let named = Given::<Case>::event(adult()).done(name());
        let cook = StaffId::new("cook").unwrap();
        assert!(named.state().trusted[&cook].shows.contains(&FileKind::Guidance));
        assert!(named.state().trusted[&cook].shows.contains(&FileKind::Plan));
        assert!(named.done(end()).state().trusted.is_empty());
    }

    #[test]
    fn guidance_says_something() {
        let note = |body: Value| when(CaseCommand::NoteGuidance(from_json(body)));
        note(json!({"helps": ["a walk"], "agreed_with": "resident"})).then_one("guidance_noted");
        note(json!({"agreed_with": "resident"})).then_refused("guidance-needed");
        note(json!({"triggers": [" "], "agreed_with": "parent"})).then_refused("words-needed");
    }

    #[test]
    fn a_contact_needs_no_content_and_did_not_happen_in_the_future() {
        let note = |body: Value| when(CaseCommand::NoteContact(from_json(body)));
        let CaseEvent::ContactNoted(event) = note(json!({})).then_one("contact_noted") else {
            panic!("not noted")
        };
        assert_eq!(event.at, Some(NOW.parse().unwrap()));
        note(json!({"at": "2026-03-01T12:00:01Z"})).then_refused("impossible-date");
    }

    #[test]
    fn words_are_as_secret_as_their_author_wants() {
        let body = json!({"words": "I was not asked", "secrecy": "restricted"});
        let added = when(CaseCommand::AddResponse(from_json(body))).then_one("response_added");
        let CaseEvent::ResponseAdded(added) = added else { panic!("not added") };
        assert_eq!(added.words.level(), SealLevel::Restricted);
        let body = json!({"note": "a word", "secrecy": "medical"});
        let noted = when(CaseCommand::NoteContact(from_json(body))).then_one("contact_noted");
        let CaseEvent::ContactNoted(noted) = noted else { panic!("not noted") };
        assert_eq!(noted.note.unwrap().level(), SealLevel::Medical);
    }

    #[test]
    fn a_response_has_words() {
        when(CaseCommand::AddResponse(from_json(json!({"words": ""})))).then_refused("words-needed");
    }

    #[test]
    fn support_far_away_counts() {
        let body = json!({"tie": "parent", "abroad": true, "note": "calls on Fridays"});
        when(CaseCommand::NoteSupportNetwork(from_json(body))).then_one("support_network_noted");
    }
}
