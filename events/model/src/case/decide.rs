//! The rules of a case, by theme.

use super::command::CaseCommand;
use super::events::CaseEvent;
use super::state::CaseState;
use crate::context::Context;
use crate::refusal::Refusal;

pub(super) fn decide(_: &CaseState, _: CaseCommand, _: &Context<'_>) -> Result<CaseEvent, Refusal> {
    Err(Refusal::conflict("case-rules-missing", "the rules of a case are being written: try again later"))
}
