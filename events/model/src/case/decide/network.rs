//! Who stands around a resident, and their own words. Little is refused: what helps should be quick to write.

use super::super::events::{ContactNoted, GuidanceNoted, ResponseAdded, TrustedPersonNamed};
use super::checks::{not_after_now, words};
use crate::context::Context;
use crate::refusal::Refusal;
use crate::sealed::Sealed;

pub(super) fn name_trusted_person(named: TrustedPersonNamed) -> Result<TrustedPersonNamed, Refusal> {
    if named.role.is_none() && named.colleague.is_none() && named.name.is_none() {
        return Err(Refusal::invalid(
            "trusted-person-needed",
            "say whom the resident trusts: a role, a colleague or a name",
            "/name",
        ));
    }
    Ok(named)
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

pub(super) fn add_response(mut added: ResponseAdded) -> Result<ResponseAdded, Refusal> {
    words(&added.words, "/words")?;
    added.words = added.words.at(added.secrecy.into());
    Ok(added)
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{adult, from_json};
    use crate::case::{Case, CaseCommand, CaseEvent};
    use crate::given::{Given, NOW, Then};
    use crate::sealed::SealLevel;
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
