//! Finding a person by name or by official number.
//!
//! Nothing that can be searched lies at rest in the clear: names and numbers stand sealed in the log and in the views. Each process of the
//! interface holds them in memory, names as words without accents and in Latin letters, numbers as hashes under a key that lives in the
//! vault. The index follows the views while nobody searches, so that who is erased leaves it and a first search need not wait; each
//! search makes it current before anything is looked up in it.
//!
//! | file | holds |
//! |---|---|
//! | `spelling.rs` | when two spellings mean the same name |
//! | `index.rs` | who there is |
//!
//! Who may know of whom is asked of each person found, before they are counted: see `read/found.rs`.

mod index;
mod spelling;
#[cfg(test)]
mod tests;

use std::time::Duration;

use tokio::time::Instant;

pub(crate) use index::{FindError, Found, People, Wanted};
pub(crate) use spelling::Name;

use crate::state::ApiState;

/// How often the index is brought to where the views stand while nobody searches.
const PACE: Duration = Duration::from_secs(2);

/// Follows the views until the interface stops.
pub(crate) fn keep_current(state: &ApiState) {
    let state = state.clone();
    tokio::spawn(async move {
        let mut told = false;
        loop {
            let began = Instant::now();
            match state.people().follow(state.caseload(), state.log().vault()).await {
                Ok(people) if !told => {
                    let took_ms = began.elapsed().as_millis();
                    tracing::info!(
                        people,
                        took_ms,
                        "{people} residents can be found by name, read in {took_ms} ms"
                    );
                    told = true;
                }
                Ok(_) => {}
                // Views that are away are said by /readyz; a search then answers 503.
                Err(error) => tracing::debug!(%error, "the index of names cannot be brought up to date now"),
            }
            tokio::select! {
                () = state.stopping().cancelled() => return,
                () = tokio::time::sleep(PACE) => {}
            }
        }
    });
}
