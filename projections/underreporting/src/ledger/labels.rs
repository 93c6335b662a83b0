//! What an occurrence is called by its records, as one number.

use uuid::Uuid;

use crate::occurrences::Occurrence;

/// Categories and types, in the words of whoever recorded them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Labels {
    /// Derived from the words: 63 bits of a hash, so that two of a million combinations are alike once in ten million networks.
    pub(super) id: i64,
    /// Categories of signals, a blank between them.
    pub(super) categories: String,
    /// Types of the register, each with a slash and its group, a blank between them.
    pub(super) register_types: String,
}

impl Labels {
    pub(super) fn of(occurrence: &Occurrence) -> Self {
        let categories = occurrence.categories.join(" ");
        let types: Vec<String> = occurrence
            .register_types
            .iter()
            .map(|(kind, group)| {
                group.as_ref().map_or_else(|| kind.clone(), |group| format!("{kind}/{group}"))
            })
            .collect();
        let register_types = types.join(" ");
        let hash = Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{categories}\n{register_types}").as_bytes());
        Self { id: (hash.as_u64_pair().0 >> 1).cast_signed(), categories, register_types }
    }
}
