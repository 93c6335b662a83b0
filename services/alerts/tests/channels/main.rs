//! The senders against real servers, and the whole way: what is raised is delivered at least once, whatever happens to receivers
//! and to ourselves, and the log says so.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod letters;
mod mail_server;
mod place;
mod receiver;
mod senders;
#[path = "../servers/mod.rs"]
mod servers;
mod whole_way;
