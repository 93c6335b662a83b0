//! The records that are made of an occurrence, as the truth says, and the meetings that a team holds anyway.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use nabij_model::Role;
use nabij_model::discussion::{
    Decision, DiscussionCommand, DiscussionKind, Held, NotAskedReason, Voice, Voices,
};
use nabij_model::id::{CaseId, DiscussionId, IncidentId, SignalId};
use nabij_model::incident::{self, IncidentCommand, Registered};
use nabij_model::occurred::{Occurred, Precision};
use nabij_model::sealed::{Sealed, Secrecy};
use nabij_model::signal::{
    Certainty, Expectation, Involved, LinkTarget, Linked, Logged, NotRegistered, PromptedBy, SignalCommand,
    SignalSource,
};
use nabij_model::text::Code;

use super::signals;
use crate::simulate::occurrences::{Capture, Occurrence, Source};
use crate::simulate::step::Command;
use crate::simulate::story::Story;
use crate::simulate::texts::{self, Topic};

/// Whom and where an occurrence is about, for everything that is written of it.
struct Written {
    it: Occurrence,
    affected: usize,
    centre: usize,
}

/// Puts every record of `occurrence`, which happened to `affected`, where it belongs in time.
pub(in crate::simulate) fn plan(story: &mut Story, affected: usize, occurrence: &Occurrence) {
    let centre = story.world.residents[affected].centre;
    let written = Arc::new(Written { it: occurrence.clone(), affected, centre });
    for place in 0..occurrence.captures.len() {
        let written = Arc::clone(&written);
        story.later(occurrence.captures[place].recorded_at, move |story, at| {
            let capture = &written.it.captures[place];
            match capture.source {
                Source::Frontline | Source::OwnVoice | Source::MedicalNote => {
                    signal(story, &written, capture, at)
                }
                Source::Discussion => discussion(story, &written, capture, at),
                Source::OfficialRegister => register(story, &written, capture, at),
            }
        });
    }
    if let Some(reasoned) = &occurrence.not_registered {
        let reason = reasoned.reason;
        story.later(reasoned.recorded_at, move |story, at| {
            let Some(first) = written.it.signals().next() else { return };
            let tongue = story.world.centres[written.centre].tongue();
            let note = Some(Sealed::plain(texts::about(Topic::NotRegistered, tongue, &mut story.chance)));
            let actor = story.staff(written.centre, Role::Coordinator);
            let command = SignalCommand::DoNotRegister(NotRegistered { reason, note });
            signals::say(story, at, actor, SignalId(first.id), command);
        });
    }
}

fn signal(story: &mut Story, written: &Written, capture: &Capture, at: Timestamp) {
    let Written { it, affected, centre } = written;
    let (source, role, certainty) = match capture.source {
        Source::OwnVoice => (SignalSource::OwnVoice, Role::Companion, Certainty::Disclosed),
        Source::MedicalNote => (SignalSource::MedicalNote, Role::Medical, Certainty::Reported),
        _ => (
            SignalSource::Frontline,
            Role::Frontline,
            *story.chance.one(&[Certainty::Witnessed, Certainty::Reported]),
        ),
    };
    let precision = if capture.source == Source::Frontline { Precision::Minute } else { Precision::Day };
    let logged = Logged {
        // Where it was noticed; a resident who moved meanwhile tells of a former centre.
        centre: story.world.centres[*centre].id,
        note: Some(Sealed::plain(story.text(Topic::Occurrence, *affected))),
        cases: it.parts.iter().map(|part| Involved { case: part.case, role: part.role }).collect(),
        certainty,
        severity: it.severity,
        source,
        occurred: Some(Occurred { precision, ..Occurred::at(it.occurred_at) }),
        safe_now: Some(story.chance.happens(0.8)),
        reporter_expects: Some(*story.chance.one(&[Expectation::Advice, Expectation::Action])),
        involves_minor: Some(it.minor),
        accompaniment: it.accompaniment,
        secrecy: if source == SignalSource::MedicalNote { Secrecy::Medical } else { Secrecy::Team },
        ..signals::blank(story, *affected, it.kind)
    };
    let (signal, actor) = (SignalId(capture.id), story.staff(*centre, role));
    story.world.residents[*affected].last_signal = Some(at);
    signals::say(story, at, actor, signal, SignalCommand::Log(logged));
    // Whoever logs a second record looks the first one up, more often than not.
    let first = it.signals().next().filter(|first| first.id != capture.id && it.linked);
    if let Some(first) = first {
        let actor = story.staff(*centre, Role::Coordinator);
        let to = LinkTarget::Signal(SignalId(first.id));
        signals::say(story, at, actor, signal, SignalCommand::Link(Linked { to }));
    }
    if let Some(entry) =
        it.capture(Source::OfficialRegister).filter(|entry| entry.recorded_at < at && it.linked)
    {
        link(story, *centre, signal, IncidentId(entry.id), at);
    }
    signals::followed(story, *affected, signal, it.severity, Some(it.kind), false, at);
}

/// A signal and an entry of the register are about the same; each of them remembers it.
fn link(story: &mut Story, centre: usize, signal: SignalId, entry: IncidentId, at: Timestamp) {
    let actor = story.staff(centre, Role::Coordinator);
    let to = LinkTarget::Incident(entry);
    signals::say(story, at, actor.clone(), signal, SignalCommand::Link(Linked { to }));
    let back = IncidentCommand::Link(incident::Linked { to: LinkTarget::Signal(signal) });
    story.say(at, actor, entry, Command::Incident(back));
}

fn register(story: &mut Story, written: &Written, capture: &Capture, at: Timestamp) {
    let Written { it, centre, .. } = written;
    let prompted_by = it.capture(Source::Discussion).filter(|_| capture.prompted);
    let registered = Registered {
        centre: it.centre,
        source: story.world.centres[*centre].operator(),
        register_number: it.number(),
        incident_type: Code::new(it.kind).expect("kinds are codes"),
        category: None,
        level: it.level,
        occurred_at: it.occurred_at,
        precision: Precision::Minute,
        registered_at: Some(at),
        minors_involved: Some(it.minor),
        cases: it.parts.iter().map(|part| part.case).collect(),
        prompted_by: prompted_by.map(|held| PromptedBy::Discussion(DiscussionId(held.id))),
    };
    let (actor, entry) = (story.staff(*centre, Role::Coordinator), IncidentId(capture.id));
    story.say(at, actor, entry, Command::Incident(IncidentCommand::Register(registered)));
    let earlier: Vec<SignalId> =
        it.signals().filter(|signal| signal.recorded_at <= at).map(|signal| SignalId(signal.id)).collect();
    for signal in earlier.into_iter().filter(|_| it.linked) {
        link(story, *centre, signal, entry, at);
    }
}

fn discussion(story: &mut Story, written: &Written, capture: &Capture, at: Timestamp) {
    let Written { it, affected, centre } = written;
    let earlier: Vec<SignalId> =
        it.signals().filter(|signal| signal.recorded_at <= at).map(|signal| SignalId(signal.id)).collect();
    let prompted_by = earlier.first().filter(|_| capture.prompted).map(|signal| PromptedBy::Signal(*signal));
    let signals = if it.linked || capture.prompted { earlier } else { Vec::new() };
    let held = Held { signals, prompted_by, ..held(story, *centre, vec![it.parts[0].case], at) };
    story.world.residents[*affected].last_discussion = Some(at);
    let actor = story.staff(*centre, Role::Psychosocial);
    story.say(at, actor, capture.id, Command::Discussion(DiscussionCommand::Hold(held)));
}

/// A meeting about these cases.
pub(super) fn held(story: &mut Story, centre: usize, cases: Vec<CaseId>, at: Timestamp) -> Held {
    let tongue = story.world.centres[centre].tongue();
    let mut text = |topic| Sealed::plain(texts::about(topic, tongue, &mut story.chance));
    let (strength, need, decision) = (text(Topic::Strength), text(Topic::Need), text(Topic::Decision));
    let asked =
        |heard: bool| if heard { Voice::Heard } else { Voice::NotAsked { reason: NotAskedReason::NoTime } };
    Held {
        centre: story.world.centres[centre].id,
        kind: *story.chance.one(&[
            DiscussionKind::Multidisciplinary,
            DiscussionKind::Multidisciplinary,
            DiscussionKind::CaseConference,
            DiscussionKind::Oase,
            DiscussionKind::Wanda,
        ]),
        held_at: at - SignedDuration::from_mins(story.chance.between(5, 60)),
        cases,
        signals: Vec::new(),
        participants: vec![Role::Psychosocial, Role::Companion, Role::Coordinator],
        strengths: if story.chance.happens(0.5) { vec![strength] } else { Vec::new() },
        needs: vec![need],
        decisions: vec![Decision {
            text: decision,
            role: Some(Role::Companion),
            due_on: Some(Story::date(at, 14)),
        }],
        next_review: Some(Story::date(at, 21)),
        voice: Voices { child: Some(asked(story.chance.happens(0.4))), parents: None, guardian: None },
        secrecy: Secrecy::Psychosocial,
        prompted_by: None,
        confidential: false,
        guest_cases: Vec::new(),
        guest_signals: Vec::new(),
    }
}

/// The weekly meeting of each team, about a few residents.
pub(in crate::simulate) fn day(story: &mut Story, day: u32, _residents: f64) {
    for centre in (0..story.world.centres.len()).filter(|centre| (day as usize + centre).is_multiple_of(7)) {
        let at = story.moment(day);
        story.later(at, move |story, at| {
            let mut about: Vec<usize> = Vec::new();
            for _ in 0..story.chance.between(2, 6) {
                let present = &story.world.centres[centre].present;
                let Some(resident) = present.get(story.chance.place(present.len())).copied() else {
                    continue;
                };
                if story.world.residents[resident].open && !about.contains(&resident) {
                    about.push(resident);
                }
            }
            if about.is_empty() {
                return;
            }
            let cases = about.iter().map(|resident| story.world.residents[*resident].case).collect();
            about.iter().for_each(|resident| story.world.residents[*resident].last_discussion = Some(at));
            let held = held(story, centre, cases, at);
            let (actor, id) = (story.staff(centre, Role::Psychosocial), DiscussionId(story.chance.id(at)));
            story.say(at, actor, id, Command::Discussion(DiscussionCommand::Hold(held)));
        });
    }
}
