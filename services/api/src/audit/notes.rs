//! What is known of a call while it is handled; whoever keeps a clone sees what comes later, after a panic too.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use axum::http::Uri;
use jiff::Timestamp;
use nabij_log::{Ground, Underlying};
use nabij_model::Actor;
use uuid::Uuid;

use crate::access::{Grant, Place, Why};

/// What is known of one call.
#[derive(Debug, Clone, Default)]
pub(crate) struct Notes(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    caller: OnceLock<Caller>,
    turned_away: OnceLock<Actor>,
    id: OnceLock<Uuid>,
    under: Mutex<Vec<Underlying>>,
}

/// Who calls, from where, and what they wrote behind the path.
#[derive(Debug)]
pub(super) struct Caller {
    pub(super) actor: Actor,
    pub(super) now: Timestamp,
    pub(super) client: Option<IpAddr>,
    pub(super) query: Option<String>,
}

impl Notes {
    /// The token named a caller.
    pub(crate) fn caller(&self, actor: Actor, now: Timestamp, client: IpAddr, address: &Uri) {
        let client = Some(client).filter(|client| !client.is_unspecified());
        let query = address.query().filter(|query| !query.is_empty()).map(str::to_owned);
        // A call has one caller: a second word about it changes nothing.
        drop(self.0.caller.set(Caller { actor, now, client, query }));
    }

    /// A genuine token named somebody who is turned away before anything is asked of the policy. Their centres are left out: they may be
    /// those of somebody else.
    pub(crate) fn turned_away(&self, actor: Actor) {
        self.0.turned_away.get_or_init(|| Actor { centres: Vec::new(), ..actor });
    }

    /// The address names a record.
    pub(crate) fn record(&self, id: Uuid) {
        let _ = self.0.id.set(id);
    }

    /// The policy was asked about `place`: what the caller had been granted there.
    pub(crate) fn asked(&self, caller: &Actor, place: &Place) {
        if place.grants.is_empty() {
            return;
        }
        let mut under = self.0.under.lock().unwrap_or_else(PoisonError::into_inner);
        for grant in place.grants.iter().filter(|grant| grant.is_for(caller)) {
            let found = underlying(grant);
            if !under.contains(&found) {
                under.push(found);
            }
        }
    }

    pub(super) fn of_caller(&self) -> Option<&Caller> {
        self.0.caller.get()
    }

    /// Who was turned away: nobody where no genuine token was shown.
    pub(super) fn of_turned_away(&self) -> Option<&Actor> {
        self.0.turned_away.get()
    }

    pub(super) fn id(&self) -> Option<Uuid> {
        self.0.id.get().copied()
    }

    pub(super) fn under(&self) -> Vec<Underlying> {
        self.0.under.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn underlying(grant: &Grant) -> Underlying {
    let why = match grant.why {
        Why::Share => Ground::Share,
        Why::Trusted => Ground::Trusted,
        Why::BreakGlass => Ground::BreakGlass,
        Why::Guardian => Ground::Guardian,
    };
    Underlying { why, id: grant.id }
}
