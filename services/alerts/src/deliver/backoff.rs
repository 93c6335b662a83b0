//! When a notice is tried again: after seconds at first, a day at the longest.
//!
//! Every pause is drawn from its own bounds by the notice's id, so that many notices to one receiver that was away do not come
//! back at one moment, and a replay finds the same pauses.

use jiff::SignedDuration;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// So often a notice is tried before it is parked: over about two days and a half.
pub const ATTEMPTS: u32 = 10;

const FIRST: SignedDuration = SignedDuration::from_secs(5);
const TIMES: i32 = 4;
/// The longest pause.
pub const LONGEST: SignedDuration = SignedDuration::from_hours(24);

/// The bounds of the pause after attempt `attempt`, from 1: three quarters of it to all of it.
#[must_use]
pub fn bounds(attempt: u32) -> (SignedDuration, SignedDuration) {
    let times = TIMES.checked_pow(attempt.saturating_sub(1));
    let longest = times.and_then(|times| FIRST.checked_mul(times)).unwrap_or(LONGEST).min(LONGEST);
    (longest / 4 * 3, longest)
}

/// How long to wait after attempt `attempt` of `notice`; at least as long as the receiver `asked`, up to a day. `None`: it was the
/// last.
#[must_use]
pub fn pause(notice: Uuid, attempt: u32, asked: Option<SignedDuration>) -> Option<SignedDuration> {
    if attempt >= ATTEMPTS {
        return None;
    }
    let (shortest, longest) = bounds(attempt);
    let digest = Sha256::new().chain_update(notice.as_bytes()).chain_update(attempt.to_be_bytes()).finalize();
    let drawn = i128::from(u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]));
    let span = (longest - shortest).as_nanos() * drawn / i128::from(u32::MAX);
    let own = shortest + SignedDuration::from_nanos(i64::try_from(span).unwrap_or(0));
    Some(own.max(asked.unwrap_or(SignedDuration::ZERO)).min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_from_seconds_to_a_day_within_their_bounds() {
        let mut before = SignedDuration::ZERO;
        for attempt in 1..ATTEMPTS {
            let (shortest, longest) = bounds(attempt);
            assert!(before <= longest && shortest < longest && longest <= LONGEST, "{attempt}");
            before = longest;
            for notice in 0..200_u128 {
                let pause = pause(Uuid::from_u128(notice), attempt, None).unwrap();
                assert!(shortest <= pause && pause <= longest, "{pause} after attempt {attempt}");
            }
        }
        assert_eq!(bounds(1).1, SignedDuration::from_secs(5));
        assert_eq!(bounds(9).1, LONGEST);
        assert_eq!(bounds(u32::MAX).1, LONGEST);
        assert_eq!(pause(Uuid::nil(), ATTEMPTS, None), None);
    }

    #[test]
    fn notices_that_fail_together_do_not_come_back_together_and_a_replay_finds_the_same_pause() {
        let pauses: std::collections::BTreeSet<_> =
            (0..100_u128).map(|notice| pause(Uuid::from_u128(notice), 3, None)).collect();
        assert!(pauses.len() > 90, "{}", pauses.len());
        assert_eq!(pause(Uuid::max(), 3, None), pause(Uuid::max(), 3, None));
    }

    #[test]
    fn what_the_receiver_asks_for_is_kept_up_to_a_day() {
        let asked = |hours| pause(Uuid::nil(), 1, Some(SignedDuration::from_hours(hours))).unwrap();
        assert_eq!(asked(2), SignedDuration::from_hours(2));
        assert_eq!(asked(99), LONGEST);
        assert!(pause(Uuid::nil(), 1, Some(SignedDuration::ZERO)).unwrap() >= bounds(1).0);
    }
}
