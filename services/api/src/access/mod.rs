//! Who may do what: Cedar policies of `deploy/policies`, and one place that asks them.
//!
//! ```text
//! Call ── action, Place ──▶ Question ──▶ remembered? ──▶ Verdict ──▶ Trail
//!                        (what policies see)    └─ no ──▶ cedar over the policies of that action
//! ```
//!
//! Nothing in Rust says who may do what: [`Access`] loads the policies, refuses a folder that is not right in every line, and
//! asks. Every route names its [`Action`] when it is registered, so there is no route without a policy. A [`Verdict`] names the
//! policies that decided, and every call keeps its verdicts in a [`Trail`] for the audit. What fails to be evaluated is denied.
//!
//! # To add an action
//!
//! Add it to [`Action`] and to `nabij.cedarschema`; until a policy names it nobody may do it, and a test says so.
//!
//! # To add or change a policy
//!
//! Write it in the file of its theme in `deploy/policies`, with an `@id` that says it in one sentence; add lines to `cases.csv` that
//! say what must now be allowed and denied; run `cargo run -p nabij-api --example policies`, which writes the table anew. No
//! Rust changes. A network's own folder is read at the start of the process (`[deploy] folder`).
//!
//! # To add a relation
//!
//! Give [`Place`] the fact, the schema's `Record` the attribute, `question.rs` the line between them, and [`Relation`] an example,
//! which puts it into the table. What depends on the caller is compared there, by the policies, or is a [`Grant`].

mod about;
mod action;
mod denial;
mod error;
mod grant;
mod groups;
mod load;
mod place;
mod question;
pub mod relation;
mod source;
mod table;
#[cfg(test)]
mod tests;
mod trail;
mod verdict;

pub use action::Action;
pub use denial::{Denial, unknown};
pub use error::AccessError;
pub use grant::{Grant, Grantee, Why};
pub use load::PolicyLine;
pub use place::{Heard, Place};
pub use relation::Relation;
pub use trail::{Asked, Trail};
pub use verdict::{PolicyName, Verdict};

use std::path::Path;
use std::sync::Arc;

use cedar_policy::{Authorizer, Decision, Effect, Response};
use moka::sync::Cache;
use nabij_model::{Actor, Role};

use self::about::About;
use self::load::{Loaded, load};
use self::question::{Names, Question};
use self::source::Source;

/// Answers remembered at once: relations of staff to records, not staff times records.
const REMEMBERED: u64 = 50_000;

/// The policies, loaded.
pub struct Access {
    loaded: Loaded,
    about: About,
    names: Names,
    authorizer: Authorizer,
    remembered: Cache<Question, Verdict>,
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Access").field("policies", &self.loaded.policies.len()).finish_non_exhaustive()
    }
}

impl Access {
    /// The policies that come with this version, from `deploy/policies`.
    ///
    /// # Panics
    /// Never: a test reads the same files.
    #[must_use]
    pub fn shipped() -> Self {
        Self::new(&Source::shipped()).expect("a test reads these files")
    }

    /// The policies of `folder`.
    ///
    /// # Errors
    /// The first thing that is not right, with its file, its line and what was expected.
    pub fn from_folder(folder: &Path) -> Result<Self, AccessError> {
        Self::new(&Source::from_folder(folder)?)
    }

    fn new(source: &Source) -> Result<Self, AccessError> {
        let loaded = load(source)?;
        let about = About::new(&loaded)?;
        let names = Names::new(&loaded.groups)
            .ok_or_else(|| AccessError::wrong(source::SCHEMA, None, "the namespace is Nabij"))?;
        let remembered = Cache::new(REMEMBERED);
        Ok(Self { loaded, about, names, authorizer: Authorizer::new(), remembered })
    }

    /// Every policy, by file and line.
    #[must_use]
    pub fn policies(&self) -> &[PolicyLine] {
        &self.loaded.policies
    }

    /// The overview that `deploy/policies/README.md` holds: every action, role and relation, each asked.
    #[must_use]
    pub fn table(&self) -> String {
        table::write(self)
    }

    /// Whether somebody in this role may ever do this, wherever: asked before a body is read. It names the policies that could allow it.
    #[must_use]
    pub fn check_role(&self, role: Role, action: Action) -> Verdict {
        let permits = self.about.permits(role, action);
        if permits.is_empty() { Verdict::deny(Denial::Role, []) } else { Verdict::allow(Arc::clone(permits)) }
    }

    /// Whether `caller` may do `action` at `place`, and which policies say so. Grants that no longer hold must be left out before
    /// ([`Place::at`]).
    #[must_use]
    pub fn check(&self, caller: &Actor, action: Action, place: &Place) -> Verdict {
        let question = Question::new(caller, action, place, self.loaded.centres_named);
        if let Some(known) = self.remembered.get(&question) {
            return known;
        }
        let verdict = self.decide(&question, caller.role, action);
        self.remembered.insert(question, verdict.clone());
        verdict
    }

    /// Whether the answer for this caller and action hangs on the operator of a centre, which must then be looked up.
    #[must_use]
    pub fn needs_operator(&self, role: Role, action: Action) -> bool {
        self.about.operator(role, action)
    }

    fn decide(&self, question: &Question, role: Role, action: Action) -> Verdict {
        let (request, entities) = match self.names.ask(question, &self.loaded.schema) {
            Ok(asked) => asked,
            Err(error) => {
                tracing::error!(%error, %action, "a question to the policies cannot be put: denied");
                return Verdict::deny(Denial::Elsewhere, []);
            }
        };
        let response = self.authorizer.is_authorized(&request, self.about.policies(action), &entities);
        if let Some(error) = response.diagnostics().errors().next() {
            // cedar leaves out a policy that fails; one that forbids must not be left out.
            tracing::error!(%error, %action, "a policy cannot be evaluated: denied");
            return Verdict::deny(Denial::Elsewhere, []);
        }
        let because = self.because(&response);
        if response.decision() == Decision::Allow {
            return Verdict::allow(because);
        }
        let denial = if self.hidden(&response) {
            Denial::Hidden
        } else if self.about.ordinary(role, action) {
            Denial::Elsewhere
        } else {
            Denial::Role
        };
        Verdict::deny(denial, because)
    }

    fn because(&self, response: &Response) -> Arc<[PolicyName]> {
        let mut names: Vec<PolicyName> =
            response.diagnostics().reason().map(|id| PolicyName::from(AsRef::<str>::as_ref(id))).collect();
        names.sort();
        names.into()
    }

    /// Whether a policy that forbade it wants the record to be answered as if it did not exist.
    fn hidden(&self, response: &Response) -> bool {
        response.diagnostics().reason().any(|id| {
            let line = self.loaded.policies.iter().find(|line| line.policy.id() == id);
            line.is_some_and(|line| {
                line.policy.effect() == Effect::Forbid
                    && line.policy.annotation("answer") == Some("not found")
            })
        })
    }
}
