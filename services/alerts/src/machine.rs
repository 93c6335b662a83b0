//! What the alerts are made of: machines that only know the log.

use jiff::Timestamp;
use nabij_model::Recorded;

/// A pure state machine over the log. What was done is known only from the log, so a crash, a replay, a second instance or a
/// jump of the clock repeats nothing that was done and forgets nothing that was not.
pub trait Machine {
    /// What it wants done.
    type Todo;

    /// Takes the next event of the log in. No clock, no I/O.
    fn feed(&mut self, event: &Recorded);

    /// What is to be done, given that everything was fed that was recorded until `now`. Asking again gives the same until the
    /// log says that it was done.
    fn due(&self, now: Timestamp) -> Vec<Self::Todo>;
}
