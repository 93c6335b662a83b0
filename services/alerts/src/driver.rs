//! Follows the log, feeds the machines, and has done what they want done.

use std::convert::Infallible;
use std::mem::discriminant;
use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::Pool;
use futures::StreamExt;
use jiff::Timestamp;
use nabij_engine::{EngineError, follow, prefetch};
use nabij_log::{DecodeError, ExecuteError, KnownAt, Log, LogError, Raw};
use nabij_model::escalation::EscalationEvent;
use nabij_model::{AggregateKind, Event, Policies, Recorded};
use nabij_protocols::Protocols;
use nabij_underreporting::reportability::Reportability;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep};

use crate::adoption::{adopt_new, adoptions};
use crate::care::Caring;
use crate::carry_out::{CarryOut, service_actor};
use crate::deliver::post::Post;
use crate::deliver::{Channels, Outbox};
use crate::evaluate::{Evaluator, Todo};
use crate::figures::{Figures, Measured};
use crate::ladder::{Climb, Ladder};
use crate::leader::Leader;
use crate::machine::Machine;
use crate::pace::Pace;
use crate::roster::Roster;
use crate::rule::Rule;
use crate::settled::Settled;

/// A deadline passes without any event: how late it may be noticed.
const AT_LEAST: Duration = Duration::from_millis(500);
/// Events that are fed before anything is done, while behind.
const BATCH: usize = 1024;
/// Things done at once.
const AT_ONCE: usize = 16;
/// Pause after trouble.
const PAUSE: Duration = Duration::from_millis(500);

/// Why the driver starts again.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DriveError {
    #[error(transparent)]
    Read(#[from] EngineError),
    #[error(transparent)]
    Log(#[from] LogError),
    #[error("a rule cannot be adopted: {0}")]
    Adopt(#[from] ExecuteError),
    #[error("the reader of the log ended")]
    Closed,
}

/// What the driver needs.
#[derive(Debug, Clone)]
pub struct Driver {
    /// The log.
    pub log: Log,
    /// Whose accepted gaps are read past.
    pub pool: Pool,
    /// The rules.
    pub rules: Arc<Vec<Rule>>,
    /// What must be registered.
    pub reportability: Arc<Reportability>,
    /// Ages and periods.
    pub policies: Arc<Policies>,
    /// Who is on call when.
    pub roster: Arc<Roster>,
    /// How fast people are told.
    pub pace: Arc<Pace>,
    /// How people are told.
    pub channels: Arc<Channels>,
    /// The protocols that start by themselves.
    pub protocols: Arc<Protocols>,
}

/// How far the machines know the log, and until when everything recorded is known.
struct Place {
    sequence: u64,
    /// Below it, what is due may have been done already.
    caught_up_at: u64,
    /// The clock, read before the end of the log was: everything recorded until then is known once `sequence` reaches `until`.
    looked: Option<(Timestamp, u64)>,
    known_until: Timestamp,
}

impl Driver {
    /// For ever: starts again after trouble, from what the log says.
    pub(crate) async fn run(&self, leader: &Leader) -> Infallible {
        let mut post = Post::new(
            self.log.clone(),
            Arc::clone(&self.rules),
            Arc::clone(&self.policies),
            Arc::clone(&self.channels),
        );
        loop {
            match self.follow(leader, &mut post).await {
                Ok(()) => {}
                Err(error) => {
                    tracing::warn!(%error, "the rules begin again: {error}");
                    sleep(PAUSE).await;
                }
            }
        }
    }

    /// Until something fails, or a rule is adopted anew: then everything is read again.
    async fn follow(&self, leader: &Leader, post: &mut Post) -> Result<(), DriveError> {
        let mut leads = leader.leads();
        if leads {
            adopt_new(&self.log, &self.rules, &self.policies, &service_actor(), Timestamp::now()).await?;
        }
        let head = self.log.head().await?.sequence;
        let adopted = adoptions(&self.log, &self.rules).await?;
        let mut rules = Evaluator::new(
            Arc::clone(&self.rules),
            Arc::clone(&self.reportability),
            Arc::clone(&self.policies),
            &adopted,
        );
        let mut ladder = Ladder::new(Arc::clone(&self.roster), Arc::clone(&self.pace));
        let mut outbox =
            Outbox::new(Arc::clone(&self.roster), Arc::clone(&self.pace), self.channels.through());
        let (mut climbing, mut raising) = (Settled::new(AT_ONCE), Settled::new(AT_ONCE));
        // One after another: two of them may be on one signal.
        let mut caring_for = Settled::new(1);
        let mut looked_for_gaps = false;
        let carry_out = CarryOut::new(
            self.log.clone(),
            Arc::clone(&self.rules),
            Arc::clone(&self.policies),
            Arc::clone(&self.roster),
            Arc::clone(&self.pace),
        );
        let mut caring =
            Caring::new(self.log.clone(), Arc::clone(&self.protocols), Arc::clone(&self.policies));
        let mut events = follow(&self.log, &self.pool, 1).await?.ready_chunks(BATCH);
        let mut ticks = interval(AT_LEAST);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (tell, mut measured) = mpsc::channel(1);
        let mut asking = JoinSet::new();
        asking.spawn(self.figures().tell(tell));
        let mut place = Place { sequence: 0, caught_up_at: head, looked: None, known_until: Timestamp::MIN };
        loop {
            tokio::select! {
                biased;
                batch = events.next() => {
                    let raws: Vec<Raw> = batch.ok_or(DriveError::Closed)?.into_iter().collect::<Result<_, _>>()?;
                    prefetch(&self.log, raws.iter()).await?;
                    for raw in raws {
                        place.sequence = raw.sequence;
                        let Some(event) = self.recorded(&raw).await? else { continue };
                        if raw.sequence > head && self.adopts(&event) {
                            return Ok(());
                        }
                        rules.feed(&event);
                        ladder.feed(&event);
                        outbox.feed(&event);
                        caring.feed(&event);
                    }
                }
                Some(figures) = measured.recv() => {
                    for Measured { rule, centre, day, at, above, .. } in figures {
                        rules.figure(rule, centre, day, above, at);
                    }
                }
                _ = ticks.tick() => {
                    let now = Timestamp::now();
                    place.looked.get_or_insert((now, self.log.head().await?.sequence));
                }
            }
            place.settle();
            if leader.leads() && !leads {
                // Its own rules may be newer than those of who led before.
                adopt_new(&self.log, &self.rules, &self.policies, &service_actor(), Timestamp::now()).await?;
            }
            leads = leader.leads();
            if place.sequence >= place.caught_up_at && !std::mem::replace(&mut looked_for_gaps, true) {
                self.tell_gaps(&ladder);
            }
            if leads && place.sequence >= place.caught_up_at {
                // What was just raised is told just now; an answer that is not read yet makes a notice needless, not wrong.
                post.send(outbox.due_known(Timestamp::now(), place.known_until));
                let climb = |todo| carry_out.climb(todo, Timestamp::now());
                let failed = climbing.each(ladder.due(place.known_until), Climb::key, climb).await;
                for ((id, ..), error) in failed {
                    tracing::warn!(escalation = %id, %error, "escalation {id} does not climb yet, it will be tried again: {error}");
                }
                // It may be raised and lapse before this is asked again: two things to do, on one escalation.
                let key = |todo: &Todo| (todo.escalation(&self.rules), discriminant(todo));
                let raise = |todo| carry_out.todo(todo, Timestamp::now());
                for ((id, _), error) in raising.each(rules.due(place.known_until), key, raise).await {
                    tracing::warn!(escalation = %id, %error, "escalation {id} is not written yet, it will be tried again: {error}");
                }
                // After the alarms: nobody waits for a receipt.
                caring.act(place.known_until, &mut caring_for).await;
            }
        }
    }

    fn figures(&self) -> Figures {
        Figures {
            pool: self.pool.clone(),
            rules: Arc::clone(&self.rules),
            reportability: Arc::clone(&self.reportability),
            policies: Arc::clone(&self.policies),
        }
    }

    /// The event with its profile fields open; `None` when this binary cannot read it, which the views tell of.
    async fn recorded(&self, raw: &Raw) -> Result<Option<Recorded>, LogError> {
        Ok(read(&self.log, raw).await?.map_err(|error| {
            tracing::warn!(sequence = raw.sequence, %error, "the rules cannot read event {}: {error}", raw.sequence);
        }).ok())
    }

    /// Once the centres are known: recipients whom the rules name and nobody is.
    fn tell_gaps(&self, ladder: &Ladder) {
        if self.roster.is_empty() {
            tracing::warn!(
                "there is no roster: everybody of a role hears by server-sent events, and nobody by name"
            );
            return;
        }
        for gap in self.roster.gaps(&self.rules, &ladder.centres()) {
            tracing::warn!(rule = %gap.rule, step = gap.step, role = %gap.role, centre = %gap.centre, "{gap}");
        }
    }

    fn adopts(&self, event: &Recorded) -> bool {
        match &event.event {
            Event::Escalation(EscalationEvent::RuleAdopted(adopted)) => {
                self.rules.iter().any(|rule| rule.id == adopted.rule)
            }
            _ => false,
        }
    }
}

impl Place {
    fn settle(&mut self) {
        if let Some((at, until)) = self.looked
            && self.sequence >= until
        {
            self.known_until = at;
            self.looked = None;
        }
    }
}

/// An event with its profile fields open.
///
/// # Errors
/// When the vault is away.
pub async fn read(log: &Log, raw: &Raw) -> Result<Result<Recorded, DecodeError>, LogError> {
    let is_case = raw.aggregate().is_ok_and(|aggregate| aggregate.kind == AggregateKind::Case);
    let mut known = KnownAt::default();
    if !is_case {
        return Ok(raw.decode(&mut known));
    }
    let opened = log.vault().open_profile(&raw.body).await?;
    Ok(raw.decode_as(&opened, &mut known))
}
