//! What really happened: the truth, decided when it happens, with every record that will be made of it.

use jiff::{SignedDuration, Timestamp};
use nabij_model::case::Accompaniment;
use nabij_model::id::{CaseId, CentreId};
use nabij_model::incident::{self, Level};
use nabij_model::signal::{NonRegistrationReason, Severity};
use nabij_model::text::RegisterNumber;
use serde::Serialize;
use uuid::Uuid;

use super::calibration::{self as known, Kind, Whom};
use super::rng::Chance;
use super::world::World;

/// Where a record of an occurrence stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Source {
    Frontline,
    OwnVoice,
    MedicalNote,
    Discussion,
    OfficialRegister,
}

/// One record of it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Capture {
    pub(crate) source: Source,
    /// The signal, discussion or incident.
    pub(crate) id: Uuid,
    pub(crate) recorded_at: Timestamp,
    /// Another record made somebody write it: no independent list.
    pub(crate) prompted: bool,
}

/// What part somebody had.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Part {
    pub(crate) case: CaseId,
    /// `affected`, `alleged_actor`, `witness`, as a signal says it.
    pub(crate) role: nabij_model::signal::Involvement,
}

/// One line of the truth.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Occurrence {
    pub(crate) occurrence: Uuid,
    pub(crate) occurred_at: Timestamp,
    pub(crate) centre: CentreId,
    pub(crate) operator: &'static str,
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    pub(crate) severity: Severity,
    pub(crate) level: Level,
    /// A minor is affected.
    pub(crate) minor: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) accompaniment: Option<Accompaniment>,
    pub(crate) parts: Vec<Part>,
    /// In the order in which they were made, within the simulated time.
    pub(crate) captures: Vec<Capture>,
    pub(crate) registered: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) register_number: Option<String>,
    /// Somebody recorded why it was not registered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) not_registered: Option<Reasoned>,
    /// Somebody linked its records to each other.
    pub(crate) linked: bool,
}

/// A recorded decision not to register.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Reasoned {
    pub(crate) reason: NonRegistrationReason,
    pub(crate) recorded_at: Timestamp,
}

impl Occurrence {
    /// Its number in the register, where it has one.
    pub(crate) fn number(&self) -> RegisterNumber {
        let number = self.register_number.as_deref().unwrap_or("0");
        RegisterNumber::new(number).expect("codes and running numbers are register numbers")
    }

    /// The first record of this source.
    pub(crate) fn capture(&self, source: Source) -> Option<&Capture> {
        self.captures.iter().find(|capture| capture.source == source)
    }

    /// The records that are signals, in order.
    pub(crate) fn signals(&self) -> impl Iterator<Item = &Capture> {
        self.captures
            .iter()
            .filter(|one| matches!(one.source, Source::Frontline | Source::OwnVoice | Source::MedicalNote))
    }
}

/// Decides what happens at `at`, and what is ever written of it before `end`. Gives the resident to whom; `None` when nobody
/// is there to whom it could.
pub(super) fn happen(
    world: &mut World,
    at: Timestamp,
    end: Timestamp,
    chance: &mut Chance,
) -> Option<(usize, Occurrence)> {
    let kind = &known::KINDS[chance.weighted(known::KINDS.iter().map(|kind| kind.weight))];
    let affected = (0..40).find_map(|_| {
        let found = world.anybody(chance)?;
        let minor = world.residents[found].minor(at);
        let fits = match kind.whom {
            Whom::Anybody => true,
            Whom::Minors => minor,
            Whom::Adults => !minor,
        };
        fits.then_some(found)
    })?;
    let severity = severity(kind, chance);
    let (minor, accompaniment) = {
        let resident = &world.residents[affected];
        let minor = resident.minor(at);
        (minor, resident.accompaniment.filter(|_| minor))
    };
    let centre = world.residents[affected].centre;
    let mut occurrence = Occurrence {
        occurrence: chance.id(at),
        occurred_at: at,
        centre: world.centres[centre].id,
        operator: world.centres[centre].operator,
        kind: kind.code,
        severity,
        level: level(severity),
        minor,
        accompaniment,
        parts: parts(world, affected, kind, chance),
        captures: Vec::new(),
        registered: false,
        register_number: None,
        not_registered: None,
        linked: chance.happens(known::LINKED),
    };
    record(&mut occurrence, end, chance);
    if occurrence.registered {
        let centre = &mut world.centres[centre];
        centre.registered += 1;
        occurrence.register_number = Some(format!("{}-{}", centre.code, centre.registered));
        let operator = centre.operator();
        let id = Uuid::from(incident::id_of(operator.as_str(), &operator, &occurrence.number()));
        let registers = |capture: &&mut Capture| capture.source == Source::OfficialRegister;
        occurrence.captures.iter_mut().filter(registers).for_each(|capture| capture.id = id);
    }
    Some((affected, occurrence))
}

fn severity(kind: &Kind, chance: &mut Chance) -> Severity {
    let weights = (0_u8..)
        .zip(known::SEVERITIES)
        .map(|(step, (_, share))| share * (kind.graver * (f64::from(step) - 1.5)).exp());
    known::SEVERITIES[chance.weighted(weights)].0
}

fn level(severity: Severity) -> Level {
    match severity {
        Severity::Unsure => Level::Unknown,
        Severity::Low | Severity::Moderate => Level::Minor,
        Severity::High => Level::Major,
        Severity::Acute => Level::Critical,
    }
}

fn parts(world: &World, affected: usize, kind: &Kind, chance: &mut Chance) -> Vec<Part> {
    use nabij_model::signal::Involvement::{Affected, AllegedActor, Witness};
    let mut parts = vec![Part { case: world.residents[affected].case, role: Affected }];
    for (share, role) in [(kind.actor, AllegedActor), (0.15, Witness)] {
        if !chance.happens(share) {
            continue;
        }
        if let Some(other) = world.neighbour(affected, chance) {
            let case = world.residents[other].case;
            if parts.iter().all(|part| part.case != case) {
                parts.push(Part { case, role });
            }
        }
    }
    parts
}

/// Who writes it down, independently of each other or prompted, and when.
fn record(it: &mut Occurrence, end: Timestamp, chance: &mut Chance) {
    let step = known::SEVERITIES.iter().position(|(severity, _)| *severity == it.severity).unwrap_or(0);
    let visible = (known::VISIBILITY_SPREAD * chance.normal()).exp();
    let at = it.occurred_at;
    let hours = |hours| SignedDuration::from_hours(hours);
    let mut made = Vec::new();
    for (source, shares, mean) in [
        (Source::Frontline, known::FRONTLINE, if step == 3 { hours(1) } else { hours(10) }),
        (Source::OwnVoice, known::OWN_VOICE, hours(140)),
        (Source::MedicalNote, known::MEDICAL_NOTE, hours(40)),
        (Source::Discussion, known::DISCUSSION, hours(110)),
        (Source::OfficialRegister, known::REGISTER, hours(60)),
    ] {
        let fewer =
            if it.minor && source == Source::OfficialRegister { known::REGISTER_OF_MINORS } else { 1.0 };
        if chance.happens(seen(shares[step] * fewer, visible)) {
            let recorded_at = at + chance.wait(mean) + SignedDuration::from_mins(10);
            made.push(Capture { source, id: chance.id(recorded_at), recorded_at, prompted: false });
        }
    }
    made.sort_by_key(|capture| capture.recorded_at);
    it.captures = made;
    let first = it.signals().next().map(|signal| signal.recorded_at);
    if let Some(first) = first {
        prompted(it, first, chance);
    }
    it.captures.retain(|capture| capture.recorded_at < end);
    it.captures.sort_by_key(|capture| capture.recorded_at);
    it.registered = it.capture(Source::OfficialRegister).is_some();
    let first = it.signals().next().map(|signal| signal.recorded_at);
    if let Some(first) = first.filter(|_| !it.registered && chance.happens(known::REASONED)) {
        let recorded_at = first + chance.wait(hours(90)) + hours(1);
        let reason = known::REASONS[chance.weighted(known::REASONS.iter().map(|(_, weight)| *weight))].0;
        it.not_registered = (recorded_at < end).then_some(Reasoned { reason, recorded_at });
    }
}

/// What a first signal leads to: a discussion of it, and a registration because of that discussion.
fn prompted(it: &mut Occurrence, first: Timestamp, chance: &mut Chance) {
    let hours = |hours| SignedDuration::from_hours(hours);
    if it.capture(Source::Discussion).is_none() && chance.happens(known::DISCUSSED) {
        let recorded_at = first + chance.wait(hours(100)) + hours(2);
        let id = chance.id(recorded_at);
        it.captures.push(Capture { source: Source::Discussion, id, recorded_at, prompted: true });
        if it.capture(Source::OfficialRegister).is_none()
            && chance.happens(known::REGISTERED_AFTER_DISCUSSION)
        {
            let recorded_at = recorded_at + chance.wait(hours(48)) + hours(1);
            let id = chance.id(recorded_at);
            it.captures.push(Capture { source: Source::OfficialRegister, id, recorded_at, prompted: true });
        }
    }
}

/// The chance `p` with its odds multiplied by how visible the thing is.
fn seen(p: f64, visible: f64) -> f64 {
    let odds = p / (1.0 - p) * visible;
    odds / (1.0 + odds)
}
