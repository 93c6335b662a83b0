//! How somebody comes and goes: the file is opened, the first weeks, the end of the follow-up.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};
use nabij_model::Role;
use nabij_model::case::age::BirthDate;
use nabij_model::case::{
    Accompaniment, CaseCommand, CloseReason, Closed, GuardianAssigned, GuardianEndReason, GuardianEnded,
    GuidanceNoted, Instrument, Opened, RecordScreening, Resident as Identity, SupportLevel, SupportLevelSet,
    SupportNetworkNoted, Tie, TrustedPersonNamed, Voice, VulnerabilityCategory, VulnerabilityNoted,
};
use nabij_model::id::{CaseId, HouseholdId};
use nabij_model::sealed::Sealed;
use nabij_model::text::Language;

use super::referrals;
use crate::simulate::calibration as known;
use crate::simulate::names;
use crate::simulate::story::Story;
use crate::simulate::texts::Topic;
use crate::simulate::world::{Family, Resident, Unit, birth, midnight};

/// Who lives there already: their files are opened on the first day.
pub(in crate::simulate) fn population(story: &mut Story) {
    while story.world.residents.len() < story.plan.population() {
        let at = story.moment(0);
        let stayed = story.chance.wait(SignedDuration::from_hours(24 * 456)).as_hours() / 24;
        let room = story.plan.population() - story.world.residents.len();
        family(story, at, stayed.min(1500), room);
    }
}

/// Who arrives on `day`, and as many who leave.
pub(in crate::simulate) fn arrivals(story: &mut Story, day: u32, opened: usize) {
    while story.world.residents.len() < opened {
        let at = story.moment(day);
        let room = opened - story.world.residents.len();
        family(story, at, 0, room);
        if day > 0 {
            let at = story.moment(day);
            story.later(at, departure);
        }
    }
}

/// People who come together; no more of them than `room`.
fn family(story: &mut Story, at: Timestamp, stayed: i64, room: usize) {
    let unit = Unit::drawn(&mut story.chance);
    let arrived = Story::date(at, -stayed);
    let centre = story.world.freest(None);
    let number = story.world.families.len();
    let household = HouseholdId(story.chance.id(at));
    story.world.families.push(Family { household, members: Vec::new() });
    for age in unit.ages(&mut story.chance).into_iter().take(room) {
        // The age of the day on which the file is opened: those who stayed long have grown up meanwhile.
        let born = birth(age, Story::date(at, 0), &mut story.chance);
        let resident = story.world.residents.len();
        story.world.families[number].members.push(resident);
        let child = age < 18;
        story.world.residents.push(Resident {
            case: CaseId(story.chance.id(at)),
            centre,
            family: number,
            born,
            accompaniment: unit.accompaniment().filter(|_| child),
            guardian: false,
            open: false,
            moving: false,
            missing: false,
            last_signal: None,
            last_discussion: None,
        });
        story.world.enter(resident, centre);
        story.later(at, move |story, at| open(story, resident, arrived, at));
    }
}

fn open(story: &mut Story, resident: usize, arrived: Date, at: Timestamp) {
    let language =
        known::LANGUAGES[story.chance.weighted(known::LANGUAGES.iter().map(|(_, share)| *share))].0;
    let name = names::resident(&mut story.chance);
    let number = names::official_number(&mut story.chance);
    let it = &mut story.world.residents[resident];
    it.open = true;
    let (birth_date, birth_year) = match it.born {
        BirthDate::Date(date) => (Some(Sealed::plain(date)), None),
        BirthDate::Year(year) => (None, Some(Sealed::plain(year))),
    };
    let (born, accompaniment) = (it.born, it.accompaniment);
    let family = &story.world.families[it.family];
    let opened = Opened {
        centre: story.world.centres[it.centre].id,
        birth_date,
        birth_year,
        accompaniment,
        household: (family.members.len() > 1).then(|| Sealed::plain(family.household)),
        languages: vec![Language::new(language).expect("calibration holds language tags")],
        arrived_on: Some(arrived.max(earliest(born))),
        resident: Some(Identity {
            name: Some(Sealed::plain(name)),
            official_number: Some(Sealed::plain(number)),
        }),
    };
    story.of(resident, Role::Companion, at, CaseCommand::Open(opened));
    first_weeks(story, resident, at);
}

/// Children who were born in the centre arrived with their birth.
fn earliest(born: BirthDate) -> Date {
    match born {
        BirthDate::Date(date) => date,
        BirthDate::Year(year) => Date::new(year, 1, 1).unwrap_or(Date::MIN),
    }
}

/// What a team usually finds out in the first weeks.
fn first_weeks(story: &mut Story, resident: usize, at: Timestamp) {
    let days = |days: i64| SignedDuration::from_hours(24 * days);
    type Part = fn(&mut Story, usize, Timestamp);
    let parts: [(f64, i64, Part); 6] = [
        (known::SCREENED, 18, screening),
        (0.9, 4, support_level),
        (0.3, 12, vulnerability),
        (0.35, 9, guidance),
        (0.4, 14, network),
        (0.25, 20, trusted),
    ];
    for (share, mean, part) in parts {
        if story.chance.happens(share) {
            story.after(at, days(mean), move |story, at| {
                if story.world.residents[resident].open {
                    part(story, resident, at);
                }
            });
        }
    }
    if story.world.residents[resident].accompaniment == Some(Accompaniment::Unaccompanied) {
        story.after(at, days(25), move |story, at| guardian(story, resident, at));
    }
}

fn screening(story: &mut Story, resident: usize, at: Timestamp) {
    if story.world.residents[resident].age(at) < 14 {
        return;
    }
    let positive = story.chance.happens(known::SCREENED_POSITIVE);
    // Fourteen items from 0 to 4: a sum of at most 11, or of about 24.
    let items: Vec<u8> = (0..14)
        .map(|_| {
            u8::try_from(if positive { story.chance.between(1, 3) } else { story.chance.between(0, 1) })
                .unwrap_or(0)
        })
        .collect();
    let items = if positive {
        items
    } else {
        items.into_iter().enumerate().map(|(n, i)| if n < 11 { i } else { 0 }).collect()
    };
    let thermometer =
        u8::try_from(if positive { story.chance.between(3, 9) } else { story.chance.between(0, 4) })
            .unwrap_or(0);
    let taken = RecordScreening { instrument: Instrument::Rhs15, on: None, items, thermometer, note: None };
    story.of(resident, Role::Psychosocial, at, CaseCommand::RecordScreening(taken));
    if positive && story.chance.happens(known::ACCEPTS_HELP) {
        story.after(at, SignedDuration::from_hours(24 * 6), move |story, at| {
            referrals::request(story, resident, at)
        });
    }
}

pub(super) fn support_level(story: &mut Story, resident: usize, at: Timestamp) {
    let level = match story.chance.weighted([0.7, 0.23, 0.07].into_iter()) {
        0 => SupportLevel::Basic,
        1 => SupportLevel::Increased,
        _ => SupportLevel::Intensive,
    };
    let set = SupportLevelSet { level, review_on: None, reason: None };
    story.of(resident, Role::Psychosocial, at, CaseCommand::SetSupportLevel(set));
}

fn vulnerability(story: &mut Story, resident: usize, at: Timestamp) {
    use VulnerabilityCategory as V;
    let it = &story.world.residents[resident];
    let category = match (it.minor(at), it.accompaniment) {
        (true, Some(Accompaniment::Unaccompanied)) => V::UnaccompaniedMinor,
        (true, _) => V::Minor,
        (false, _) => *story.chance.one(&[
            V::SeriousIllness,
            V::MentalDisorder,
            V::Torture,
            V::SeriousViolence,
            V::GenderBasedViolence,
            V::Disability,
            V::Lgbti,
        ]),
    };
    let noted = VulnerabilityNoted { category: Sealed::plain(category), note: None };
    story.of(resident, Role::Psychosocial, at, CaseCommand::NoteVulnerability(noted));
}

fn guidance(story: &mut Story, resident: usize, at: Timestamp) {
    let small = story.world.residents[resident].age(at) < 10;
    let noted = GuidanceNoted {
        triggers: vec![Sealed::plain(story.text(Topic::Trigger, resident))],
        helps: vec![Sealed::plain(story.text(Topic::Guidance, resident))],
        agreed_with: if small { Voice::Parent } else { Voice::Resident },
    };
    story.of(resident, Role::Companion, at, CaseCommand::NoteGuidance(noted));
}

fn network(story: &mut Story, resident: usize, at: Timestamp) {
    let tie = *story.chance.one(&[
        Tie::Sibling,
        Tie::Relative,
        Tie::Friend,
        Tie::Community,
        Tie::SchoolOrWork,
        Tie::Parent,
    ]);
    let noted = SupportNetworkNoted { tie, abroad: story.chance.happens(0.4), note: None };
    story.of(resident, Role::Companion, at, CaseCommand::NoteSupportNetwork(noted));
}

fn trusted(story: &mut Story, resident: usize, at: Timestamp) {
    let role = *story.chance.one(&[Role::Companion, Role::Frontline, Role::School, Role::Medical]);
    let named = TrustedPersonNamed {
        role: Some(role),
        colleague: None,
        name: None,
        shows: Vec::new(),
        levels: Vec::new(),
    };
    story.of(resident, Role::Companion, at, CaseCommand::NameTrustedPerson(named));
}

fn guardian(story: &mut Story, resident: usize, at: Timestamp) {
    let it = &story.world.residents[resident];
    if !it.open || !it.minor(at) {
        return;
    }
    let of_age = match it.born {
        BirthDate::Date(date) => date.saturating_add(18.years()),
        BirthDate::Year(year) => Date::new(year.saturating_add(19), 1, 1).unwrap_or(Date::MAX),
    };
    story.world.residents[resident].guardian = true;
    let name = Some(Sealed::plain(names::resident(&mut story.chance)));
    let assigned = GuardianAssigned { guardian: None, name, contact: None, since: None };
    story.of(resident, Role::Psychosocial, at, CaseCommand::AssignGuardian(assigned));
    let then = midnight(of_age) + SignedDuration::from_hours(34);
    story.later(then, move |story, at| {
        let it = &mut story.world.residents[resident];
        if it.open && it.guardian {
            it.guardian = false;
            let ended = GuardianEnded { reason: GuardianEndReason::Majority };
            story.of(resident, Role::Psychosocial, at, CaseCommand::EndGuardian(ended));
        }
    });
}

/// Somebody leaves with their family, unless one of them is on the move.
fn departure(story: &mut Story, at: Timestamp) {
    let found = (0..50).find_map(|_| {
        let resident = story.world.anybody(&mut story.chance)?;
        let family = story.world.residents[resident].family;
        let members: Vec<usize> = story.world.families[family].members.clone();
        let free =
            |member: &usize| story.world.residents[*member].open && !story.world.residents[*member].moving;
        // Drawn by residents, a family of five would be drawn five times as often.
        let once = story.chance.share() * members.len() as f64 <= 1.0;
        (once && members.iter().all(free)).then_some(members)
    });
    let reason = match story.chance.weighted([0.55, 0.1, 0.05, 0.15, 0.1, 0.05].into_iter()) {
        0 => CloseReason::OwnHousing,
        1 => CloseReason::ReturnOrOnward,
        2 => CloseReason::Removed,
        3 => CloseReason::RightEnded,
        4 => CloseReason::LeftUnknown,
        _ => CloseReason::OtherFacility,
    };
    for resident in found.into_iter().flatten() {
        story.of(resident, Role::Companion, at, CaseCommand::Close(Closed { reason, on: None, note: None }));
        story.world.residents[resident].open = false;
        story.world.leave(resident);
    }
}
