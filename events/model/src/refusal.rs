//! Why a decider said no.

use std::borrow::Cow;

/// What kind of no; an interface maps it to a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalKind {
    /// The aggregate does not exist.
    NotFound,
    /// The command is wrong in itself.
    Invalid,
    /// The state does not allow it now.
    Conflict,
    /// A rule protects somebody against it.
    Forbidden,
}

/// A decider's refusal: a stable code, a sentence that a person can act on, and the field it is about.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct Refusal {
    /// What kind of no.
    pub kind: RefusalKind,
    /// Stable, for the problem's `type`: `case-closed`.
    pub code: &'static str,
    /// What was wrong and what to do.
    pub detail: Cow<'static, str>,
    /// JSON pointer into the command.
    pub pointer: Option<&'static str>,
}

impl Refusal {
    /// The aggregate does not exist.
    pub fn not_found(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { kind: RefusalKind::NotFound, code, detail: detail.into(), pointer: None }
    }

    /// The field at `pointer` is wrong.
    pub fn invalid(code: &'static str, detail: impl Into<Cow<'static, str>>, pointer: &'static str) -> Self {
        Self { kind: RefusalKind::Invalid, code, detail: detail.into(), pointer: Some(pointer) }
    }

    /// The state does not allow it now.
    pub fn conflict(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { kind: RefusalKind::Conflict, code, detail: detail.into(), pointer: None }
    }

    /// A rule protects somebody against it.
    pub fn forbidden(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { kind: RefusalKind::Forbidden, code, detail: detail.into(), pointer: None }
    }
}
