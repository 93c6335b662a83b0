//! Whose events wait: the aggregates and cases that an event which could not be applied names.

use std::collections::HashSet;

use nabij_model::{AggregateId, AggregateKind};
use uuid::Uuid;

use crate::delivery::Delivery;

/// The aggregates and cases of one projection whose later events wait.
#[derive(Debug, Default)]
pub(crate) struct Parked {
    aggregates: HashSet<AggregateId>,
    cases: HashSet<Uuid>,
}

impl Parked {
    /// Whether this event waits behind one that could not be applied.
    pub(crate) fn holds(&self, delivery: &Delivery) -> bool {
        if self.aggregates.is_empty() {
            return false;
        }
        let aggregate = delivery.aggregate();
        self.aggregates.contains(&aggregate)
            || (aggregate.kind == AggregateKind::Case && self.cases.contains(&aggregate.id))
            || delivery.concerns().cases.iter().any(|case| self.cases.contains(&case.0))
    }

    /// An event could not be applied: it parks its aggregate and every case that it names.
    pub(crate) fn park(&mut self, aggregate: AggregateId, cases: impl Iterator<Item = Uuid>) {
        if aggregate.kind == AggregateKind::Case {
            self.cases.insert(aggregate.id);
        }
        self.aggregates.insert(aggregate);
        self.cases.extend(cases);
    }

    /// An event waits: its own aggregate's later events wait too, else they would overtake it. The other cases that it names
    /// go on, else one bad event would stop a whole network.
    pub(crate) fn wait(&mut self, aggregate: AggregateId) {
        self.aggregates.insert(aggregate);
    }
}
