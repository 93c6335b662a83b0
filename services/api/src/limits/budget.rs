//! One budget for each of many.

use std::hash::Hash;
use std::num::NonZeroU32;

use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};

use super::left::Left;

/// So many a second for ever, and so many at once after a rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Calls a second; at least 1.
    pub per_second: u32,
    /// Calls at once; at least 1.
    pub burst: u32,
}

type Limiter<K> = RateLimiter<K, DashMapStateStore<K>, DefaultClock, StateInformationMiddleware>;

/// One budget for each key; no lock but that of the map's shard.
pub(super) struct Budget<K: Hash + Eq + Clone> {
    name: &'static str,
    rate: Rate,
    limiter: Limiter<K>,
    clock: DefaultClock,
}

impl<K: Hash + Eq + Clone> std::fmt::Debug for Budget<K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Budget").field("callers", &self.limiter.len()).finish_non_exhaustive()
    }
}

impl<K: Hash + Eq + Clone> Budget<K> {
    /// A budget that callers read of as `name`.
    pub(super) fn new(name: &'static str, rate: Rate) -> Self {
        let at_least_one = |number| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::per_second(at_least_one(rate.per_second)).allow_burst(at_least_one(rate.burst));
        let limiter = RateLimiter::dashmap(quota).with_middleware();
        let rate = Rate { per_second: rate.per_second.max(1), burst: rate.burst.max(1) };
        Self { name, rate, limiter, clock: DefaultClock::default() }
    }

    /// Takes one, if there is one, and says what is left.
    pub(super) fn take(&self, key: &K) -> Left {
        let left = |remaining, wait| Left { name: self.name, rate: self.rate, remaining, wait };
        match self.limiter.check_key(key) {
            Ok(state) => left(state.remaining_burst_capacity(), None),
            Err(refused) => {
                let wait = refused.wait_time_from(self.clock.now()).as_secs();
                left(0, Some(u32::try_from(wait).unwrap_or(u32::MAX).saturating_add(1)))
            }
        }
    }

    /// Drops the keys whose budget is whole again.
    pub(super) fn forget(&self) {
        self.limiter.retain_recent();
        self.limiter.shrink_to_fit();
    }
}
