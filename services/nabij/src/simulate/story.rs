//! The network's days as commands in the order of time.
//!
//! What happens by itself is drawn for each day; what follows from it waits in a queue until its moment. Only that queue,
//! the residents and the centres are held, so a story may be as long as one likes.

use std::collections::{BTreeMap, VecDeque};

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};
use nabij_model::case::CaseCommand;
use nabij_model::case::age::today;
use nabij_model::{Actor, Role};
use nabij_protocols::Protocols;
use uuid::Uuid;

use super::calibration as known;
use super::followup::{centres, contacts, intake, records, transfers};
use super::occurrences::{self, Occurrence};
use super::rng::Chance;
use super::step::{Command, Step};
use super::texts::{self, Topic};
use super::world::{World, midnight};

/// What to simulate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) centres: usize,
    /// Cases that are opened in all: who lives there at the start, and who arrives later.
    pub(crate) cases: usize,
    pub(crate) days: u32,
    pub(crate) seed: u64,
    /// The first day.
    pub(crate) start: Date,
}

impl Plan {
    /// Residents at a time: in these days `days / mean stay` of them leave and are replaced.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of a count"
    )]
    pub(super) fn population(&self) -> usize {
        let turnover = f64::from(self.days) / known::MEAN_STAY_DAYS;
        ((self.cases as f64 / (1.0 + turnover)).ceil() as usize).min(self.cases)
    }

    /// The moment after the last day.
    pub(crate) fn end(&self) -> Timestamp {
        midnight(self.start.saturating_add(i64::from(self.days).days()))
    }

    /// Cases that are opened before day `day` ends, counted from 0.
    fn opened_by(&self, day: u32) -> usize {
        let later = self.cases - self.population();
        self.population() + later * (day as usize + 1) / (self.days as usize).max(1)
    }
}

/// What is to be done at a moment.
type Task = Box<dyn FnOnce(&mut Story, Timestamp) + Send>;

/// The network's days: an iterator of commands in the order of time.
pub(crate) struct Story {
    pub(super) plan: Plan,
    pub(super) chance: Chance,
    pub(super) world: World,
    pub(super) protocols: Protocols,
    queue: BTreeMap<(Timestamp, u64), Task>,
    queued: u64,
    steps: VecDeque<Step>,
    truth: VecDeque<Occurrence>,
    /// Days that were begun.
    day: u32,
}

impl Story {
    /// A story that has not begun.
    pub(crate) fn new(plan: Plan) -> Self {
        Self {
            plan,
            chance: Chance::new(plan.seed),
            world: World::default(),
            protocols: Protocols::shipped(),
            queue: BTreeMap::new(),
            queued: 0,
            steps: VecDeque::new(),
            truth: VecDeque::new(),
            day: 0,
        }
    }

    /// What really happened and was not given yet.
    pub(crate) fn truth(&mut self) -> impl Iterator<Item = Occurrence> + '_ {
        self.truth.drain(..)
    }

    /// Days that were begun, of all.
    pub(crate) fn day(&self) -> u32 {
        self.day
    }

    /// Does it at `at`; never, when the story has ended by then.
    pub(super) fn later(&mut self, at: Timestamp, task: impl FnOnce(&mut Self, Timestamp) + Send + 'static) {
        if at < self.plan.end() {
            self.queued += 1;
            self.queue.insert((at, self.queued), Box::new(task));
        }
    }

    /// Does it after about `mean`, by day.
    pub(super) fn after(
        &mut self,
        at: Timestamp,
        mean: SignedDuration,
        task: impl FnOnce(&mut Self, Timestamp) + Send + 'static,
    ) {
        let then = at + self.chance.wait(mean) + SignedDuration::from_mins(20);
        let then = self.by_day(then);
        self.later(then, task);
    }

    pub(super) fn say(&mut self, at: Timestamp, actor: Actor, id: impl Into<Uuid>, command: Command) {
        self.steps.push_back(Step { at, actor, id: id.into(), command });
    }

    /// Says it of a resident, by somebody of their centre.
    pub(super) fn of(&mut self, resident: usize, role: Role, at: Timestamp, command: CaseCommand) {
        let (case, centre) = (self.world.residents[resident].case, self.world.residents[resident].centre);
        let actor = self.staff(centre, role);
        self.say(at, actor, case, Command::Case(command));
    }

    /// One of the colleagues of a role.
    pub(super) fn staff(&mut self, centre: usize, role: Role) -> Actor {
        let colleagues = match role {
            Role::Frontline => 8,
            Role::Companion => 5,
            Role::Psychosocial | Role::Medical => 2,
            _ => 1,
        };
        let number = self.chance.between(1, colleagues);
        self.world.centres[centre].staff(role, number)
    }

    /// A text in the language of the resident's team.
    pub(super) fn text(&mut self, topic: Topic, resident: usize) -> String {
        texts::about(topic, self.world.tongue(resident), &mut self.chance)
    }

    /// Moves a moment of the night to the next morning, so that "today" is the same day everywhere.
    pub(super) fn by_day(&mut self, at: Timestamp) -> Timestamp {
        const DAY: i64 = 24 * 3600;
        let second = at.as_second().rem_euclid(DAY);
        let midnight = at - SignedDuration::from_secs(second);
        let mut shift = |hours| {
            SignedDuration::from_hours(hours) + SignedDuration::from_secs(self.chance.between(0, 3 * 3600))
        };
        match second {
            ..25_200 => midnight + shift(7),
            68_400.. => midnight + shift(24 + 7),
            _ => at,
        }
    }

    /// Some moment of the working hours of day `day`.
    pub(super) fn moment(&mut self, day: u32) -> Timestamp {
        let start = midnight(self.plan.start.saturating_add(i64::from(day).days()));
        start
            + SignedDuration::from_hours(7)
            + SignedDuration::from_millis(self.chance.between(0, 12 * 3_600_000 - 1))
    }

    /// The day, as the rules see it.
    pub(super) fn date(at: Timestamp, days_ahead: i64) -> Date {
        today(at).saturating_add(days_ahead.days())
    }

    fn begin_day(&mut self) {
        let day = self.day;
        self.day += 1;
        if day == 0 {
            centres::begin(self);
            intake::population(self);
        }
        intake::arrivals(self, day, self.plan.opened_by(day));
        centres::day(self, day);
        if day == 0 {
            // Files are opened on this day; follow-up is written from the next one on.
            return;
        }
        #[expect(clippy::cast_precision_loss, reason = "a count of residents")]
        let residents = self.world.present() as f64;
        contacts::day(self, day, residents);
        records::day(self, day, residents);
        transfers::day(self, day, residents);
        for _ in 0..self.chance.count(residents * known::OCCURRENCES_PER_1000_DAYS / 1000.0) {
            let start = midnight(self.plan.start.saturating_add(i64::from(day).days()));
            let at = start + SignedDuration::from_secs(self.chance.between(0, 24 * 3600 - 1));
            self.later(at, |story, at| {
                let end = story.plan.end();
                let happened = occurrences::happen(&mut story.world, at, end, &mut story.chance);
                if let Some((affected, occurrence)) = happened {
                    records::plan(story, affected, &occurrence);
                    story.truth.push_back(occurrence);
                }
            });
        }
    }
}

impl Iterator for Story {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        loop {
            if let Some(step) = self.steps.pop_front() {
                return Some(step);
            }
            let begun = midnight(self.plan.start.saturating_add(i64::from(self.day).days()));
            match self.queue.first_entry() {
                Some(entry) if entry.key().0 < begun => {
                    let ((at, _), task) = entry.remove_entry();
                    task(self, at);
                }
                _ if self.day < self.plan.days => self.begin_day(),
                _ => return None,
            }
        }
    }
}

impl std::fmt::Debug for Story {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Story(day {} of {}, {} to do)", self.day, self.plan.days, self.queue.len())
    }
}
