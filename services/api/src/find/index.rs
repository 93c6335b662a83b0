//! Who there is: names and hashed numbers of every case, in the memory of this process.

use std::collections::HashMap;

use nabij_caseload::{Identity, ReadError, Reader};
use nabij_log::{BlindKey, LogError, Vault};
use nabij_model::case::Resident;
use nabij_model::{CaseId, SealLevel};
use serde_json::Value;
use tokio::sync::Mutex;

use super::Name;

/// Who is looked for.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    /// By this name, or something like it.
    pub(crate) name: Option<Name>,
    /// By this official number, however it is spaced.
    pub(crate) number: Option<String>,
}

/// Somebody who was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Found {
    /// How far the name is from what was asked; 0 the same.
    pub(crate) distance: u32,
    /// The case.
    pub(crate) case: CaseId,
    /// The level that the words found stand under: who may not open it may not learn that they fit.
    pub(crate) level: SealLevel,
}

/// Why nobody can be looked for now.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FindError {
    #[error("the views cannot be read: {0}")]
    Views(#[from] ReadError),
    #[error("the vault cannot be read: {0}")]
    Vault(#[from] LogError),
}

/// Everybody; one search at a time makes it current, and then looks.
pub(crate) struct People {
    index: Mutex<Index>,
    /// Hides official numbers.
    numbers: BlindKey,
}

#[derive(Default)]
struct Index {
    /// Up to where the log is known.
    sequence: u64,
    people: HashMap<CaseId, Person>,
}

struct Person {
    name: Option<(Name, SealLevel)>,
    number: Option<([u8; 32], SealLevel)>,
}

impl std::fmt::Debug for People {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("People(..)")
    }
}

impl People {
    /// Nobody yet.
    pub(crate) fn new(vault: &Vault) -> Self {
        Self { index: Mutex::default(), numbers: vault.blind_key("official number") }
    }

    /// Everybody whom `wanted` fits as of `sequence`, which the views must show; the nearest first. Whoever asks may not know of all of
    /// them.
    ///
    /// # Errors
    /// When the views or the vault are away: then nobody is looked for in an index that may be behind.
    pub(crate) async fn find(
        &self,
        views: &Reader,
        vault: &Vault,
        wanted: &Wanted,
        sequence: u64,
    ) -> Result<Vec<Found>, FindError> {
        let mut index = self.index.lock().await;
        index.advance(views, vault, &self.numbers, sequence).await?;
        let number = wanted.number.as_deref().map(|number| hash(&self.numbers, number));
        let mut found: Vec<Found> = index
            .people
            .iter()
            .filter_map(|(case, person)| {
                let (distance, level) = person.fits(wanted.name.as_ref(), number.as_ref())?;
                Some(Found { distance, case: *case, level })
            })
            .collect();
        found.sort_unstable();
        Ok(found)
    }

    /// Takes in what the views show now. Gives how many people there are.
    ///
    /// # Errors
    /// As [`find`](Self::find).
    pub(crate) async fn follow(&self, views: &Reader, vault: &Vault) -> Result<usize, FindError> {
        let sequence = views.sequence().await?;
        let mut index = self.index.lock().await;
        index.advance(views, vault, &self.numbers, sequence).await?;
        Ok(index.people.len())
    }
}

impl Index {
    async fn advance(
        &mut self,
        views: &Reader,
        vault: &Vault,
        numbers: &BlindKey,
        sequence: u64,
    ) -> Result<(), FindError> {
        // Whoever is erased leaves the views in the batch that shows the event.
        if self.sequence >= sequence {
            return Ok(());
        }
        while self.sequence < sequence {
            let identities = views.identities(self.sequence, sequence).await?;
            let Some(last) = identities.last().map(|last| last.recorded_seq) else {
                self.sequence = sequence;
                break;
            };
            self.add(vault, numbers, identities).await?;
            self.sequence = last;
        }
        let erased = views.every_erased().await?;
        self.people.retain(|case, _| !erased.contains(case));
        Ok(())
    }

    async fn add(
        &mut self,
        vault: &Vault,
        numbers: &BlindKey,
        identities: Vec<Identity>,
    ) -> Result<(), FindError> {
        let (cases, residents): (Vec<CaseId>, Vec<Value>) =
            identities.into_iter().map(|identity| (identity.case, identity.resident)).unzip();
        let mut residents = Value::Array(residents);
        vault.open(&mut residents, |_| true).await?;
        let Value::Array(residents) = residents else { return Ok(()) };
        for (case, resident) in cases.into_iter().zip(residents) {
            // What does not read any more was erased in between.
            let Ok(resident) = serde_json::from_value::<Resident>(resident) else { continue };
            let name = resident.name.as_ref().and_then(|name| Some((Name::read(name.get()?), name.level())));
            let number = resident.official_number.as_ref();
            let number = number.and_then(|number| Some((hash(numbers, number.get()?), number.level())));
            if name.is_some() || number.is_some() {
                self.people.insert(case, Person { name, number });
            }
        }
        Ok(())
    }
}

impl Person {
    fn fits(&self, name: Option<&Name>, number: Option<&[u8; 32]>) -> Option<(u32, SealLevel)> {
        let mut fits = None;
        if let Some(asked) = number {
            let (_, level) = self.number.as_ref().filter(|(own, _)| own == asked)?;
            fits = Some((0, *level));
        }
        if let Some(asked) = name {
            let (own, level) = self.name.as_ref()?;
            let distance = own.distance(asked)?;
            fits = Some((distance, fits.map_or(*level, |(_, other)| other.max(*level))));
        }
        fits
    }
}

/// A number under the vault's key, letters and digits only.
fn hash(numbers: &BlindKey, number: &str) -> [u8; 32] {
    let plain: String = number.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect();
    numbers.hash(plain.as_bytes())
}
