//! A random history: what teams of three centres might write in a few weeks.

use nabij_model::case::{Case, CaseCommand};
use nabij_model::centre::{Centre, CentreCommand};
use nabij_model::discussion::{Discussion, DiscussionCommand};
use nabij_model::escalation::{Escalation, EscalationCommand};
use nabij_model::incident::{Incident, IncidentCommand};
use nabij_model::referral::{Referral, ReferralCommand};
use nabij_model::signal::{Signal, SignalCommand};
use rand::Rng;
use rand::SeedableRng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::place::{Place, payload};

/// What was written so far.
pub(crate) struct History {
    random: ChaCha8Rng,
    hour: i64,
    pub(crate) centres: Vec<Uuid>,
    pub(crate) cases: Vec<Uuid>,
    /// Who was erased.
    pub(crate) erased: Vec<Uuid>,
    signals: Vec<Uuid>,
    /// Signals with the run of a protocol on them.
    runs: Vec<(Uuid, Uuid)>,
    referrals: Vec<Uuid>,
    actions: Vec<(Uuid, Uuid)>,
    transfers: Vec<(Uuid, Uuid)>,
    concerns: Vec<(Uuid, Uuid)>,
    households: Vec<Uuid>,
    /// What rules raised.
    escalations: Vec<Uuid>,
    /// The last sequence.
    pub(crate) sequence: u64,
}

impl History {
    pub(crate) async fn begin(place: &Place, seed: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut id = || Uuid::from_u128(random.random());
        let centres = (0..3).map(|_| id()).collect();
        let households = (0..4).map(|_| id()).collect();
        let mut history = Self {
            random,
            hour: 0,
            centres,
            cases: vec![],
            erased: vec![],
            signals: vec![],
            runs: vec![],
            referrals: vec![],
            actions: vec![],
            transfers: vec![],
            concerns: vec![],
            households,
            escalations: vec![],
            sequence: 0,
        };
        for (number, centre) in history.centres.clone().into_iter().enumerate() {
            let body = json!({"code": format!("centre-{number}"), "name": "Aan Zee", "operator": "fedasil"});
            history.sequence = place.centre(0, centre, CentreCommand::Register(payload(body))).await;
        }
        history
    }

    fn pick(&mut self, from: &[Uuid]) -> Option<Uuid> {
        from.choose(&mut self.random).copied()
    }

    fn id(&mut self) -> Uuid {
        Uuid::from_u128(self.random.random())
    }

    /// One more command, of any kind; refused ones leave no trace.
    pub(crate) async fn step(&mut self, place: &Place) {
        self.hour += self.random.random_range(0..4);
        let done = match self.random.random_range(0..100) {
            0..12 => self.open(place).await,
            12..40 => self.of_case(place).await,
            40..55 => self.log_signal(place).await,
            55..72 => self.of_signal(place).await,
            72..78 => self.discuss(place).await,
            78..88 => self.refer(place).await,
            88..91 => self.register(place).await,
            91..93 => self.erase(place).await,
            93..96 => self.of_rule(place).await,
            _ => self.of_centre(place).await,
        };
        self.sequence = done.unwrap_or(self.sequence);
    }

    async fn open(&mut self, place: &Place) -> Option<u64> {
        let (id, centre) = (self.id(), self.pick(&self.centres.clone())?);
        let mut body = json!({"centre": centre, "birth_year": self.random.random_range(1970..2020),
            "languages": ["ps"], "resident": {"name": "planted name"}});
        if self.random.random_bool(0.5) {
            body["household"] = json!(self.pick(&self.households.clone())?);
        }
        if self.random.random_bool(0.7) {
            body["arrived_on"] = json!("2026-01-02");
        }
        self.cases.push(id);
        place.try_as::<Case>("team", self.hour, id, CaseCommand::Open(payload(body))).await
    }

    async fn of_case(&mut self, place: &Place) -> Option<u64> {
        let case = self.pick(&self.cases.clone())?;
        let soon = place.hour(self.hour + self.random.random_range(24..400)).strftime("%F").to_string();
        let command = match self.random.random_range(0..21) {
            0 => CaseCommand::Arrive(payload(json!({"on": "2026-01-03"}))),
            1 | 2 => {
                let level = self.random.random_range(1..4);
                CaseCommand::SetSupportLevel(payload(json!({"level": level, "review_on": soon})))
            }
            3 | 4 => {
                let action = self.id();
                self.actions.push((case, action));
                let body =
                    json!({"action": action, "what": "walk with her", "role": "companion", "due_on": soon});
                CaseCommand::AddPlanAction(payload(body))
            }
            5 => {
                let (case, action) = *self.actions.choose(&mut self.random)?;
                let done = CaseCommand::CompletePlanAction(payload(json!({"action": action})));
                return place.try_as::<Case>("team", self.hour, case, done).await;
            }
            6 => CaseCommand::NoteVulnerability(payload(json!({"category": self.category()}))),
            7 => CaseCommand::EndVulnerability(payload(json!({"category": self.category()}))),
            8 => CaseCommand::NoteGuidance(payload(
                json!({"triggers": ["noise"], "helps": ["tea"], "agreed_with": "resident"}),
            )),
            9 => CaseCommand::NoteContact(payload(json!({"with": "resident"}))),
            10 => CaseCommand::ReportMissing(payload(json!({"told": []}))),
            11 => CaseCommand::ReportFound(payload(json!({"how": "returned"}))),
            12 => CaseCommand::SetAccompaniment(payload(json!({"accompaniment": "one_parent"}))),
            13 => CaseCommand::Close(payload(json!({"reason": "own_housing"}))),
            14 => CaseCommand::Reopen(payload(json!({}))),
            _ => return self.transfer(place, case).await,
        };
        place.try_as::<Case>("team", self.hour, case, command).await
    }

    fn category(&mut self) -> &'static str {
        ["pregnancy", "disability", "torture"].choose(&mut self.random).copied().unwrap()
    }

    async fn transfer(&mut self, place: &Place, case: Uuid) -> Option<u64> {
        let step = self.random.random_range(0..6);
        if step == 0 || self.transfers.is_empty() {
            let (transfer, to) = (self.id(), self.pick(&self.centres.clone())?);
            let body = json!({"transfer": transfer, "to_centre": to, "kind": "family_reunion",
                "who_moves": "resident", "reason": "her aunt lives there", "alternatives": "none",
                "resident_view": "wants to go", "guardian_agreement": "agreed"});
            self.transfers.push((case, transfer));
            let command = CaseCommand::RequestTransfer(payload(body));
            return place.try_as::<Case>("team", self.hour, case, command).await;
        }
        let (case, transfer) = *self.transfers.choose(&mut self.random)?;
        let command = match step {
            1 => {
                let review = place.hour(self.hour + 72).strftime("%F").to_string();
                let body = json!({"transfer": transfer, "basis": {"imminent_danger": {"review_on": review}},
                    "summary_version": 1});
                CaseCommand::ApproveTransfer {
                    approval: payload(body),
                    follow_up: Default::default(),
                    withheld: vec![],
                }
            }
            2 => CaseCommand::Depart(payload(json!({"transfer": transfer}))),
            3 => CaseCommand::ArriveFromTransfer(payload(json!({"transfer": transfer}))),
            4 => CaseCommand::AcknowledgeHandover(payload(json!({"transfer": transfer}))),
            _ => CaseCommand::CancelTransfer(payload(json!({"transfer": transfer, "reason": "no bed"}))),
        };
        place.try_as::<Case>("team", self.hour, case, command).await
    }

    fn involved(&mut self) -> Vec<Value> {
        let count = self.random.random_range(0..3).min(self.cases.len());
        let cases: Vec<Uuid> = self.cases.choose_multiple(&mut self.random, count).copied().collect();
        let role = ["affected", "witness", "alleged_actor"];
        cases
            .iter()
            .map(|case| json!({"case": case, "role": role.choose(&mut self.random).unwrap()}))
            .collect()
    }

    async fn log_signal(&mut self, place: &Place) -> Option<u64> {
        let (id, centre) = (self.id(), self.pick(&self.centres.clone())?);
        let confidential = self.random.random_bool(0.1);
        let body = json!({"centre": centre, "note": "planted note", "category": "conflict",
            "cases": self.involved(), "involves_minor": self.random.random_bool(0.4), "strength": self.random.random_bool(0.2),
            "concerns_staff": confidential, "route": if confidential { "confidential" } else { "team" }});
        self.signals.push(id);
        place.try_as::<Signal>("reporter", self.hour, id, SignalCommand::Log(payload(body))).await
    }

    async fn of_signal(&mut self, place: &Place) -> Option<u64> {
        let signal = self.pick(&self.signals.clone())?;
        if self.random.random_bool(0.4) {
            return self.of_protocol(place, signal).await;
        }
        let told = *["reporter", "child", "parents", "guardian"].choose(&mut self.random)?;
        let kind = *["acknowledged", "action_taken", "outcome"].choose(&mut self.random)?;
        let command = match self.random.random_range(0..5) {
            0 | 1 => SignalCommand::Assess(payload(json!({"severity": "high", "blind": true}))),
            2 => SignalCommand::Dismiss(payload(json!({"note": "a game"}))),
            3 => SignalCommand::GiveFeedback(payload(json!({"to": told, "kind": kind}))),
            _ => SignalCommand::Correct(payload(json!({"reason": "wrong names", "cases": self.involved()}))),
        };
        place.try_as::<Signal>("colleague", self.hour, signal, command).await
    }

    async fn of_protocol(&mut self, place: &Place, signal: Uuid) -> Option<u64> {
        if self.runs.is_empty() || self.random.random_bool(0.3) {
            let run = self.id();
            let (soon, later) = (place.hour(self.hour + 1), place.hour(self.hour + 24));
            let body = json!({"run": run, "protocol": "conflict-among-children", "version": 1, "words": "planted words",
                "steps": [{"step": "safe", "role": "frontline", "deputies": ["companion"], "due_at": soon},
                          {"step": "hear", "role": "companion", "due_at": later, "after": "safe"}]});
            self.runs.push((signal, run));
            let command = SignalCommand::StartProtocol(payload(body));
            return place.try_as::<Signal>("colleague", self.hour, signal, command).await;
        }
        let (signal, run) = *self.runs.choose(&mut self.random)?;
        let step = *["safe", "hear"].choose(&mut self.random)?;
        let command = if self.random.random_bool(0.6) {
            SignalCommand::CompleteStep(payload(json!({"run": run, "step": step, "note": "planted note"})))
        } else {
            let body =
                json!({"run": run, "step": step, "because": "not_applicable", "reason": "planted reason"});
            SignalCommand::SkipStep(payload(body))
        };
        place.try_as::<Signal>("colleague", self.hour, signal, command).await
    }

    async fn discuss(&mut self, place: &Place) -> Option<u64> {
        let centre = self.pick(&self.centres.clone())?;
        let cases: Vec<Uuid> = self.cases.choose_multiple(&mut self.random, 2).copied().collect();
        let signals: Vec<Uuid> = self.signals.choose_multiple(&mut self.random, 1).copied().collect();
        let mut body = json!({"centre": centre, "kind": "multidisciplinary", "held_at": place.hour(self.hour),
            "cases": cases, "signals": signals, "strengths": ["she sings"]});
        if self.random.random_bool(0.5) {
            body["next_review"] = json!(place.hour(self.hour + 150).strftime("%F").to_string());
        }
        let id = self.id();
        place.try_as::<Discussion>("team", self.hour, id, DiscussionCommand::Hold(payload(body))).await
    }

    async fn refer(&mut self, place: &Place) -> Option<u64> {
        if self.referrals.is_empty() || self.random.random_bool(0.4) {
            let (id, case, centre) =
                (self.id(), self.pick(&self.cases.clone())?, self.pick(&self.centres.clone())?);
            let body = json!({"case": case, "centre": centre, "provider": "Dr X", "provider_kind": "psychologist",
                "reason": "sleeps badly", "consent": {"given": {"by": "self"}}});
            self.referrals.push(id);
            return place
                .try_as::<Referral>("team", self.hour, id, ReferralCommand::Request(payload(body)))
                .await;
        }
        let referral = self.pick(&self.referrals.clone())?;
        let command = match self.random.random_range(0..5) {
            0 => ReferralCommand::Waitlist(payload(json!({}))),
            1 => ReferralCommand::Accept(payload(json!({}))),
            2 => ReferralCommand::SetAppointment(payload(json!({"at": place.hour(self.hour + 50)}))),
            3 => ReferralCommand::Miss(payload(json!({"barrier": "transport"}))),
            _ => ReferralCommand::Complete(payload(json!({}))),
        };
        place.try_as::<Referral>("team", self.hour, referral, command).await
    }

    /// A rule asks for something, or what it asked for was done.
    async fn of_rule(&mut self, place: &Place) -> Option<u64> {
        if !self.escalations.is_empty() && self.random.random_bool(0.3) {
            let escalation = self.pick(&self.escalations.clone())?;
            let lapse = EscalationCommand::Lapse(payload(json!({"by": self.id()})));
            return place.try_as::<Escalation>("rules", self.hour, escalation, lapse).await;
        }
        let (id, centre) = (self.id(), self.pick(&self.centres.clone())?);
        let count = self.random.random_range(0..3).min(self.cases.len());
        let cases: Vec<Uuid> = self.cases.choose_multiple(&mut self.random, count).copied().collect();
        let signal = if self.random.random_bool(0.5) { self.pick(&self.signals.clone()) } else { None };
        let shown_as = *["worklist", "agenda", "alarm"].choose(&mut self.random)?;
        let body = json!({"rule": "three-concerns", "rule_version": 1, "severity": "moderate", "trigger": self.id(),
            "subject": {"centre": centre, "cases": cases, "signal": signal}, "title": "three-concerns", "step": 0,
            "recipients": ["psychosocial", "coordinator"], "acknowledge_by": place.hour(self.hour + 100),
            "confidential": self.random.random_bool(0.1), "shown_as": shown_as});
        self.escalations.push(id);
        let raise = EscalationCommand::Raise(payload(body));
        place.try_as::<Escalation>("rules", self.hour, id, raise).await
    }

    async fn register(&mut self, place: &Place) -> Option<u64> {
        let (id, centre) = (self.id(), self.pick(&self.centres.clone())?);
        let cases: Vec<Uuid> = self.cases.choose_multiple(&mut self.random, 1).copied().collect();
        let body = json!({"centre": centre, "source": "fedasil", "register_number": format!("2026/{}", id.simple().to_string().split_at(12).0),
            "incident_type": "violence", "occurred_at": place.hour(self.hour), "cases": cases});
        place.try_as::<Incident>("service", self.hour, id, IncidentCommand::Register(payload(body))).await
    }

    /// Two persons agree; who carries it out says so later, or not.
    async fn erase(&mut self, place: &Place) -> Option<u64> {
        let case = self.pick(&self.cases.clone())?;
        if self.random.random_bool(0.3) {
            let asked = CaseCommand::RequestErasure(payload(json!({"ground": "person_asked"})));
            return place.try_as::<Case>("first", self.hour, case, asked).await;
        }
        let done = place.try_erase(self.hour, case, &self.signals).await?;
        self.erased.push(case);
        if self.random.random_bool(0.5) {
            place.destroy(case).await;
            let completed = CaseCommand::CompleteErasure(payload(json!({"records": 1})));
            return place.try_as::<Case>("eraser", self.hour, case, completed).await;
        }
        Some(done)
    }

    async fn of_centre(&mut self, place: &Place) -> Option<u64> {
        let centre = self.pick(&self.centres.clone())?;
        let command = match self.random.random_range(0..4) {
            0 => CentreCommand::SetCapacity(payload(json!({"places": self.random.random_range(50..300)}))),
            1 => CentreCommand::ReportOccupancy(payload(
                json!({"as_at": place.hour(self.hour), "residents": self.random.random_range(20..300)}),
            )),
            2 => {
                let concern = self.id();
                self.concerns.push((centre, concern));
                let body = json!({"concern": concern, "theme": "staffing", "text": "nobody at night"});
                CentreCommand::RaiseConcern(payload(body))
            }
            _ => {
                let (centre, concern) = *self.concerns.choose(&mut self.random)?;
                let body = json!({"concern": concern, "answer": "two more from May"});
                return place
                    .try_as::<Centre>("hq", self.hour, centre, CentreCommand::AnswerConcern(payload(body)))
                    .await;
            }
        };
        place.try_as::<Centre>("team", self.hour, centre, command).await
    }
}
