//! What a machine wants done is done once, though it is wanted until the log says that it was.

use std::collections::HashSet;
use std::hash::Hash;

use futures::StreamExt;
use nabij_log::ExecuteError;

/// What was done or refused while the machine wants it still: its event is on its way back, or there will be none.
#[derive(Debug)]
pub(crate) struct Settled<K> {
    keys: HashSet<K>,
    at_once: usize,
}

impl<K: Eq + Hash> Settled<K> {
    /// Nothing yet; so much is done at a time.
    pub(crate) fn new(at_once: usize) -> Self {
        Self { keys: HashSet::new(), at_once }
    }

    /// Does what is wanted and not settled yet. Gives what failed, which is wanted again.
    pub(crate) async fn each<T, D, F>(
        &mut self,
        wanted: Vec<T>,
        key: impl Fn(&T) -> K,
        act: impl Fn(T) -> F,
    ) -> Vec<(K, ExecuteError)>
    where
        F: Future<Output = Result<D, ExecuteError>>,
    {
        let wanted: Vec<(K, T)> = wanted.into_iter().map(|todo| (key(&todo), todo)).collect();
        let still: HashSet<&K> = wanted.iter().map(|(key, _)| key).collect();
        self.keys.retain(|key| still.contains(key));
        let fresh: Vec<(K, T)> = wanted.into_iter().filter(|(key, _)| !self.keys.contains(key)).collect();
        let done = futures::stream::iter(fresh)
            .map(|(key, todo)| {
                let done = act(todo);
                async { (key, done.await) }
            })
            .buffer_unordered(self.at_once)
            .collect::<Vec<_>>()
            .await;
        let mut failed = Vec::new();
        for (key, done) in done {
            match done {
                Ok(_) => drop(self.keys.insert(key)),
                Err(error) => failed.push((key, error)),
            }
        }
        failed
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use nabij_model::Refusal;

    use super::*;

    #[tokio::test]
    async fn what_is_wanted_still_is_done_once_and_what_is_wanted_anew_again() {
        let done = AtomicU32::new(0);
        let act = |_| async { Ok::<_, ExecuteError>(done.fetch_add(1, Ordering::Relaxed)) };
        let mut settled = Settled::new(2);
        for (wanted, so_far) in [(vec![1, 2], 2), (vec![1, 2], 2), (vec![2], 2), (vec![1, 2], 3)] {
            assert!(settled.each(wanted, |todo| *todo, act).await.is_empty());
            assert_eq!(done.load(Ordering::Relaxed), so_far);
        }
    }

    #[tokio::test]
    async fn what_failed_is_done_again() {
        let mut settled = Settled::new(1);
        let fail = |_| async { Err::<(), _>(ExecuteError::from(Refusal::conflict("away", "not now"))) };
        for _ in 0..2 {
            let failed = settled.each(vec!["a"], |todo| *todo, fail).await;
            assert_eq!(failed.iter().map(|(key, _)| *key).collect::<Vec<_>>(), ["a"]);
        }
        assert!(
            settled.each(vec!["a"], |todo| *todo, |_| async { Ok::<(), ExecuteError>(()) }).await.is_empty()
        );
    }
}
