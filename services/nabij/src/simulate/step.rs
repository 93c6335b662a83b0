//! One thing that somebody does: a command with who gives it, when, and how it looks over HTTP.

use jiff::Timestamp;
use nabij_model::case::CaseCommand;
use nabij_model::centre::CentreCommand;
use nabij_model::discussion::DiscussionCommand;
use nabij_model::incident::IncidentCommand;
use nabij_model::referral::ReferralCommand;
use nabij_model::signal::{LinkTarget, SignalCommand};
use nabij_model::{Actor, AggregateId, AggregateKind};
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

/// A command of any aggregate.
#[derive(Debug, Clone)]
pub(crate) enum Command {
    Case(CaseCommand),
    Signal(SignalCommand),
    Discussion(DiscussionCommand),
    Referral(ReferralCommand),
    Incident(IncidentCommand),
    Centre(CentreCommand),
}

/// One thing that somebody does.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    /// When: the `recorded_at` of what follows.
    pub(crate) at: Timestamp,
    /// Who.
    pub(crate) actor: Actor,
    /// On which aggregate.
    pub(crate) id: Uuid,
    /// What.
    pub(crate) command: Command,
}

/// The same over HTTP: `POST path` with `body`.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// Below the address of the server: `/v1/cases`.
    pub(crate) path: String,
    /// A JSON object; a new record brings its own `id` where the interface takes one.
    pub(crate) body: Value,
}

impl Step {
    /// Which aggregate.
    pub(crate) fn aggregate(&self) -> AggregateId {
        let kind = match self.command {
            Command::Case(_) => AggregateKind::Case,
            Command::Signal(_) => AggregateKind::Signal,
            Command::Discussion(_) => AggregateKind::Discussion,
            Command::Referral(_) => AggregateKind::Referral,
            Command::Incident(_) => AggregateKind::Incident,
            Command::Centre(_) => AggregateKind::Centre,
        };
        AggregateId::new(kind, self.id)
    }

    /// As a call; `None` for what no call does alone (an incident's side of a link goes in with the signal's) or what
    /// the network never simulates.
    ///
    /// # Errors
    /// When a value has no JSON form, which no command has.
    pub(crate) fn request(&self) -> Result<Option<Request>, serde_json::Error> {
        match &self.command {
            Command::Case(command) => self.case(command),
            Command::Signal(command) => self.signal(command),
            Command::Discussion(command) => self.discussion(command),
            Command::Referral(command) => self.referral(command),
            Command::Incident(command) => self.incident(command),
            Command::Centre(command) => self.centre(command),
        }
    }

    #[rustfmt::skip]
    fn case(&self, command: &CaseCommand) -> Answer {
        use CaseCommand as C;
        match command {
            C::Open(it) => self.creates("cases", it),
            C::Arrive(it) => self.on("cases", "arrival", it),
            C::NoteVulnerability(it) => self.on("cases", "vulnerabilities", it),
            C::AssignGuardian(it) => self.on("cases", "guardian", it),
            C::EndGuardian(it) => self.on("cases", "guardian/end", it),
            C::NoteSupportNetwork(it) => self.on("cases", "support-network", it),
            C::NameTrustedPerson(it) => self.on("cases", "trusted-persons", it),
            C::NoteGuidance(it) => self.on("cases", "guidance", it),
            C::NoteContact(it) => self.on("cases", "contacts", it),
            C::AddResponse(it) => self.on("cases", "responses", it),
            C::RecordScreening(it) => self.on("cases", "screenings", it),
            C::SetSupportLevel(it) => self.on("cases", "support-level", it),
            C::AddPlanAction(it) => self.on("cases", "plan-actions", it),
            C::CompletePlanAction(it) => self.on("cases", &format!("plan-actions/{}/completions", it.action), it),
            C::CancelPlanAction(it) => self.on("cases", &format!("plan-actions/{}/cancellations", it.action), it),
            C::RecordConsent(it) => self.on("cases", "consents", it),
            C::InformParents(it) => self.on("cases", "parents-informed", it),
            C::ReportMissing(it) => self.on("cases", "missing", it),
            C::ReportFound(it) => self.on("cases", "found", it),
            C::RequestTransfer(it) => self.on("cases", "transfers", it),
            C::ApproveTransfer { approval, .. } => self.on("cases", &format!("transfers/{}/approve", approval.transfer), approval),
            C::RefuseTransfer(it) => self.on("cases", &format!("transfers/{}/refuse", it.transfer), it),
            C::CancelTransfer(it) => self.on("cases", &format!("transfers/{}/cancel", it.transfer), it),
            C::Depart(it) => self.on("cases", &format!("transfers/{}/depart", it.transfer), it),
            C::ArriveFromTransfer(it) => self.on("cases", &format!("transfers/{}/arrive", it.transfer), it),
            C::AcknowledgeHandover(it) => self.on("cases", &format!("transfers/{}/acknowledge", it.transfer), it),
            C::Close(it) => self.on("cases", "close", it),
            _ => Ok(None),
        }
    }

    fn signal(&self, command: &SignalCommand) -> Answer {
        match command {
            SignalCommand::Log(it) => self.creates("signals", it),
            SignalCommand::Assess(it) => self.on("signals", "assessments", it),
            SignalCommand::Link(it) => self.on("signals", "links", it),
            SignalCommand::Unlink(it) => self.on("signals", "link-removals", it),
            SignalCommand::RejectLink(it) => self.on("signals", "link-rejections", it),
            SignalCommand::DoNotRegister(it) => self.on("signals", "non-registrations", it),
            SignalCommand::Dismiss(it) => self.on("signals", "dismissals", it),
            SignalCommand::GiveFeedback(it) => self.on("signals", "feedback", it),
            SignalCommand::Correct(it) => self.on("signals", "corrections", it),
            // The interface knows the steps.
            SignalCommand::StartProtocol(it) => {
                self.on("signals", "protocols", &json!({"protocol": it.protocol, "run": it.run}))
            }
            SignalCommand::CompleteStep(it) => {
                self.on("signals", &format!("protocols/{}/completions", it.run), it)
            }
            SignalCommand::SkipStep(it) => self.on("signals", &format!("protocols/{}/skips", it.run), it),
            // Nobody is erased in a simulated network.
            SignalCommand::Redact(_) | SignalCommand::MarkOverdue(_) => Ok(None),
        }
    }

    fn discussion(&self, command: &DiscussionCommand) -> Answer {
        match command {
            DiscussionCommand::Hold(it) => self.creates("discussions", it),
            DiscussionCommand::OfferDebrief(_) | DiscussionCommand::Redact(_) => Ok(None),
        }
    }

    fn referral(&self, command: &ReferralCommand) -> Answer {
        use ReferralCommand as C;
        match command {
            C::Request(it) => self.creates("referrals", it),
            C::Accept(it) => self.on("referrals", "accept", it),
            C::Waitlist(it) => self.on("referrals", "waitlist", it),
            C::Refuse(it) => self.on("referrals", "refuse", it),
            C::SetAppointment(it) => self.on("referrals", "appointment", it),
            C::Attend(it) => self.on("referrals", "attend", it),
            C::Miss(it) => self.on("referrals", "miss", it),
            C::Complete(it) => self.on("referrals", "complete", it),
            C::Withdraw(it) => self.on("referrals", "withdraw", it),
            C::RecordBarrier(it) => self.on("referrals", "barriers", it),
        }
    }

    fn incident(&self, command: &IncidentCommand) -> Answer {
        match command {
            IncidentCommand::Register(it) => call("/v1/incidents".into(), it),
            IncidentCommand::Link(it) if matches!(it.to, LinkTarget::Signal(_)) => Ok(None),
            IncidentCommand::Link(it) => self.on("incidents", "links", it),
            IncidentCommand::Unlink(it) => self.on("incidents", "link-removals", it),
            IncidentCommand::Reclassify(it) => self.on("incidents", "reclassifications", it),
            IncidentCommand::Close(it) => self.on("incidents", "close", it),
            IncidentCommand::Redact(_) => Ok(None),
        }
    }

    fn centre(&self, command: &CentreCommand) -> Answer {
        use CentreCommand as C;
        match command {
            C::Register(it) => self.creates("centres", it),
            C::SetCapacity(it) => self.on("centres", "capacity", it),
            C::ReportOccupancy(it) => self.on("centres", "occupancy", it),
            C::ReportStaffing(it) => self.on("centres", "staffing", it),
            C::HoldParticipation(it) => self.on("centres", "participations", it),
            C::RaiseConcern(it) => self.on("centres", "concerns", it),
            C::AnswerConcern(it) => self.on("centres", &format!("concerns/{}/answers", it.concern), it),
            C::PractiseProtocol(it) => self.on("centres", "protocols", it),
            _ => Ok(None),
        }
    }

    fn creates(&self, collection: &str, payload: &impl Serialize) -> Answer {
        let mut call = call(format!("/v1/{collection}"), payload)?;
        if let Some(Value::Object(body)) = call.as_mut().map(|call| &mut call.body) {
            body.insert("id".into(), Value::String(self.id.to_string()));
        }
        Ok(call)
    }

    fn on(&self, collection: &str, what: &str, payload: &impl Serialize) -> Answer {
        call(format!("/v1/{collection}/{}/{what}", self.id), payload)
    }
}

type Answer = Result<Option<Request>, serde_json::Error>;

fn call(path: String, payload: &impl Serialize) -> Answer {
    let mut body = serde_json::to_value(payload)?;
    plain(&mut body);
    Ok(Some(Request { path, body }))
}

/// A caller sends the value itself: on its way to the log it is `{"clear": .., "level": ..}`.
fn plain(value: &mut Value) {
    match value {
        Value::Object(fields) if fields.len() == 2 && fields.contains_key("level") => {
            match fields.remove("clear") {
                Some(clear) => *value = clear,
                None => fields.values_mut().for_each(plain),
            }
        }
        Value::Object(fields) => fields.values_mut().for_each(plain),
        Value::Array(items) => items.iter_mut().for_each(plain),
        _ => {}
    }
}
