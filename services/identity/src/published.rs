//! The keys that an issuer publishes: kept, fetched again when they are due, and at once when a token names an unknown one.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{Mutex, Semaphore};
use tokio::time::Instant;

use crate::discovery::Discovery;
use crate::error::TokenError;
use crate::key::PublicKey;
use crate::key_set::KeySet;
use crate::reading::Reading;

/// Calls that wait for one refresh; more are asked to come back.
const MOST_WAITING: usize = 512;

/// When published keys are fetched again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// Keys are used so long at most before they are fetched again, whatever longer time their issuer allows: so long does a
    /// withdrawn key live.
    pub refresh: Duration,
    /// Between two fetches there is at least this. Each fetch that brings nothing doubles it, so that tokens with made-up key ids do
    /// not reach the issuer.
    pub floor: Duration,
    /// It is doubled no further than this.
    pub ceiling: Duration,
    /// While the issuer is away its last keys are used this long.
    pub keep: Duration,
    /// A call waits this long for a pause between two fetches to end; a fetch that is under way it waits for.
    pub wait: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            refresh: Duration::from_secs(300),
            floor: Duration::from_secs(1),
            ceiling: Duration::from_secs(30),
            keep: Duration::from_secs(24 * 3600),
            wait: Duration::from_secs(3),
        }
    }
}

/// Keys that an issuer publishes.
#[derive(Debug)]
pub(crate) struct PublishedKeys {
    issuer: String,
    timing: Timing,
    current: RwLock<Arc<KeySet>>,
    /// When they came, seconds since 1970; [`NEVER`] before.
    fetched: AtomicI64,
    fetches: AtomicU64,
    failures: AtomicU64,
    turn: Mutex<Turn>,
    waiting: Semaphore,
}

const NEVER: i64 = i64::MIN;

/// Whose turn it is to fetch: one at a time.
#[derive(Debug)]
struct Turn {
    discovery: Discovery,
    /// When the last fetch began and ended, and whether it brought keys.
    last: Option<(Instant, Instant, bool)>,
    pause: Duration,
    /// What the issuer allowed last.
    max_age: Option<u64>,
}

/// How a wish for fresh keys ended.
enum Wish {
    Fetched,
    Failed,
    /// Not before so long; and whether the issuer answered the last time.
    NotYet(Duration, bool),
}

impl PublishedKeys {
    pub(crate) fn new(issuer: &str, discovery: Discovery, timing: Timing) -> Arc<Self> {
        Arc::new(Self {
            issuer: issuer.to_owned(),
            timing,
            current: RwLock::default(),
            fetched: AtomicI64::new(NEVER),
            fetches: AtomicU64::new(0),
            failures: AtomicU64::new(0),
            turn: Mutex::new(Turn { discovery, last: None, pause: timing.floor, max_age: None }),
            waiting: Semaphore::new(MOST_WAITING),
        })
    }

    /// Fetches whenever it is due, for as long as somebody else holds the keys.
    pub(crate) fn keep_fresh(self: &Arc<Self>) {
        let keys = Arc::downgrade(self);
        tokio::spawn(async move {
            while let Some(held) = keys.upgrade() {
                let due = held.refresh_when_due().await;
                drop(held);
                tokio::time::sleep(due).await;
            }
        });
    }

    /// Whether the keys may still be used: the issuer was there not too long ago.
    pub(crate) fn are_usable(&self, now: Timestamp) -> bool {
        let keep = i64::try_from(self.timing.keep.as_secs()).unwrap_or(i64::MAX);
        now.as_second() <= self.fetched.load(Ordering::Acquire).saturating_add(keep)
    }

    /// Fetches, failures, keys.
    pub(crate) fn counts(&self) -> (u64, u64, usize) {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        (count(&self.fetches), count(&self.failures), self.set().len())
    }

    /// The keys that may have signed a token. `may_ask` is false for who has sent too many bad tokens: for them the issuer is not
    /// asked again. Where the kept keys are too old it is asked whoever calls, as often as the pauses let it: that they are is no
    /// caller's fault, and nobody's token may count as a bad one for it.
    pub(crate) async fn candidates(
        &self,
        token: &Reading,
        now: Timestamp,
        may_ask: bool,
    ) -> Result<Vec<PublicKey>, TokenError> {
        let known = || self.set().candidates(token.key.as_deref(), token.algorithm);
        let found = known();
        if !found.is_empty() && self.are_usable(now) {
            return Ok(found);
        }
        if !may_ask && self.are_usable(now) {
            return Err(TokenError::UnknownKey);
        }
        let seconds = |pause: Duration| u32::try_from(pause.as_secs()).unwrap_or(u32::MAX).saturating_add(1);
        let later = |pause: Duration| TokenError::KeysAway { retry_after: seconds(pause) };
        // A withdrawn key, or a made-up one: the issuer is there, and must not be asked at every call.
        let unpublished = |pause: Duration| TokenError::KeyUnpublished { retry_after: seconds(pause) };
        let Ok(_place) = self.waiting.try_acquire() else {
            let pause = self.timing.wait;
            return Err(if self.are_usable(now) { unpublished(pause) } else { later(pause) });
        };
        match self.wish(now, |keys| !keys.candidates(token.key.as_deref(), token.algorithm).is_empty()).await
        {
            Wish::Fetched if self.are_usable(now) => Ok(known()),
            Wish::Fetched | Wish::Failed => Err(later(self.timing.floor)),
            Wish::NotYet(pause, true) if self.are_usable(now) => Err(unpublished(pause)),
            Wish::NotYet(pause, _) => Err(later(pause)),
        }
    }

    fn set(&self) -> Arc<KeySet> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Fetches in turn. Who waited while another fetched has the fruit of that; `wanted` tells whether a fetch brought it.
    async fn wish(&self, now: Timestamp, wanted: impl Fn(&KeySet) -> bool) -> Wish {
        let asked = Instant::now();
        let mut turn = self.turn.lock().await;
        if let Some((began, _, brought)) = turn.last {
            let there = brought && self.are_usable(now) && wanted(&self.set());
            if began >= asked || there {
                return if brought { Wish::Fetched } else { Wish::Failed };
            }
        }
        if let Some((_, ended, answered)) = turn.last {
            let pause = turn.pause.saturating_sub(ended.elapsed());
            if pause > self.timing.wait {
                return Wish::NotYet(pause, answered);
            }
            tokio::time::sleep(pause).await;
        }
        self.fetch(&mut turn, wanted).await
    }

    async fn refresh_when_due(&self) -> Duration {
        let mut turn = self.turn.lock().await;
        let age = match turn.max_age {
            Some(seconds) => Duration::from_secs(seconds).min(self.timing.refresh),
            None => self.timing.refresh,
        };
        if let Some((_, ended, brought)) = turn.last {
            let due = if brought { age.max(self.timing.floor) } else { turn.pause };
            let left = due.saturating_sub(ended.elapsed());
            if !left.is_zero() {
                return left;
            }
        }
        // What is due brings nothing new, and that is no reason to wait longer.
        self.fetch(&mut turn, |_| true).await;
        self.timing.floor
    }

    async fn fetch(&self, turn: &mut Turn, wanted: impl Fn(&KeySet) -> bool) -> Wish {
        let began = Instant::now();
        let asked_at = Timestamp::now().as_second();
        self.fetches.fetch_add(1, Ordering::Relaxed);
        match turn.discovery.fetch().await {
            Ok(fetched) => {
                let (keys, changed) = fetched.keys.replace(&self.set());
                let brought = changed || wanted(&keys);
                if changed {
                    tracing::info!(issuer = %self.issuer, keys = keys.len(), "the keys of {} changed", self.issuer);
                }
                *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
                self.fetched.store(asked_at, Ordering::Release);
                turn.max_age = fetched.max_age;
                turn.pause = self.pause(turn.pause, brought);
                turn.last = Some((began, Instant::now(), true));
                Wish::Fetched
            }
            Err(error) => {
                self.failures.fetch_add(1, Ordering::Relaxed);
                tracing::warn!(issuer = %self.issuer, %error, "the keys of {} cannot be fetched: the last ones are used on", self.issuer);
                turn.pause = self.pause(turn.pause, false);
                turn.last = Some((began, Instant::now(), false));
                Wish::Failed
            }
        }
    }

    fn pause(&self, before: Duration, brought: bool) -> Duration {
        if brought { self.timing.floor } else { (before * 2).min(self.timing.ceiling).max(self.timing.floor) }
    }
}
