//! Who is where: centres, residents, families.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use nabij_model::case::Accompaniment;
use nabij_model::case::age::{BirthDate, today};
use nabij_model::id::{CaseId, CentreId, HouseholdId};
use nabij_model::text::{Code, StaffId};
use nabij_model::{Actor, Role};

use super::calibration as known;
use super::rng::Chance;
use super::texts::Tongue;

/// A centre.
#[derive(Debug)]
pub(super) struct Centre {
    pub(super) id: CentreId,
    /// How staff ids and register numbers call it.
    pub(super) code: String,
    pub(super) operator: &'static str,
    pub(super) french: bool,
    pub(super) places: usize,
    /// Who lives there now.
    pub(super) present: Vec<usize>,
    /// Entries that it made in the register.
    pub(super) registered: u32,
}

/// A resident, from arrival on.
#[derive(Debug)]
pub(super) struct Resident {
    pub(super) case: CaseId,
    pub(super) centre: usize,
    pub(super) family: usize,
    pub(super) born: BirthDate,
    pub(super) accompaniment: Option<Accompaniment>,
    pub(super) guardian: bool,
    /// The case is open and nobody closed it.
    pub(super) open: bool,
    pub(super) moving: bool,
    pub(super) missing: bool,
    pub(super) last_signal: Option<Timestamp>,
    pub(super) last_discussion: Option<Timestamp>,
}

impl Resident {
    pub(super) fn age(&self, at: Timestamp) -> i16 {
        self.born.age_on(today(at))
    }

    /// Below the age of majority that the policies ship with.
    pub(super) fn minor(&self, at: Timestamp) -> bool {
        self.age(at) < 18
    }
}

/// Those who came together; also who came alone.
#[derive(Debug)]
pub(super) struct Family {
    pub(super) household: HouseholdId,
    pub(super) members: Vec<usize>,
}

/// Everybody and every place.
#[derive(Debug, Default)]
pub(super) struct World {
    pub(super) centres: Vec<Centre>,
    pub(super) residents: Vec<Resident>,
    pub(super) families: Vec<Family>,
}

/// Who arrives together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Adult,
    Alone,
    Family { parents: u32, children: u32 },
}

impl Unit {
    /// Mixed so that the shares of minors and of unaccompanied minors are the published ones.
    pub(super) fn drawn(chance: &mut Chance) -> Self {
        let children = f64::from(known::MOST_CHILDREN + 1) / 2.0;
        let parents = 1.0 + known::BOTH_PARENTS;
        let alone = known::MINORS * known::UNACCOMPANIED;
        let families = (known::MINORS - alone) / children;
        let adults = 1.0 - known::MINORS - families * parents;
        match chance.weighted([adults, alone, families].into_iter()) {
            0 => Self::Adult,
            1 => Self::Alone,
            _ => Self::Family {
                parents: if chance.happens(known::BOTH_PARENTS) { 2 } else { 1 },
                children: u32::try_from(chance.between(1, i64::from(known::MOST_CHILDREN))).unwrap_or(1),
            },
        }
    }

    /// The ages, in years, of who arrives.
    pub(super) fn ages(self, chance: &mut Chance) -> Vec<i64> {
        let adult = |chance: &mut Chance| 18 + (12.0 * -(1.0 - chance.share()).ln()).min(55.0) as i64;
        match self {
            Self::Adult => vec![adult(chance)],
            Self::Alone => vec![chance.between(13, 17)],
            Self::Family { parents, children } => {
                let mut ages: Vec<i64> = (0..parents).map(|_| adult(chance).max(22)).collect();
                ages.extend((0..children).map(|_| chance.between(0, 17)));
                ages
            }
        }
    }

    /// With whom its minors came.
    pub(super) fn accompaniment(self) -> Option<Accompaniment> {
        match self {
            Self::Adult => None,
            Self::Alone => Some(Accompaniment::Unaccompanied),
            Self::Family { parents: 1, .. } => Some(Accompaniment::OneParent),
            Self::Family { .. } => Some(Accompaniment::Parents),
        }
    }
}

/// A birth that makes somebody `age` years old on `day`; of some only the year is known.
pub(super) fn birth(age: i64, day: Date, chance: &mut Chance) -> BirthDate {
    let born = day.saturating_sub(age.years()).saturating_sub(chance.between(0, 360).days());
    if chance.happens(known::ONLY_BIRTH_YEAR) { BirthDate::Year(born.year()) } else { BirthDate::Date(born) }
}

impl World {
    pub(super) fn present(&self) -> usize {
        self.centres.iter().map(|centre| centre.present.len()).sum()
    }

    /// Somebody who lives in the network and has a file; `None` now and then.
    pub(super) fn anybody(&self, chance: &mut Chance) -> Option<usize> {
        let mut place = chance.place(self.present());
        for centre in &self.centres {
            match centre.present.get(place) {
                Some(resident) => return Some(*resident).filter(|resident| self.residents[*resident].open),
                None => place -= centre.present.len(),
            }
        }
        None
    }

    /// Somebody else in the same centre.
    pub(super) fn neighbour(&self, of: usize, chance: &mut Chance) -> Option<usize> {
        let present = &self.centres[self.residents[of].centre].present;
        let found = *present.get(chance.place(present.len()))?;
        (found != of && self.residents[found].open).then_some(found)
    }

    /// The centre with the largest share of free places.
    pub(super) fn freest(&self, not: Option<usize>) -> usize {
        let free = |centre: &Centre| (centre.present.len() * 1_000_000) / centre.places.max(1);
        let others = self.centres.iter().enumerate().filter(|(number, _)| Some(*number) != not);
        others.min_by_key(|(number, centre)| (free(centre), *number)).map_or(0, |(number, _)| number)
    }

    pub(super) fn enter(&mut self, resident: usize, centre: usize) {
        self.residents[resident].centre = centre;
        self.centres[centre].present.push(resident);
    }

    pub(super) fn leave(&mut self, resident: usize) {
        let present = &mut self.centres[self.residents[resident].centre].present;
        if let Some(place) = present.iter().position(|other| *other == resident) {
            present.swap_remove(place);
        }
    }

    /// The language of the team that looks after `resident`.
    pub(super) fn tongue(&self, resident: usize) -> Tongue {
        self.centres[self.residents[resident].centre].tongue()
    }
}

impl Centre {
    pub(super) fn tongue(&self) -> Tongue {
        if self.french { Tongue::Fr } else { Tongue::Nl }
    }

    /// One of the staff: `number` tells colleagues of one role apart.
    pub(super) fn staff(&self, role: Role, number: i64) -> Actor {
        let subject = format!("{}-{}-{number}", role.as_str(), self.code);
        Actor {
            subject: StaffId::new(subject).expect("roles and codes are ASCII words"),
            role,
            centres: vec![self.id],
            operator: Some(self.operator()),
        }
    }

    pub(super) fn operator(&self) -> Code {
        Code::new(self.operator).expect("calibration holds codes")
    }
}

/// Headquarters of the network, for which no centre answers.
pub(super) fn headquarters() -> Actor {
    Actor {
        subject: StaffId::new("network-hq-1").expect("it is one"),
        role: Role::NetworkHq,
        centres: vec![],
        operator: None,
    }
}

/// The first moment of a day.
pub(super) fn midnight(day: Date) -> Timestamp {
    day.to_zoned(TimeZone::UTC).map_or(Timestamp::UNIX_EPOCH, |zoned| zoned.timestamp())
}
