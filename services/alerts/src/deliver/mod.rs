//! Tells people: e-mail and signed webhooks. Server-sent events are the interface's own.
//!
//! ```text
//! log ──▶ notices ──▶ outbox (what is to be tried now) ──▶ post ──▶ webhook | e-mail ──▶ notified, failed or parked ──▶ log
//! ```
//!
//! A sender knows nothing of the log. Its message carries an id derived from the notice, so that a receiver drops a repeat: after
//! a crash a notice is sent again rather than lost.

pub mod backoff;
mod email;
mod notice;
mod outbox;
mod outcome;
pub(crate) mod post;
mod sender;
mod sign;
mod webhook;
pub mod words;

pub use email::{EmailSender, Login, NoSmtp, SmtpSettings, SmtpTls};
pub use notice::{Notice, NoticeId};
pub use outbox::{Delivery, Outbox};
pub use outcome::{Failure, Retry};
pub use sender::Channels;
pub use sign::{NoSecret, WebhookSecret};
pub use webhook::{WebhookSender, WebhookSettings};
pub use words::{Link, NoLink};
