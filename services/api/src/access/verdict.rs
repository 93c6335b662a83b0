//! What the policy said, and why.

use std::sync::Arc;

use super::Denial;

/// The name of a policy: a sentence-like id that a reader of the access log understands.
pub type PolicyName = Arc<str>;

/// What the policy said, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The policies that decided: those that allowed it, or those that forbade it. Empty when nothing allows it.
    pub because: Arc<[PolicyName]>,
    /// Why not; absent when it is allowed.
    pub denial: Option<Denial>,
}

impl Verdict {
    /// Allowed, because of these policies.
    #[must_use]
    pub fn allow(because: impl Into<Arc<[PolicyName]>>) -> Self {
        Self { because: because.into(), denial: None }
    }

    /// Denied; no policy allows it, or these forbid it.
    #[must_use]
    pub fn deny(denial: Denial, because: impl Into<Arc<[PolicyName]>>) -> Self {
        Self { because: because.into(), denial: Some(denial) }
    }

    /// Whether it is allowed.
    #[must_use]
    pub fn allowed(&self) -> bool {
        self.denial.is_none()
    }

    /// The denial as an error.
    ///
    /// # Errors
    /// [`Denial`].
    pub fn ok(&self) -> Result<(), Denial> {
        self.denial.map_or(Ok(()), Err)
    }
}
