//! What was refused is carried out alone, beside the rest.

use std::collections::VecDeque;

use super::{Bulk, Item};
use crate::error::LogError;

impl Bulk {
    /// Carries a refused command out alone, and behind it what was decided on top of it.
    pub(super) fn alone(&mut self, item: Item) {
        let aggregate = item.step.aggregate();
        self.live.remove(&aggregate);
        self.unwritten.forget(aggregate.id);
        let mut items = vec![item];
        let (own, others) =
            self.waiting.drain(..).partition::<VecDeque<_>, _>(|one| one.append.aggregate() == aggregate);
        self.waiting = others;
        items.extend(own.into_iter().map(|waiting| waiting.item));
        self.in_alone.insert(aggregate);
        let (log, places) = (self.log.clone(), self.places_alone.clone());
        self.alone.spawn(async move {
            let _place = places.acquire().await;
            let mut results = Vec::with_capacity(items.len());
            for item in items {
                // Read first: most often the command is there already.
                let result = match item.step.read(&log).await {
                    Ok(_) => item.step.execute(&log).await,
                    Err(error) => Err(error.into()),
                };
                results.push((item, result));
            }
            results
        });
    }

    pub(super) async fn join_alone(&mut self) -> Result<(), LogError> {
        while let Some(done) = self.alone.join_next().await {
            for (item, result) in done.map_err(|error| LogError::unavailable("a command alone", error))? {
                self.result(&item, result)?;
            }
        }
        self.in_alone.clear();
        Ok(())
    }
}
