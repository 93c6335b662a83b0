//! Who is on call when: persons, deputies, absences, shared addresses. A TOML file, `deploy/roster.toml`.
//!
//! ```text
//! role + centre + operator + moment ──▶ the duties of the centre, else of its operator, else of the network
//!                                   ──▶ whoever is there ──▶ else their deputies ──▶ else the next wider duty
//! ```
//!
//! Hours are in the network's time zone, so that a shift stays a shift when the clock is put forward or back. A roster never
//! keeps an alarm back: where nobody is on call, whoever has the duty at another hour hears it, and everybody of the role sees it
//! by server-sent events in any case.

mod contact;
mod file;
mod gaps;
mod hours;

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use nabij_model::escalation::Recipient;
use nabij_model::text::{Code, StaffId};
use nabij_model::{CentreId, Role};

pub use contact::{Address, Contact, Language};
pub use file::RosterError;
pub use gaps::Gap;
pub use hours::{Hours, NoHours};

/// Who is on call when.
#[derive(Debug, Clone)]
pub struct Roster {
    zone: TimeZone,
    people: BTreeMap<StaffId, Way>,
    shared: BTreeMap<Code, Way>,
    duties: Vec<Duty>,
    absences: Vec<Absence>,
}

impl Default for Roster {
    /// Nobody is named: everybody of a role hears by server-sent events.
    fn default() -> Self {
        Self {
            zone: TimeZone::UTC,
            people: BTreeMap::new(),
            shared: BTreeMap::new(),
            duties: Vec::new(),
            absences: Vec::new(),
        }
    }
}

/// How somebody is reached.
#[derive(Debug, Clone)]
struct Way {
    language: Language,
    email: Option<Address>,
    webhook: Option<Address>,
}

/// A role of a centre, of an operator or of the network, and who has it.
#[derive(Debug, Clone)]
struct Duty {
    role: Role,
    centre: Option<CentreId>,
    operator: Option<Code>,
    persons: Vec<StaffId>,
    deputies: Vec<StaffId>,
    shared: Vec<Code>,
    /// None: always.
    hours: Vec<Hours>,
    exceptions: Vec<Exception>,
}

/// Other persons on some days, all day.
#[derive(Debug, Clone)]
struct Exception {
    from: Date,
    to: Date,
    persons: Vec<StaffId>,
}

/// Somebody is away, both days counted.
#[derive(Debug, Clone)]
struct Absence {
    person: StaffId,
    from: Date,
    to: Date,
}

/// How near a duty is to a matter: the centre's own goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Nearness {
    Centre,
    Operator,
    Network,
}

impl Roster {
    /// The network's time zone.
    #[must_use]
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// Whether nobody is named at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.duties.is_empty()
    }

    /// Who hears as `role`, of a matter of this centre and operator, at this moment. Empty: nobody is named, and everybody of the
    /// role hears by server-sent events alone.
    #[must_use]
    pub fn hearing(
        &self,
        role: Role,
        centre: Option<CentreId>,
        operator: Option<&Code>,
        at: Timestamp,
    ) -> Vec<Contact> {
        self.hearing_without(role, centre, operator, at, &[])
    }

    /// The same, without staff who are implicated in the matter: their deputies hear it, else the next wider duty.
    #[must_use]
    pub fn hearing_without(
        &self,
        role: Role,
        centre: Option<CentreId>,
        operator: Option<&Code>,
        at: Timestamp,
        passed_over: &[StaffId],
    ) -> Vec<Contact> {
        let rungs = [Nearness::Centre, Nearness::Operator, Nearness::Network];
        let duties = |nearness| {
            self.duties
                .iter()
                .filter(move |duty| duty.role == role && duty.nearness(centre, operator) == Some(nearness))
        };
        let contacts = |nearness, on_call: bool| {
            let mut found: Vec<Contact> =
                duties(nearness).flat_map(|duty| self.contacts(duty, at, passed_over, on_call)).collect();
            found.sort();
            found.dedup();
            found
        };
        // First whoever is on call; an alarm in nobody's hours goes to whoever has the duty otherwise.
        let tries = [true, false].into_iter().flat_map(|on_call| rungs.map(|nearness| (nearness, on_call)));
        tries
            .map(|(nearness, on_call)| contacts(nearness, on_call))
            .find(|found| !found.is_empty())
            .unwrap_or_default()
    }

    fn contacts(&self, duty: &Duty, at: Timestamp, passed_over: &[StaffId], on_call: bool) -> Vec<Contact> {
        let local = at.to_zoned(self.zone.clone()).datetime();
        let exception = duty.exceptions.iter().find(|exception| exception.holds(local.date()));
        let in_hours = duty.hours.is_empty() || duty.hours.iter().any(|hours| hours.cover(local));
        if on_call && exception.is_none() && !in_hours {
            return Vec::new();
        }
        let there = |person: &&StaffId| {
            let away = self.absences.iter().any(|absence| absence.holds(person, local.date()));
            !away && !passed_over.contains(person)
        };
        let mut persons: Vec<&StaffId> =
            exception.map_or(&duty.persons, |exception| &exception.persons).iter().filter(there).collect();
        if persons.is_empty() {
            persons = duty.deputies.iter().filter(there).collect();
        }
        let person =
            |id: &StaffId| self.people.get(id).map(|way| way.contact(Recipient::Staff(id.clone()), None));
        let shared = |name: &Code| {
            self.shared.get(name).map(|way| way.contact(Recipient::Role(duty.role), Some(name.clone())))
        };
        persons.into_iter().filter_map(person).chain(duty.shared.iter().filter_map(shared)).collect()
    }
}

impl Way {
    fn contact(&self, to: Recipient, name: Option<Code>) -> Contact {
        let Self { language, email, webhook } = self.clone();
        Contact { to, name, language, email, webhook }
    }
}

impl Duty {
    fn nearness(&self, centre: Option<CentreId>, operator: Option<&Code>) -> Option<Nearness> {
        match (self.centre, &self.operator) {
            (Some(own), _) => (Some(own) == centre).then_some(Nearness::Centre),
            (None, Some(own)) => (Some(own) == operator).then_some(Nearness::Operator),
            (None, None) => Some(Nearness::Network),
        }
    }
}

impl Exception {
    fn holds(&self, day: Date) -> bool {
        self.from <= day && day <= self.to
    }
}

impl Absence {
    fn holds(&self, person: &StaffId, day: Date) -> bool {
        self.person == *person && self.from <= day && day <= self.to
    }
}

#[cfg(test)]
mod tests;
