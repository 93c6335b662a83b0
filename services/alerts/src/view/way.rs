//! The way of one escalation, folded from its events: which rung stands, who was told, who missed it, what was promised.

use jiff::Timestamp;
use nabij_model::Role;
use nabij_model::escalation::{
    Channel, DeliveryFailure, EscalationSeverity, HandedUp, Missed, NotificationFailed, NotificationParked,
    Notified, Raised, Recipient, Reminded, Rungs, ShownAs,
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::{Standing, StepTaken};

/// One rung: those who heard it, and those above who would.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RungShown {
    /// Its number, from 0.
    pub step: u32,
    /// The roles that hear it there.
    pub roles: Vec<Role>,
    /// Since when they hear it; absent: not yet.
    pub since: Option<Timestamp>,
    /// Until when they can answer, while it stands here or once stood.
    pub acknowledge_by: Option<Timestamp>,
    /// What they missed, when it climbed on from here.
    pub missed: Option<Missed>,
    /// How often they were reminded.
    pub reminders: u32,
    /// Who was told there, by what, and when.
    pub told: Vec<Told>,
}

/// How telling somebody ended.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Told {
    /// Who.
    pub to: Recipient,
    /// By what.
    pub channel: Channel,
    /// When that was written down.
    pub at: Timestamp,
    /// Why it did not arrive; absent: it did.
    pub failed: Option<DeliveryFailure>,
    /// When it is tried again.
    pub next_try: Option<Timestamp>,
    /// It is not tried again until somebody asks for it.
    pub parked: bool,
}

/// Who took it up.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct TakenUpBy {
    /// Who.
    pub by: String,
    /// In which role.
    pub role: Role,
    /// When.
    pub at: Timestamp,
    /// What they promised; past it, unresolved, an alarm climbs again.
    pub until: Timestamp,
}

/// Where an escalation stands on its way.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Way {
    /// The rule.
    pub rule: String,
    /// How loud.
    pub severity: EscalationSeverity,
    /// Where it shows.
    pub shown_as: ShownAs,
    /// The rung on which it stands.
    pub step: u32,
    /// Every rung.
    pub rungs: Vec<RungShown>,
    #[serde(skip)]
    times: Rungs,
    /// Who has it now.
    pub taken_up: Option<TakenUpBy>,
    /// When it climbs next unless somebody answers; absent: it does not climb any more by itself.
    pub climbs_at: Option<Timestamp>,
    /// Nobody answered, and nobody is reminded any more.
    pub unanswered: bool,
}

impl Way {
    /// Of a `raised`; `None` when the body is none.
    pub(super) fn raised(step: &StepTaken) -> Option<Self> {
        let raised: Raised = serde_json::from_value(step.body.clone()).ok()?;
        let alarm = raised.shown_as.is_alarm();
        let times = Rungs::of(&raised, step.at);
        let mut rungs: Vec<RungShown> =
            times.numbered().map(|(number, rung)| RungShown::new(number, rung.to.clone())).collect();
        rungs[0].since = Some(raised.heard_from.unwrap_or(step.at));
        rungs[0].acknowledge_by = Some(raised.acknowledge_by).filter(|_| alarm);
        Some(Self {
            rule: raised.rule.to_string(),
            severity: raised.severity,
            shown_as: raised.shown_as,
            step: raised.step,
            rungs,
            times,
            taken_up: None,
            climbs_at: Some(raised.acknowledge_by).filter(|_| alarm),
            unanswered: false,
        })
    }

    /// Takes one more event in. Gives where the escalation stands after it, when that changes.
    pub(super) fn take(&mut self, step: &StepTaken) -> Option<Standing> {
        match step.name.as_str() {
            "acknowledged" => self.taken_up(step),
            "handed_up" => read(&step.body).map(|event| self.handed_up(step.at, event)),
            "reminded" => read(&step.body).map(|event| self.reminded(event)),
            "resolved" | "lapsed" => {
                self.climbs_at = None;
                self.unanswered = false;
                Some(Standing::Resolved)
            }
            "notified" => {
                let Notified { channel, to, step: rung, .. } = read(&step.body)?;
                self.told(
                    rung,
                    Told { to, channel, at: step.at, failed: None, next_try: None, parked: false },
                )
            }
            "notification_failed" => {
                let NotificationFailed { channel, to, step: rung, reason, next_try, .. } = read(&step.body)?;
                self.told(
                    rung,
                    Told { to, channel, at: step.at, failed: Some(reason), next_try, parked: false },
                )
            }
            "notification_parked" => {
                let NotificationParked { channel, to, step: rung, reason, .. } = read(&step.body)?;
                let told =
                    Told { to, channel, at: step.at, failed: Some(reason), next_try: None, parked: true };
                self.told(rung, told)
            }
            _ => None,
        }
    }

    fn taken_up(&mut self, step: &StepTaken) -> Option<Standing> {
        let role: Role = read(step.body.get("by")?)?;
        let until = self.times.promised(self.step, step.at, step.body.get("until").and_then(read));
        self.taken_up = Some(TakenUpBy { by: step.by.clone(), role, at: step.at, until });
        self.climbs_at = Some(until).filter(|_| self.shown_as.is_alarm());
        self.unanswered = false;
        Some(Standing::Acknowledged)
    }

    fn handed_up(&mut self, at: Timestamp, event: HandedUp) -> Standing {
        if let Some(rung) = self.rung(self.step) {
            rung.missed = event.because;
        }
        self.step = event.step;
        self.taken_up = None;
        self.climbs_at = Some(event.acknowledge_by);
        if self.rung(event.step).is_none() {
            self.rungs.push(RungShown::new(event.step, event.recipients));
        }
        if let Some(rung) = self.rung(event.step) {
            rung.since = Some(event.heard_from.unwrap_or(at));
            rung.acknowledge_by = Some(event.acknowledge_by);
        }
        Standing::Open
    }

    fn reminded(&mut self, event: Reminded) -> Standing {
        if let Some(rung) = self.rung(event.step) {
            rung.reminders = event.number;
            rung.missed = event.because.or(rung.missed);
            rung.acknowledge_by = Some(event.acknowledge_by);
        }
        self.taken_up = None;
        self.unanswered = event.last;
        self.climbs_at = (!event.last).then_some(event.acknowledge_by);
        Standing::Open
    }

    fn told(&mut self, rung: u32, told: Told) -> Option<Standing> {
        let rung = self.rung(rung)?;
        // The last word on each recipient and channel: what failed and then arrived has arrived.
        rung.told.retain(|before| before.to != told.to || before.channel != told.channel);
        rung.told.push(told);
        None
    }

    fn rung(&mut self, step: u32) -> Option<&mut RungShown> {
        self.rungs.iter_mut().find(|rung| rung.step == step)
    }

    /// The roles that are to answer now.
    #[must_use]
    pub fn asked(&self) -> &[Role] {
        self.rungs.iter().find(|rung| rung.step == self.step).map_or(&[], |rung| &rung.roles)
    }
}

impl RungShown {
    fn new(step: u32, roles: Vec<Role>) -> Self {
        Self { step, roles, since: None, acknowledge_by: None, missed: None, reminders: 0, told: Vec::new() }
    }
}

fn read<T: serde::de::DeserializeOwned>(body: &Value) -> Option<T> {
    T::deserialize(body).ok()
}
