//! Calls that write: one line of a table for each command.
//!
//! # To add a command
//!
//! Add its line to the table of its aggregate below: address, action, what makes the command of the body, what it
//! does. The body is the command's payload; ids in the address after `{id}` are fields of it. What the caller may
//! leave out because it is an id of its own, the line makes with `minting`.

mod case;
mod centre;
mod command;
mod discussion;
mod draft;
mod erase;
mod escalation;
mod glass;
mod granted;
mod incident;
mod link;
mod placed;
mod protocol;
mod redact;
mod redaction_ground;
mod referral;
mod share;
mod signal;
mod transfer;
mod written;

pub(crate) use placed::{Placed, whereabouts};
pub(crate) use redact::Redactable;

use crate::route::Routes;

/// Adds every write to the table.
pub(crate) fn routes(routes: &mut Routes) {
    centre::routes(routes);
    case::routes(routes);
    share::routes(routes);
    transfer::routes(routes);
    glass::routes(routes);
    erase::routes(routes);
    signal::routes(routes);
    protocol::routes(routes);
    redact::routes(routes);
    link::routes(routes);
    discussion::routes(routes);
    referral::routes(routes);
    incident::routes(routes);
    escalation::routes(routes);
}
