//! What centres tell of themselves: places, occupancy, staffing, concerns, participation.

use jiff::{SignedDuration, Timestamp};
use nabij_model::Role;
use nabij_model::centre::{
    CapacitySet, CentreCommand, ConcernAnswered, ConcernRaised, OccupancyReported, ParticipationHeld,
    ProtocolPractised, Registered, StaffCount, StaffingReported,
};
use nabij_model::id::{CentreId, ConcernId};
use nabij_model::sealed::Sealed;
use nabij_model::text::{Code, Language, PlaceName};

use crate::simulate::calibration as known;
use crate::simulate::names;
use crate::simulate::step::Command;
use crate::simulate::story::Story;
use crate::simulate::texts::{self, Topic};
use crate::simulate::world::{Centre, headquarters, midnight};

const THEMES: [&str; 5] = ["food", "leisure", "safety-at-night", "privacy", "information"];
const PROTOCOLS: [&str; 3] = ["violence-against-child", "suicidality", "conflict-among-children"];

fn code(text: &str) -> Code {
    Code::new(text).expect("a word of this file")
}

/// Makes every centre known, with its places.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "shares of a count of places"
)]
pub(in crate::simulate) fn begin(story: &mut Story) {
    let opening = midnight(story.plan.start) + SignedDuration::from_hours(5);
    // Real centres differ in size: some are three times as large as others.
    let sizes: Vec<f64> = (0..story.plan.centres).map(|_| 0.5 + story.chance.share()).collect();
    let scale = story.plan.population() as f64 / known::OCCUPANCY / sizes.iter().sum::<f64>();
    for (number, size) in sizes.into_iter().enumerate() {
        let operator =
            &known::OPERATORS[story.chance.weighted(known::OPERATORS.iter().map(|operator| operator.share))];
        let french = story.chance.happens(operator.french);
        let id = CentreId(story.chance.id(opening));
        story.world.centres.push(Centre {
            id,
            code: format!("{}-s{}-{:03}", operator.code, story.plan.seed, number + 1),
            operator: operator.code,
            french,
            places: (size * scale).ceil() as usize,
            present: Vec::new(),
            registered: 0,
        });
        let centre = &story.world.centres[number];
        let tongues: &[&str] = if french { &["fr"] } else { &["nl"] };
        let registered = Registered {
            code: code(&centre.code),
            name: PlaceName::new(names::centre(number, french)).expect("names of centres are place names"),
            operator: centre.operator(),
            region: Some(code(if french { "wallonia" } else { "flanders" })),
            languages: tongues.iter().map(|tongue| Language::new(*tongue).expect("a language tag")).collect(),
            kind: Some(code("collective")),
        };
        let capacity = CapacitySet { places: centre.places as u32, from: Some(story.plan.start) };
        for command in [CentreCommand::Register(registered), CentreCommand::SetCapacity(capacity)] {
            story.say(opening, headquarters(), id, Command::Centre(command));
        }
    }
}

/// Occupancy each week, staffing each month, the rest now and then.
pub(in crate::simulate) fn day(story: &mut Story, day: u32) {
    for centre in 0..story.world.centres.len() {
        let turn = day as usize + centre;
        if day == 0 || turn.is_multiple_of(7) {
            let at = midnight(Story::date(story.moment(day), 0))
                + SignedDuration::from_hours(19)
                + SignedDuration::from_mins(30);
            story.later(at, move |story, at| occupancy(story, centre, at));
        }
        if turn % 30 == 1 {
            let at = story.moment(day);
            story.later(at, move |story, at| staffing(story, centre, at));
        }
        if story.chance.happens(1.0 / 90.0) {
            let at = story.moment(day);
            story.later(at, move |story, at| concern(story, centre, at));
        }
        if story.chance.happens(1.0 / 45.0) {
            let at = story.moment(day);
            story.later(at, move |story, at| participation(story, centre, at));
        }
        if story.chance.happens(1.0 / 180.0) {
            let at = story.moment(day);
            story.later(at, move |story, at| {
                let protocol = code(story.chance.one::<&str>(&PROTOCOLS));
                let practised =
                    ProtocolPractised { protocol, practised_on: Story::date(at, 0), participants: Some(9) };
                tell(story, centre, Role::Coordinator, at, CentreCommand::PractiseProtocol(practised));
            });
        }
    }
}

fn tell(story: &mut Story, centre: usize, role: Role, at: Timestamp, command: CentreCommand) {
    let (actor, id) = (story.staff(centre, role), story.world.centres[centre].id);
    story.say(at, actor, id, Command::Centre(command));
}

#[expect(clippy::cast_possible_truncation, reason = "a count of residents")]
fn occupancy(story: &mut Story, centre: usize, at: Timestamp) {
    let world = &story.world;
    let present = &world.centres[centre].present;
    let minors = present.iter().filter(|resident| world.residents[**resident].minor(at));
    let alone = minors.clone().filter(|resident| {
        world.residents[**resident].accompaniment == Some(nabij_model::case::Accompaniment::Unaccompanied)
    });
    let count = OccupancyReported {
        as_at: at,
        residents: present.len() as u32,
        minors: Some(minors.clone().count() as u32),
        unaccompanied_minors: Some(alone.count() as u32),
    };
    tell(story, centre, Role::Coordinator, at, CentreCommand::ReportOccupancy(count));
}

#[expect(clippy::cast_possible_truncation, reason = "a count of posts")]
fn staffing(story: &mut Story, centre: usize, at: Timestamp) {
    let places = story.world.centres[centre].places as u32;
    let staff = [(Role::Frontline, 9), (Role::Companion, 22), (Role::Psychosocial, 80), (Role::Medical, 70)]
        .into_iter()
        .map(|(role, residents)| {
            let posts = places / residents + 1;
            let away = story.chance.count(f64::from(posts) * 0.12) as u32;
            StaffCount { role, posts, filled: posts.saturating_sub(away) }
        })
        .collect();
    tell(
        story,
        centre,
        Role::Director,
        at,
        CentreCommand::ReportStaffing(StaffingReported { as_at: at, staff }),
    );
}

fn concern(story: &mut Story, centre: usize, at: Timestamp) {
    let concern = ConcernId(story.chance.id(at));
    let tongue = story.world.centres[centre].tongue();
    let text = Sealed::plain(texts::about(Topic::Concern, tongue, &mut story.chance));
    let raised =
        ConcernRaised { concern, theme: code("staffing"), text, answer_due: Some(Story::date(at, 30)) };
    tell(story, centre, Role::Director, at, CentreCommand::RaiseConcern(raised));
    if story.chance.happens(0.7) {
        story.after(at, SignedDuration::from_hours(24 * 20), move |story, at| {
            let answer = Sealed::plain(texts::about(Topic::Answer, tongue, &mut story.chance));
            let (actor, id) = (headquarters(), story.world.centres[centre].id);
            let command = CentreCommand::AnswerConcern(ConcernAnswered { concern, answer });
            story.say(at, actor, id, Command::Centre(command));
        });
    }
}

fn participation(story: &mut Story, centre: usize, at: Timestamp) {
    let held = ParticipationHeld {
        held_at: at,
        themes: vec![code(story.chance.one::<&str>(&THEMES))],
        answer_due: Story::date(at, 14),
        participants: Some(u32::try_from(story.chance.between(4, 30)).unwrap_or(4)),
    };
    tell(story, centre, Role::Coordinator, at, CentreCommand::HoldParticipation(held));
}
