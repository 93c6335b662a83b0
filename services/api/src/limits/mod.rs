//! What one caller, and one address, may ask of the interface.
//!
//! | budget | of | why |
//! |---|---|---|
//! | reads, writes | each caller | a script that runs wild stops nobody else |
//! | signals | each caller, and each address | of their own, so that nothing else can use them up: a signal always gets through |
//! | machines | each account of a machine | imports are many and fast, and still have an end |
//! | calls | each address | one machine does not take the whole interface |
//! | failures | each address | guessing tokens |
//!
//! A centre's staff share an address, and in a crisis they all write at once: the defaults are far above what people do. A token
//! that holds is never refused for the bad tokens of others behind the same address; only the bad ones are.
//!
//! Every answer to a caller who is known says what is left of the caller's budget ([`Left`]); of an address only a refusal does,
//! since others behind it are nobody's business.
//!
//! Counting is in memory, per process: with several interfaces behind one address each has its own.

mod budget;
mod connections;
mod left;

use std::hash::{BuildHasher, RandomState};
use std::net::{IpAddr, Ipv6Addr};

use axum::http::{Method, StatusCode};
use nabij_model::Role;
use nabij_model::text::StaffId;

use self::budget::Budget;
pub use self::budget::Rate;
pub(crate) use self::connections::Connections;
pub(crate) use self::left::Left;
use crate::access::Action;
use crate::problem::Problem;

/// All rates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rates {
    /// Reads of one caller.
    pub reads: Rate,
    /// Writes of one caller, signals apart.
    pub writes: Rate,
    /// Signals of one caller.
    pub signals: Rate,
    /// Everything of one machine's account.
    pub machines: Rate,
    /// Calls of one address, signals apart.
    pub address_calls: Rate,
    /// Signals of one address.
    pub address_signals: Rate,
    /// Tokens of one address that do not hold.
    pub address_failures: Rate,
}

impl Default for Rates {
    fn default() -> Self {
        let rate = |per_second, burst| Rate { per_second, burst };
        Self {
            reads: rate(50, 500),
            writes: rate(50, 500),
            signals: rate(20, 200),
            machines: rate(1_000, 10_000),
            address_calls: rate(2_000, 20_000),
            address_signals: rate(500, 5_000),
            address_failures: rate(5, 300),
        }
    }
}

/// What is left of every budget.
#[derive(Debug)]
pub(crate) struct Budgets {
    hash: RandomState,
    reads: Budget<u64>,
    writes: Budget<u64>,
    signals: Budget<u64>,
    machines: Budget<u64>,
    address_calls: Budget<IpAddr>,
    address_signals: Budget<IpAddr>,
    address_failures: Budget<IpAddr>,
    at_the_door: Budget<Option<u64>>,
}

/// Records of calls that were turned away before anything was asked of the policy, of each caller, and of all that named nobody: enough
/// to see that somebody guesses or a script runs wild, too few to fill the audit.
const AT_THE_DOOR: Rate = Rate { per_second: 1, burst: 60 };

impl Budgets {
    pub(crate) fn new(rates: &Rates) -> Self {
        Self {
            hash: RandomState::new(),
            reads: Budget::new("reads", rates.reads),
            writes: Budget::new("writes", rates.writes),
            signals: Budget::new("signals", rates.signals),
            machines: Budget::new("machines", rates.machines),
            address_calls: Budget::new("address", rates.address_calls),
            address_signals: Budget::new("address-signals", rates.address_signals),
            address_failures: Budget::new("bad-tokens", rates.address_failures),
            at_the_door: Budget::new("at-the-door", AT_THE_DOOR),
        }
    }

    /// Takes one call from the budget of an address, before anything else is looked at.
    ///
    /// # Errors
    /// 429.
    pub(crate) fn address(&self, client: IpAddr, action: Action) -> Result<(), Problem> {
        let budget = if action == Action::LogSignal { &self.address_signals } else { &self.address_calls };
        budget.take(&network(client)).check("from your address").map(drop)
    }

    /// Takes one call from the budget of a caller, and says what is left.
    ///
    /// # Errors
    /// 429.
    pub(crate) fn caller(
        &self,
        subject: &StaffId,
        role: Role,
        action: Action,
        method: &Method,
    ) -> Result<Left, Problem> {
        let budget = match (role, action) {
            (_, Action::LogSignal) if role != Role::Service => &self.signals,
            (Role::Service, _) => &self.machines,
            _ if *method == Method::GET => &self.reads,
            _ => &self.writes,
        };
        budget.take(&self.key(subject)).check("of yours")
    }

    /// Counts a token that does not hold.
    ///
    /// # Errors
    /// 429 in place of the plain refusal, once there were too many.
    pub(crate) fn failure(&self, client: IpAddr) -> Result<(), Problem> {
        let left = self.address_failures.take(&network(client));
        let Some(seconds) = left.wait else { return Ok(()) };
        let detail = format!(
            "too many tokens from your address that this interface does not accept: ask for a new one, and call again in {seconds} s; a good token is still taken at once"
        );
        let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, "too-many-failures", detail);
        Err(problem.after(seconds).of_budget(left))
    }

    /// Whether one more call that was turned away is written down; `subject` where a genuine token named one.
    pub(crate) fn at_the_door(&self, subject: Option<&StaffId>) -> bool {
        let key = subject.map(|subject| self.key(subject));
        self.at_the_door.take(&key).wait.is_none()
    }

    fn key(&self, subject: &StaffId) -> u64 {
        self.hash.hash_one(subject.as_str())
    }

    /// Forgets who has not called for long: called now and then.
    pub(crate) fn forget(&self) {
        for budget in [&self.reads, &self.writes, &self.signals, &self.machines] {
            budget.forget();
        }
        for budget in [&self.address_calls, &self.address_signals, &self.address_failures] {
            budget.forget();
        }
        self.at_the_door.forget();
    }
}

/// What counts as one address: of IPv6 the network, since one machine has all of a /64.
fn network(client: IpAddr) -> IpAddr {
    match client {
        IpAddr::V4(_) => client,
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budgets(change: impl FnOnce(&mut Rates)) -> Budgets {
        let mut rates = Rates::default();
        change(&mut rates);
        Budgets::new(&rates)
    }

    const SLOW: Rate = Rate { per_second: 1, burst: 2 };

    #[test]
    fn a_spent_budget_says_when_to_come_back_and_stops_nobody_else() {
        let budgets = budgets(|rates| rates.writes = SLOW);
        let (me, other) = (StaffId::new("me").unwrap(), StaffId::new("other").unwrap());
        let write = |who| budgets.caller(who, Role::Companion, Action::FollowCase, &Method::POST);
        write(&me).unwrap();
        write(&me).unwrap();
        let refused = write(&me).unwrap_err();
        assert_eq!((refused.code(), refused.document().status), ("too-many-calls", 429));
        assert_eq!(refused.document().retry_after, Some(1));
        write(&other).unwrap();
        budgets.caller(&me, Role::Companion, Action::ReadCase, &Method::GET).unwrap();
    }

    #[test]
    fn nothing_else_uses_up_the_room_for_signals() {
        let budgets = budgets(|rates| {
            (rates.writes, rates.reads, rates.address_calls) = (SLOW, SLOW, SLOW);
        });
        let me = StaffId::new("me").unwrap();
        let here: IpAddr = "192.0.2.1".parse().unwrap();
        for _ in 0..20 {
            drop(budgets.address(here, Action::FollowCase));
            drop(budgets.caller(&me, Role::Frontline, Action::FollowCase, &Method::POST));
        }
        budgets.address(here, Action::FollowCase).unwrap_err();
        budgets.address(here, Action::LogSignal).unwrap();
        budgets.caller(&me, Role::Frontline, Action::LogSignal, &Method::POST).unwrap();
        // And the other way round: a machine has one budget for everything, so it cannot pose as a team in need.
        let machines = self::budgets(|rates| rates.machines = SLOW);
        let signal = || machines.caller(&me, Role::Service, Action::LogSignal, &Method::POST);
        signal().unwrap();
        signal().unwrap();
        signal().unwrap_err();
    }

    #[test]
    fn calls_that_are_turned_away_do_not_fill_the_audit() {
        let budgets = budgets(|_| ());
        let wild = StaffId::new("wild").unwrap();
        for who in [None, Some(&wild)] {
            let recorded = (0..10_000).filter(|_| budgets.at_the_door(who)).count();
            assert!((60..1_000).contains(&recorded), "{recorded}");
        }
        assert!(budgets.at_the_door(Some(&StaffId::new("other").unwrap())), "one hides another");
    }

    #[test]
    fn one_machine_is_one_address_whatever_it_calls_itself() {
        let budgets = budgets(|rates| rates.address_failures = SLOW);
        for text in ["2001:db8::1", "2001:db8::2"] {
            budgets.failure(text.parse().unwrap()).unwrap();
        }
        assert_eq!(budgets.failure("2001:db8::3".parse().unwrap()).unwrap_err().code(), "too-many-failures");
        budgets.failure("2001:db8:0:1::1".parse().unwrap()).unwrap();
        budgets.failure("192.0.2.1".parse().unwrap()).unwrap();
    }
}
