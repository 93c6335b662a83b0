//! Signals that are no occurrence, and what follows any signal: a second view, feedback, a plan.

use jiff::{SignedDuration, Timestamp};
use nabij_model::case::{Accompaniment, CaseCommand, ParentsInformed};
use nabij_model::id::SignalId;
use nabij_model::sealed::{Sealed, Secrecy};
use nabij_model::signal::{
    Assessed, Certainty, Dismissed, Expectation, FeedbackGiven, FeedbackKind, FeedbackTo, Flag, Involved,
    Involvement, Logged, Route, Severity, SignalCommand, SignalSource,
};
use nabij_model::text::Code;
use nabij_model::{Actor, Role};

use super::{contacts, intake, protocols};
use crate::simulate::calibration as known;
use crate::simulate::step::Command;
use crate::simulate::story::Story;
use crate::simulate::texts::Topic;

const WORRIES: [&str; 6] = ["withdrawal", "sleep", "food-and-meals", "school-absence", "grief", "conflict"];

/// A signal before anything is known of it.
pub(super) fn blank(story: &Story, resident: usize, category: &str) -> Logged {
    let it = &story.world.residents[resident];
    Logged {
        centre: story.world.centres[it.centre].id,
        note: None,
        category: Some(Code::new(category).expect("categories are codes")),
        cases: vec![Involved { case: it.case, role: Involvement::Affected }],
        certainty: Certainty::Unsure,
        severity: Severity::Unsure,
        source: SignalSource::Frontline,
        occurred: None,
        occurred_place: None,
        safe_now: None,
        reporter_expects: None,
        involves_minor: None,
        accompaniment: None,
        strength: false,
        concerns_staff: false,
        route: Route::Team,
        secrecy: Secrecy::Team,
        prompted_by: None,
    }
}

pub(super) fn say(story: &mut Story, at: Timestamp, actor: Actor, signal: SignalId, command: SignalCommand) {
    story.say(at, actor, signal, Command::Signal(command));
}

/// Something that worries somebody, and is none of the things that a register wants.
pub(super) fn worry(story: &mut Story, resident: usize, at: Timestamp) {
    let category = *story.chance.one(&WORRIES);
    let staff = story.chance.happens(0.01);
    let minor = story.world.residents[resident].minor(at);
    let logged = Logged {
        note: Some(Sealed::plain(story.text(Topic::Worry, resident))),
        certainty: *story.chance.one(&[Certainty::Witnessed, Certainty::Suspected, Certainty::Unsure]),
        severity: *story.chance.one(&[Severity::Unsure, Severity::Low, Severity::Moderate]),
        reporter_expects: Some(*story.chance.one(&[Expectation::Inform, Expectation::Advice])),
        involves_minor: Some(minor),
        accompaniment: story.world.residents[resident].accompaniment.filter(|_| minor),
        concerns_staff: staff,
        route: if staff { Route::Confidential } else { Route::Team },
        ..blank(story, resident, category)
    };
    let severity = logged.severity;
    let signal = log(story, resident, Role::Frontline, at, logged);
    followed(story, resident, signal, severity, None, true, at);
}

/// Something that goes well.
pub(super) fn strength(story: &mut Story, resident: usize, at: Timestamp) {
    let logged = Logged {
        note: Some(Sealed::plain(story.text(Topic::Strength, resident))),
        certainty: Certainty::Witnessed,
        strength: true,
        ..blank(story, resident, "strength")
    };
    log(story, resident, Role::Frontline, at, logged);
}

fn log(story: &mut Story, resident: usize, role: Role, at: Timestamp, logged: Logged) -> SignalId {
    let signal = SignalId(story.chance.id(at));
    let actor = story.staff(story.world.residents[resident].centre, role);
    if !logged.strength {
        story.world.residents[resident].last_signal = Some(at);
    }
    say(story, at, actor, signal, SignalCommand::Log(logged));
    signal
}

/// What follows a signal about `resident`; `may_be_nothing` when it may be dismissed.
pub(super) fn followed(
    story: &mut Story,
    resident: usize,
    signal: SignalId,
    severity: Severity,
    category: Option<&'static str>,
    may_be_nothing: bool,
    at: Timestamp,
) {
    let centre = story.world.residents[resident].centre;
    let hours = SignedDuration::from_hours;
    if story.chance.happens(known::ASSESSED) {
        let within = if severity == Severity::Acute { hours(2) } else { hours(16) };
        story.after(at, within, move |story, at| {
            assess(story, resident, centre, signal, severity, category, at);
            if may_be_nothing && story.chance.happens(known::DISMISSED) {
                story.after(at, hours(30), move |story, at| {
                    let note = Sealed::plain(story.text(Topic::Dismissal, resident));
                    let actor = story.staff(centre, Role::Coordinator);
                    say(story, at, actor, signal, SignalCommand::Dismiss(Dismissed { note }));
                });
            }
        });
    }
    if let Some(category) = category {
        protocols::maybe(story, resident, centre, signal, (category, severity), at);
    }
    if story.chance.happens(known::FEEDBACK) {
        story.after(at, hours(24 * 5), move |story, at| {
            feedback(story, resident, centre, signal, FeedbackTo::Reporter, at)
        });
    }
    if category.is_some()
        && story.world.residents[resident].minor(at)
        && story.chance.happens(known::CHILD_TOLD)
    {
        story.after(at, hours(24 * 4), move |story, at| {
            feedback(story, resident, centre, signal, FeedbackTo::Child, at)
        });
    }
    if severity >= Severity::Moderate && story.chance.happens(0.5) {
        story.after(at, hours(30), move |story, at| {
            if story.world.residents[resident].open {
                contacts::plan(story, resident, at);
            }
        });
    }
    if severity >= Severity::High && story.chance.happens(0.6) {
        story.after(at, hours(40), move |story, at| {
            if story.world.residents[resident].open {
                intake::support_level(story, resident, at);
            }
        });
    }
    let it = &story.world.residents[resident];
    let parents = matches!(it.accompaniment, Some(Accompaniment::Parents | Accompaniment::OneParent));
    if parents
        && category.is_some_and(|category| category != "intrafamilial-violence")
        && story.chance.happens(0.5)
    {
        story.after(at, hours(20), move |story, at| {
            if story.world.residents[resident].open && story.world.residents[resident].minor(at) {
                let informed = ParentsInformed { about: Some(signal), on: None, note: None };
                story.of(resident, Role::Companion, at, CaseCommand::InformParents(informed));
            }
        });
    }
}

fn assess(
    story: &mut Story,
    resident: usize,
    centre: usize,
    signal: SignalId,
    severity: Severity,
    category: Option<&'static str>,
    at: Timestamp,
) {
    let flag = (category == Some("sexual-boundary-crossing")).then_some(match severity {
        Severity::Unsure | Severity::Low => Flag::Green,
        Severity::Moderate => Flag::Yellow,
        Severity::High => Flag::Red,
        Severity::Acute => Flag::Black,
    });
    // A second person agrees more often than not.
    let view = if severity == Severity::Unsure || story.chance.happens(0.25) {
        *story.chance.one(&[Severity::Low, Severity::Moderate, Severity::High])
    } else {
        severity
    };
    let note = story.chance.happens(0.5).then(|| Sealed::plain(story.text(Topic::Assessment, resident)));
    let certainty = *story.chance.one(&[Certainty::Reported, Certainty::Suspected, Certainty::Unsure]);
    let blind = story.chance.happens(known::BLIND);
    let assessed = Assessed { severity: view, certainty, blind, flag, criteria: None, note };
    let actor = story.staff(centre, Role::Psychosocial);
    say(story, at, actor, signal, SignalCommand::Assess(assessed));
}

/// What was done, or how it ended; the one who did it may say both, days apart.
fn feedback(
    story: &mut Story,
    resident: usize,
    centre: usize,
    signal: SignalId,
    to: FeedbackTo,
    at: Timestamp,
) {
    let kind =
        *story.chance.one(&[FeedbackKind::Acknowledged, FeedbackKind::ActionTaken, FeedbackKind::Outcome]);
    if kind != FeedbackKind::Outcome && story.chance.happens(known::OUTCOME_TOLD) {
        let later = SignedDuration::from_hours(24 * 9);
        story.after(at, later, move |story, at| {
            tell(story, resident, centre, signal, (to, FeedbackKind::Outcome), at)
        });
    }
    tell(story, resident, centre, signal, (to, kind), at);
}

fn tell(
    story: &mut Story,
    resident: usize,
    centre: usize,
    signal: SignalId,
    (to, kind): (FeedbackTo, FeedbackKind),
    at: Timestamp,
) {
    let note = story.chance.happens(0.5).then(|| Sealed::plain(story.text(Topic::Feedback, resident)));
    let given = FeedbackGiven { to, kind, note, automatic: false };
    let actor = story.staff(centre, Role::Coordinator);
    say(story, at, actor, signal, SignalCommand::GiveFeedback(given));
}
